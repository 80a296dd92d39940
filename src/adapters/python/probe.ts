import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Failure } from "../../vocabulary/failure.ts";
import type { RunOutcome } from "../../vocabulary/measurement.ts";
import { type Confinement, type Grounds, isInside, nowhere } from "../isolation/confinement.ts";
import type { MemorySeen } from "../isolation/memory-watch.ts";
import { pythonFolder } from "../isolation/python-folder.ts";
import { runProcess } from "../isolation/run.ts";

/** What every run of ours needs to know about the machine and the session. */
export interface ProbeContext {
  executable: string;
  /** Folder for requests, answers and output; made when missing. */
  scratch: string;
  /** Prefix of the environment marker by which strays are found. */
  marker: string;
  signal: AbortSignal;
  memoryLimitBytes?: number | undefined;
  treePeak?: boolean;
  timeline?: boolean;
  /** How the runs are kept apart; nothing: as processes of their own. */
  confinement?: Confinement | undefined;
  /** What the runs are given of our environment; nothing: all of it. */
  environment?: Readonly<Record<string, string | undefined>> | undefined;
}

const Answer = z.looseObject({ kind: z.string() });
type Answer = z.infer<typeof Answer>;

export interface ProbeRun extends RunOutcome {
  answers: Answer[];
  stdout: Buffer;
  stderr: string;
  memory: MemorySeen;
}

/** The environment of a run, with a fixed hash seed unless the user fixed one: runs are to be the same. */
export function environment(
  { environment: given = process.env, confinement }: Pick<ProbeContext, "environment" | "confinement">,
  folder: string,
  extra: Record<string, string> = {},
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) if (value !== undefined) env[name] = value;
  if (confinement?.view === "closed") {
    // Our temporary folder is hidden; with namespaces an empty one lies in its place.
    for (const name of ["TMPDIR", "TEMP", "TMP"]) delete env[name];
  }
  if (confinement?.rung === "landlock" && confinement.view !== "open") env["TMPDIR"] = folder;
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
  context: ProbeContext & { cwd: string; timeoutMs: number; grounds?: Grounds },
): Promise<ProbeRun> {
  const folder = join(context.scratch, `run-${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  const [requestPath, answersPath, stdoutPath, stderrPath] = ["request.json", "answers.jsonl", "stdout", "stderr"].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  await writeFile(requestPath, JSON.stringify({ protocol: 1, ...request }));
  const { grounds = nowhere, cwd } = context;
  const covered = [...grounds.writable, ...grounds.readOnly, ...grounds.shown.map((it) => it.at)];
  const seen = context.confinement?.view !== "closed" || covered.some((it) => isInside(cwd, it)) ? [] : [cwd];
  try {
    const outcome = await runProcess({
      argv: [context.executable, join(pythonFolder, "boot.py"), program, requestPath, answersPath],
      cwd: context.cwd,
      env: environment(context, folder),
      stdoutPath,
      stderrPath,
      timeoutMs: context.timeoutMs,
      signal: context.signal,
      marker: `${context.marker}-${randomUUID()}`,
      treePeak: context.treePeak ?? false,
      timeline: context.timeline ?? false,
      memoryLimitBytes: context.memoryLimitBytes,
      confinement: context.confinement,
      grounds: { ...grounds, writable: [...grounds.writable, folder], readOnly: [...grounds.readOnly, ...seen] },
    });
    const answers = parse(await readFile(answersPath, "utf8").catch(() => ""));
    const stderr = await readFile(stderrPath, "utf8").catch(() => "");
    if (answers.length === 0) mustHaveStarted(stderr);
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

/** What the wrapper says when it could not do its work: nothing of the target was run then. */
function mustHaveStarted(stderr: string): void {
  const said = /^(bwrap|isolation): (.*)$/m.exec(stderr);
  if (!said) return;
  throw new Failure(
    "not-isolated",
    `The run could not be kept apart: ${said[0]}`,
    "`codeflash-memory doctor` shows what holds here; --isolation process runs it as a plain process.",
  );
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

/** What a pass says of its own figures, in words. */
export const notesOf = (run: ProbeRun): string[] =>
  answersOf(run, "note", z.looseObject({ text: z.string() })).map((it) => it.text);
