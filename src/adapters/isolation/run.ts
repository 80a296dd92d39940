import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, closeSync, openSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../vocabulary/failure.ts";
import { asFailure } from "../disk/files.ts";
import { effects } from "../effects.ts";
import { type MemorySeen, watchMemory } from "./memory-watch.ts";
import { family, holdMoreThan, kill, markerName, members } from "./processes.ts";

export interface ProcessRequest {
  argv: readonly string[];
  cwd: string;
  /** The whole environment of the process; the marker is added. */
  env: Record<string, string>;
  /** Output goes to files: a grandchild that keeps a pipe open cannot hold the run. */
  stdoutPath: string;
  stderrPath: string;
  timeoutMs: number;
  /** For the process and all that it starts together. */
  memoryLimitBytes?: number;
  /** Whether the peak of the process and all that it starts is wanted; looking costs the target some time. */
  treePeak?: boolean;
  /** Whether its memory over time is wanted. */
  timeline?: boolean;
  signal?: AbortSignal;
  /** Value of CODEFLASH_MEMORY_RUN; no two runs at the same time may have the same. */
  marker: string;
}

export interface ProcessOutcome {
  /** 127: it could not be started; the error file says why. Null: a signal ended it. */
  exitCode: number | null;
  signal: string | null;
  timedOut: boolean;
  overMemory: boolean;
  durationMs: number;
  /** Processes that had outlived the target and were ended. 0 where they cannot be seen (no /proc). */
  strays: number;
  memory: MemorySeen;
}

/** How often the memory of a limited run is looked at. */
const watchEveryMs = 20;
/** How long we wait for killed processes to be gone; only one that hangs in the kernel takes longer. */
const goneWithinMs = 1000;

/**
 * Runs one process to its end, without a shell, in a group of its own. Afterwards nothing that it started is alive: not its group,
 * not what bears its marker. What leaves the group *and* empties its environment is seen only while its parent lives (that is, at a
 * timeout, an abort or a limit); a sandbox with its own process list is needed to catch it at a normal end.
 * *Contract:* never throws for what the process does; `Failure` when its output files cannot be opened, and `interrupted` when the
 * signal ended it: what was cut short says nothing of the program, so it must not become a result.
 */
export const runProcess = (request: ProcessRequest): Promise<ProcessOutcome> => effects().run("spawn", () => ran(request));

async function ran(request: ProcessRequest): Promise<ProcessOutcome> {
  const state = { timedOut: false, overMemory: false };
  mustGoOn(request.signal);
  const began = performance.now();
  const child = start(request);
  preferAsVictim(child.pid);
  const unwatch = watch(child, request, state);
  const seen =
    child.pid === undefined
      ? null
      : watchMemory(child.pid, { tree: request.treePeak ?? false, timeline: request.timeline ?? false });
  const ended = await new Promise<{ exitCode: number | null; signal: string | null }>((done) => {
    child.once("error", (error) => {
      appendFileSync(request.stderrPath, `${request.argv[0]} could not be started in ${request.cwd}: ${error.message}\n`);
      done({ exitCode: 127, signal: null });
    });
    child.once("exit", (exitCode, signal) => done({ exitCode, signal }));
  });
  unwatch();
  const memory = seen?.() ?? { tree: null, lastPeakBytes: null, timeline: null, sharedBytes: null, withUnmappedBytes: null };
  const durationMs = performance.now() - began;
  const strays = await endAll(child.pid, (marker) => marker === request.marker);
  mustGoOn(request.signal);
  return { ...ended, ...state, durationMs, strays, memory };
}

function mustGoOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new Failure("interrupted", "Interrupted: the run under way was ended.", "Run the same command again; nothing is lost.");
}

function start(request: ProcessRequest): ChildProcess {
  const [command = "", ...args] = request.argv;
  const files: number[] = [];
  try {
    for (const path of [request.stdoutPath, request.stderrPath]) files.push(openFile(path));
    return spawn(command, args, {
      cwd: request.cwd,
      env: { ...request.env, [markerName]: request.marker },
      stdio: ["ignore", ...files],
      detached: true,
    });
  } finally {
    for (const file of files) closeSync(file);
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, "w");
  } catch (error) {
    throw asFailure(error, path);
  }
}

/** Out of memory, the kernel is to end the target and not us. */
function preferAsVictim(pid: number | undefined): void {
  try {
    if (pid !== undefined) writeFileSync(`/proc/${pid}/oom_score_adj`, "1000");
  } catch {
    // not Linux, or already gone
  }
}

/** Ends the run at its limits. Returns what takes the watch away. */
function watch(child: ChildProcess, request: ProcessRequest, state: { timedOut: boolean; overMemory: boolean }): () => void {
  const { pid } = child;
  if (pid === undefined) return () => undefined;
  const end = () => {
    const all = family(pid);
    killGroup(pid);
    for (const member of all) kill(member);
  };
  const timer = setTimeout(() => {
    state.timedOut = true;
    end();
  }, request.timeoutMs);
  const limitBytes = request.memoryLimitBytes;
  const look = () => {
    if (limitBytes === undefined || !holdMoreThan(limitBytes, family(pid))) return;
    state.overMemory = true;
    end();
  };
  const watchdog = limitBytes === undefined ? undefined : setInterval(look, watchEveryMs);
  request.signal?.addEventListener("abort", end, { once: true });
  return () => {
    clearTimeout(timer);
    clearInterval(watchdog);
    request.signal?.removeEventListener("abort", end);
  };
}

const killGroup = (pid: number): void => kill(-pid);

/** Ends a group and whatever bears a marker, and waits until they are gone. Returns how many processes there were. */
async function endAll(group: number | undefined, marker: (value: string) => boolean): Promise<number> {
  const seen = new Set<number>();
  const until = performance.now() + goneWithinMs;
  for (;;) {
    const alive = members({ group, marker });
    for (const pid of alive) seen.add(pid);
    if (group !== undefined) killGroup(group);
    for (const pid of alive) kill(pid);
    if (alive.length === 0 || performance.now() > until) return seen.size;
    await sleep(2);
  }
}

/** Ends what runs of a dead session of ours left behind: every process whose marker begins with the prefix. */
export async function sweepMarked(prefix: string): Promise<number> {
  return endAll(undefined, (marker) => marker.startsWith(prefix));
}
