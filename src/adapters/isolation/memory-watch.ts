import { statfsSync, statSync } from "node:fs";
import {
  highWaterBytes,
  openSharedBytes,
  programs,
  residentBytes,
  residentSharedBytes,
  sharedOut,
  takenByStrangers,
} from "./processes.ts";

/** The highest point of a process and all that it started, all at one instant. */
interface TreePeak {
  bytes: number;
  /** How many processes there were then. */
  processes: number;
}

export interface MemorySeen {
  /** Null: not asked for, or it cannot be seen here. */
  tree: TreePeak | null;
  /** VmHWM of the first program when it was last looked at: a lower bound for one that was killed. Null: not seen. */
  lastPeakBytes: number | null;
  /**
   * Resident memory of all of them together, from the start of the watch (`beganMs`: by the clock that all processes share);
   * null: not asked for, or it cannot be seen here.
   */
  timeline: { beganMs: number; points: [number, number][]; processes: number } | null;
  /** The most that lay in shared memory and memfds at one moment, mapped or not. Null: not seen. */
  sharedBytes: number | null;
  /** Resident memory with what lay beside it in such memory that no process had mapped, at one moment; null: nothing did. */
  withUnmappedBytes: number | null;
}

const lookEveryMs = 5;
const glanceEveryMs = 50;
/** A timeline that has grown to so many points is thinned to half of them. */
const mostPoints = 400;
/** Sharing out pages reads the page tables of every process: at most this share of the time goes into it. */
const mostShare = 0.05;
/** The resident sum must rise by so much before pages are shared out again. */
const worthwhile = 1.005;

/**
 * Watches a process until the returned function is called. `tree`: the whole family is added up, each page once (Pss), with the
 * shared memory that nobody has mapped. Resident memory, which is cheap but counts shared pages more than once, says when to look.
 * `timeline`: it is written down each time. `wrappers` that stand above the program are no part of it.
 */
export function watchMemory(pid: number, options: { tree: boolean; timeline: boolean; wrappers: number }): () => MemorySeen {
  const seen: MemorySeen = { tree: null, lastPeakBytes: null, timeline: null, sharedBytes: null, withUnmappedBytes: null };
  const began = performance.now();
  const beganMs = Number(process.hrtime.bigint() / 1_000_000n);
  const sharedBefore = sharedMemoryBytes();
  let spentMs = 0;
  let highestResident = 0;
  const look = () => {
    const all = programs(pid, options.wrappers);
    const [first] = all;
    if (first === undefined) return;
    seen.lastPeakBytes = highWaterBytes(first) ?? seen.lastPeakBytes;
    const resident = all.reduce((sum, it) => sum + residentBytes(it), 0);
    if (resident > 0) lookBeside(all, resident);
    if (options.timeline && resident > 0) {
      seen.timeline ??= { beganMs, points: [], processes: 0 };
      seen.timeline.points = withPoint(seen.timeline.points, [Math.round(performance.now() - began), resident]);
      seen.timeline.processes = Math.max(seen.timeline.processes, all.length);
    }
    if (!options.tree) return;
    if (resident <= highestResident * worthwhile) return;
    const at = performance.now();
    if (spentMs > mostShare * (at - began) && seen.tree !== null) return;
    highestResident = resident;
    const pages = all.map(sharedOut).filter((it) => it !== null);
    const mapped = pages.reduce((sum, it) => sum + it.sharedBytes, 0);
    const own = pages.reduce((sum, it) => sum + it.bytes - it.sharedBytes, 0);
    const bytes =
      own +
      takenByStrangers(pages) +
      Math.max(mapped, openSharedBytes(all), sharedMemoryBytes() - sharedBefore, privateSharedBytes(first));
    if (bytes > (seen.tree?.bytes ?? 0)) seen.tree = { bytes, processes: pages.length };
    spentMs += performance.now() - at;
  };
  let nextBeside = 0;
  const lookBeside = (all: readonly number[], resident: number) => {
    if (performance.now() < nextBeside) return;
    nextBeside = performance.now() + glanceEveryMs / 2;
    const mapped = all.reduce((sum, it) => sum + residentSharedBytes(it), 0);
    // What else lies in /dev/shm may be a stranger's and must not speak against a change, unless the run has one of its own.
    const held = Math.max(openSharedBytes(all), privateSharedBytes(all[0] as number));
    seen.sharedBytes = Math.max(seen.sharedBytes ?? 0, mapped, held);
    // A family's resident memory counts shared pages more than once; where it is watched as a tree, it is added up there.
    if (!options.tree && held > mapped) seen.withUnmappedBytes = Math.max(seen.withUnmappedBytes ?? 0, resident + held - mapped);
  };
  const timer = setInterval(look, options.tree || options.timeline ? lookEveryMs : glanceEveryMs);
  return () => {
    clearInterval(timer);
    return seen;
  };
}

/** One more point; when there are many, of each two only the higher stays. */
function withPoint(points: [number, number][], point: [number, number]): [number, number][] {
  points.push(point);
  if (points.length < mostPoints) return points;
  return points.flatMap((it, index) => {
    const next = points[index + 1];
    if (index % 2 === 1) return [];
    return [next !== undefined && next[1] > it[1] ? next : it];
  });
}

/** What lies in the /dev/shm of a process that has one of its own; 0: it has ours. */
function privateSharedBytes(pid: number): number {
  const path = `/proc/${pid}/root/dev/shm`;
  try {
    return statSync(path).dev === statSync("/dev/shm").dev ? 0 : sharedMemoryBytes(path);
  } catch {
    return 0;
  }
}

/** What lies in /dev/shm, mapped or not; 0 where there is none. */
function sharedMemoryBytes(path = "/dev/shm"): number {
  try {
    const { blocks, bfree, bsize } = statfsSync(path);
    return (blocks - bfree) * bsize;
  } catch {
    return 0;
  }
}
