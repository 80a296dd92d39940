import { z } from "zod";
import { answersOf, type ProbeContext, runPython } from "./probe.ts";

const Ended = z.looseObject({ collectError: z.string().nullable() });
const Collected = z.looseObject({ nodeId: z.string() });

/** Node ids that pytest collects in a folder, without running one. */
export async function collectTests(
  context: ProbeContext & { cwd: string; timeoutMs: number },
  project: { root: string; tree: string; exclude: string[] },
): Promise<{ nodeIds: string[]; error: string | null }> {
  const run = await runPython("probe", { pass: "tests", tests: ["--collect-only"], project }, context);
  const error = answersOf(run, "tests", Ended).at(-1)?.collectError ?? null;
  return { nodeIds: answersOf(run, "collected", Collected).map((it) => it.nodeId), error };
}
