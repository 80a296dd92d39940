import { dirname } from "node:path";
import { z } from "zod";
import type { Edit } from "../../vocabulary/proposal.ts";
import { answersOf, type ProbeContext, runPython } from "./probe.ts";

const Verified = z.looseObject({ ok: z.boolean(), why: z.string().nullable(), functions: z.array(z.string()) });

/** Parses both texts in the target's interpreter: the trees may differ only where the edits said. */
export function verifyEdits(context: ProbeContext) {
  return async ({
    before,
    after,
    edits,
  }: {
    before: string;
    after: string;
    edits: Edit[];
  }): Promise<{ ok: boolean; why: string; functions: string[] }> => {
    const run = await runPython(
      "facts",
      { want: "verify", before, after, edits },
      { ...context, cwd: dirname(before), timeoutMs: 60_000 },
    );
    const answer = answersOf(run, "verify", Verified).at(-1);
    return answer
      ? { ok: answer.ok, why: answer.why ?? "", functions: answer.functions }
      : { ok: false, why: `the edited text could not be checked (${run.error ?? "no answer"})`, functions: [] };
  };
}
