import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { RunOutcome } from "../../vocabulary/measurement.ts";
import type { MemorySeen } from "../isolation/memory-watch.ts";
import { runProcess } from "../isolation/run.ts";

/** The folder `python/` of the package: beside `src/` in a checkout, beside `dist/` in the package. */
export const pythonFolder: string = (() => {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "python/boot.py"))) return join(folder, "python");
    if (dirname(folder) === folder) throw new Error("the package's python folder is missing");
  }
})();

/** What every run of ours needs to know about the machine and the session. */
export interface ProbeContext {
  executable: string;
  /** Folder for requests, answers and output; made when missing. */
  scratch: string;
  /** Prefix of the environment marker by which strays are found. */
  marker: string;
  signal: AbortSignal;
  memoryLimitBytes?: number;
  treePeak?: boolean;
  timeline?: boolean;
}

const Answer = z.looseObject({ kind: z.string() });
type Answer = z.infer<typeof Answer>;

export interface ProbeRun extends RunOutcome {
  answers: Answer[];
  stdout: Buffer;
  stderr: string;
  memory: MemorySeen;
}

/** The user's environment as it is, with a fixed hash seed unless the user fixed one: runs are to be the same. */
function environment(extra: Record<string, string>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
  return { PYTHONHASHSEED: "0", ...env, ...extra };
}

/** Lines that were torn by a kill are left out. */
function parse(text: string): Answer[] {
  return text.split("\n").flatMap((line) => {
    if (line.trim() === "") return [];
    try {
      return [Answer.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}

/** Runs one of our Python programs in the target's interpreter. Never throws for what the target does. */
export async function runPython(
  program: "probe" | "facts" | "micro" | "readers",
  request: Record<string, unknown>,
  context: ProbeContext & { cwd: string; timeoutMs: number; env?: Record<string, string> },
): Promise<ProbeRun> {
  const folder = join(context.scratch, `run-${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  const [requestPath, answersPath, stdoutPath, stderrPath] = ["request.json", "answers.jsonl", "stdout", "stderr"].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  await writeFile(requestPath, JSON.stringify({ protocol: 1, ...request }));
  try {
    const outcome = await runProcess({
      argv: [context.executable, join(pythonFolder, "boot.py"), program, requestPath, answersPath],
      cwd: context.cwd,
      env: environment(context.env ?? {}),
      stdoutPath,
      stderrPath,
      timeoutMs: context.timeoutMs,
      signal: context.signal,
      marker: `${context.marker}-${randomUUID()}`,
      treePeak: context.treePeak ?? false,
      timeline: context.timeline ?? false,
      ...(context.memoryLimitBytes === undefined ? {} : { memoryLimitBytes: context.memoryLimitBytes }),
    });
    const answers = parse(await readFile(answersPath, "utf8").catch(() => ""));
    const stderr = await readFile(stderrPath, "utf8").catch(() => "");
    return {
      answers,
      stdout: await readFile(stdoutPath).catch(() => Buffer.alloc(0)),
      stderr,
      memory: outcome.memory,
      exitCode: outcome.exitCode,
      timedOut: outcome.timedOut,
      overMemory: outcome.overMemory,
      durationMs: outcome.durationMs,
      error: errorOf(answers, stderr, outcome.exitCode, outcome.signal),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const TargetError = z.object({ type: z.string(), message: z.string(), where: z.string().nullable() });

function errorOf(answers: readonly Answer[], stderr: string, exitCode: number | null, signal: string | null): string | null {
  if (exitCode === 0) return null;
  const told = TargetError.safeParse(answers.findLast((it) => it.kind === "result")?.["error"]);
  if (told.success)
    return `${told.data.type}: ${told.data.message}${told.data.where ? ` (${told.data.where})` : ""}`.slice(0, 600);
  const last = stderr.trim().split("\n").slice(-3).join(" | ").slice(-600);
  if (signal) return `ended by ${signal}${last ? `: ${last}` : ""}`;
  return last || `exit code ${exitCode}`;
}

/** The answers of one kind, checked against what the protocol promises. */
export function answersOf<T>(run: ProbeRun, kind: string, schema: z.ZodType<T>): T[] {
  return run.answers.flatMap((answer) => {
    if (answer.kind !== kind) return [];
    const { kind: _, ...body } = answer;
    return [schema.parse(body)];
  });
}
