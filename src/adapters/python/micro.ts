import { z } from "zod";
import { Failure } from "../../vocabulary/failure.ts";
import { MicroRun } from "../../vocabulary/micro.ts";
import { answersOf, type ProbeContext, runPython } from "./probe.ts";

const Failed = z.looseObject({ part: z.string(), why: z.string() });

/** Runs a snippet once, alone in its process, with the folder (and its `src`) importable. Throws `Failure` for code that fails. */
export async function runSnippet(
  context: ProbeContext & { cwd: string; timeoutMs: number },
  snippet: { name: string; setup: string; code: string; traced: boolean },
): Promise<MicroRun> {
  const { name, ...request } = snippet;
  const run = await runPython("micro", request, context);
  const answer = answersOf(run, "micro", MicroRun).at(-1);
  if (answer) return answer;
  const failed = answersOf(run, "failed", Failed).at(-1);
  if (run.timedOut)
    throw new Failure(
      "target-timed-out",
      `${name} did not end within its time limit.`,
      "Give it less work, or raise --timeout SECONDS.",
    );
  const where = failed?.part === "setup" ? "The setup" : name;
  throw new Failure(
    "target-failed",
    `${where} fails: ${failed?.why ?? run.error ?? "no answer"}`,
    "Both snippets must run on the same setup.",
  );
}
