import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Name of the environment variable that marks every process of a run, also those that leave its group. */
const markerName = "CODEFLASH_MEMORY_RUN";

export interface ProcessRequest {
  argv: readonly string[];
  cwd: string;
  env: Record<string, string>;
  /** Output goes to files: a grandchild that keeps a pipe open cannot hold the run. */
  stdoutPath: string;
  stderrPath: string;
  timeoutMs: number;
  memoryLimitBytes?: number;
  signal?: AbortSignal;
  marker: string;
}

export interface ProcessOutcome {
  exitCode: number | null;
  signal: string | null;
  timedOut: boolean;
  overMemory: boolean;
  durationMs: number;
  /** Processes that had outlived the target and were ended. */
  strays: number;
}

/** Runs one process to its end. Afterwards nothing that it started is alive. *Contract:* never throws for what the process does. */
export async function runProcess(request: ProcessRequest): Promise<ProcessOutcome> {
  const [command, ...args] = request.argv;
  const out = openSync(request.stdoutPath, "w");
  const err = openSync(request.stderrPath, "w");
  const began = performance.now();
  const child = spawn(command ?? "", args, {
    cwd: request.cwd,
    env: { ...request.env, [markerName]: request.marker },
    stdio: ["ignore", out, err],
    detached: true,
  });
  closeSync(out);
  closeSync(err);
  preferAsVictim(child.pid);
  const state = { timedOut: false, overMemory: false };
  const guards = watch(child, request, state);
  const ended = await new Promise<{ exitCode: number | null; signal: string | null }>((done) => {
    child.once("error", () => done({ exitCode: 127, signal: null }));
    child.once("exit", (exitCode, signal) => done({ exitCode, signal }));
  });
  guards();
  const durationMs = performance.now() - began;
  return { ...ended, ...state, durationMs, strays: await endAll(child.pid, request.marker) };
}

/** Out of memory, the kernel is to end the target and not us. */
function preferAsVictim(pid: number | undefined): void {
  try {
    if (pid !== undefined) writeFileSync(`/proc/${pid}/oom_score_adj`, "1000");
  } catch {
    // not Linux, or already gone
  }
}

function watch(child: ChildProcess, request: ProcessRequest, state: { timedOut: boolean; overMemory: boolean }): () => void {
  const end = () => killGroup(child.pid);
  const timer = setTimeout(() => {
    state.timedOut = true;
    end();
  }, request.timeoutMs);
  const limit = request.memoryLimitBytes;
  const watchdog =
    limit === undefined
      ? undefined
      : setInterval(() => {
          if (residentBytes(child.pid) <= limit) return;
          state.overMemory = true;
          end();
        }, 20);
  request.signal?.addEventListener("abort", end, { once: true });
  if (request.signal?.aborted) end();
  return () => {
    clearTimeout(timer);
    clearInterval(watchdog);
    request.signal?.removeEventListener("abort", end);
  };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // the group is gone
  }
}

function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096;
  } catch {
    return 0;
  }
}

/** Live processes whose environment bears a marker that begins with `prefix`. Empty where there is no /proc. */
function marked(prefix: string): number[] {
  if (!existsSync("/proc/self/environ")) return [];
  const wanted = `${markerName}=${prefix}`;
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      if (
        !readFileSync(`/proc/${name}/environ`, "latin1")
          .split("\0")
          .some((it) => it.startsWith(wanted))
      )
        return [];
      return /^State:\s+Z/m.test(readFileSync(`/proc/${name}/status`, "latin1")) ? [] : [pid];
    } catch {
      return [];
    }
  });
}

/** Ends the group and whatever left it. Returns how many processes there were. */
async function endAll(pid: number | undefined, marker: string): Promise<number> {
  killGroup(pid);
  let strays = 0;
  for (let round = 0; round < 50; round++) {
    const alive = marked(marker);
    if (alive.length === 0) break;
    strays = Math.max(strays, alive.length);
    for (const stray of alive) {
      try {
        process.kill(stray, "SIGKILL");
      } catch {
        // ended by itself
      }
    }
    await sleep(2);
  }
  return strays;
}

/** Ends what runs of a dead session of ours left behind. */
export async function sweepMarked(prefix: string): Promise<number> {
  return endAll(undefined, prefix);
}
