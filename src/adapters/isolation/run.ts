import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, closeSync, openSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../vocabulary/failure.ts";
import { asFailure } from "../disk/files.ts";
import { effects } from "../effects.ts";
import type { Confinement, Grounds } from "./confinement.ts";
import { type MemorySeen, watchMemory } from "./memory-watch.ts";
import { family, heldBytes, kill, markerName, members, programs } from "./processes.ts";
import { wrap } from "./wrap.ts";

export interface ProcessRequest {
  argv: readonly string[];
  cwd: string;
  /** The whole environment of the process; the marker is added. */
  env: Record<string, string>;
  /** Output goes to files: a grandchild that keeps a pipe open cannot hold the run. */
  stdoutPath: string;
  stderrPath: string;
  timeoutMs: number;
  /** For the process and all that it starts together: it is ended at 90 % of it. */
  memoryLimitBytes?: number | undefined;
  /** Whether the peak of the process and all that it starts is wanted; looking costs the target some time. */
  treePeak?: boolean;
  /** Whether its memory over time is wanted. */
  timeline?: boolean;
  signal?: AbortSignal;
  /** Value of CODEFLASH_MEMORY_RUN; no two runs at the same time may have the same. */
  marker: string;
  /** How it is kept apart; nothing: as a process of its own. */
  confinement?: Confinement | undefined;
  grounds?: Grounds | undefined;
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

/** How often the memory of a limited run is looked at; more often when so fast an allocator could be there before the next look. */
const watchEveryMs = 20;
const watchAtLeastMs = 4;
const fastestBytesPerMs = 4 * 1024 * 1024;
/** What is left of the limit for what an allocator takes until it is ended. */
export const limitShare = 0.9;
/** How long we wait for killed processes to be gone; only one that hangs in the kernel takes longer. */
const goneWithinMs = 1000;

/**
 * Runs one process to its end, without a shell, in a group of its own. Afterwards nothing that it started is alive: not its group,
 * not what bears its marker. As a mere process, what leaves the group *and* empties its environment is seen only while its parent
 * lives (that is, at a timeout, an abort or a limit); landlock's launcher and namespaces end that too.
 * *Contract:* never throws for what the process does; `Failure` when its output files cannot be opened, and `interrupted` when the
 * signal ended it: what was cut short says nothing of the program, so it must not become a result.
 */
export const runProcess = (request: ProcessRequest): Promise<ProcessOutcome> => effects().run("spawn", () => ran(request));

async function ran(request: ProcessRequest): Promise<ProcessOutcome> {
  const state = { timedOut: false, overMemory: false };
  mustGoOn(request.signal);
  const began = performance.now();
  const { argv, wrappers } = wrap(request);
  const child = start(request, argv);
  const unwatch = watch(child, request, wrappers, state);
  const watched = { tree: request.treePeak ?? false, timeline: request.timeline ?? false, wrappers };
  const seen = child.pid === undefined ? null : watchMemory(child.pid, watched);
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
  return { ...(wrappers > 0 ? unwrapped(ended) : ended), ...state, durationMs, strays, memory };
}

function mustGoOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new Failure("interrupted", "Interrupted: the run under way was ended.", "Run the same command again; nothing is lost.");
}

/** A wrapper tells as a shell does which signal ended the program. */
function unwrapped(ended: { exitCode: number | null; signal: string | null }) {
  const number = (ended.exitCode ?? 0) - 128;
  const signal = Object.entries(constants.signals).find(([, it]) => it === number)?.[0];
  return signal === undefined ? ended : { exitCode: null, signal };
}

function start(request: ProcessRequest, [command = "", ...args]: readonly string[]): ChildProcess {
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

/** Ends the run at its limits. Returns what takes the watch away. */
function watch(
  child: ChildProcess,
  request: ProcessRequest,
  wrappers: number,
  state: { timedOut: boolean; overMemory: boolean },
): () => void {
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
  const limitBytes = limitShare * (request.memoryLimitBytes ?? Number.POSITIVE_INFINITY);
  let watchdog: NodeJS.Timeout | undefined;
  const look = () => {
    const left = limitBytes - heldBytes(programs(pid, wrappers), limitBytes);
    if (left < 0) {
      state.overMemory = true;
      return end();
    }
    watchdog = setTimeout(look, Math.min(watchEveryMs, Math.max(watchAtLeastMs, left / fastestBytesPerMs)));
  };
  if (request.memoryLimitBytes !== undefined) look();
  request.signal?.addEventListener("abort", end, { once: true });
  return () => {
    clearTimeout(timer);
    clearTimeout(watchdog);
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

/** Ends every process whose marker is accepted, and waits until they are gone. Returns how many there were. */
export const endMarked = (accepted: (marker: string) => boolean): Promise<number> => endAll(undefined, accepted);

/** Ends what runs of a dead session of ours left behind: every process whose marker begins with the prefix. */
export const sweepMarked = (prefix: string): Promise<number> => endMarked((marker) => marker.startsWith(prefix));
