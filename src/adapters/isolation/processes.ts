import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { freemem, totalmem } from "node:os";

/** Name of the environment variable that marks every process of a run, also those that leave its group. */
export const markerName = "CODEFLASH_MEMORY_RUN";

/** Text of a file below /proc; empty when the process is gone, not ours, or there is no /proc. */
function proc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, "latin1");
  } catch {
    return "";
  }
}

const pids = (): number[] => (existsSync("/proc/self/stat") ? readdirSync("/proc").map(Number).filter(Number.isInteger) : []);

/** Living processes but ourselves that are in a group or whose marker is accepted. Empty where there is no /proc. */
export function members(wanted: { group?: number | undefined; marker: (value: string) => boolean }): number[] {
  return pids().filter((pid) => {
    if (pid === process.pid) return false;
    const stat = proc(`${pid}/stat`);
    const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (stat === "" || state === "Z" || state === "X") return false;
    if (wanted.group !== undefined && Number(group) === wanted.group) return true;
    return proc(`${pid}/environ`)
      .split("\0")
      .some((it) => it.startsWith(`${markerName}=`) && wanted.marker(it.slice(markerName.length + 1)));
  });
}

/** A process and all that descend from it now, whatever group or environment they chose. */
export function family(pid: number): number[] {
  const all = [pid];
  for (let at = 0; at < all.length; at++) {
    const parent = all[at] as number;
    for (const child of childrenOf(parent)) if (!all.includes(child)) all.push(child);
  }
  return all;
}

/**
 * The programs of a run: a process, where wrappers stand above it the one below them, and all that descend from them. Empty while
 * the wrappers are at work.
 */
export function programs(pid: number, wrappers: number): number[] {
  const all = family(pid);
  const above = new Set<number>();
  for (let at = pid; above.size < wrappers; ) {
    above.add(at);
    const [first] = childrenOf(at);
    if (first === undefined) break;
    at = first;
  }
  return all.filter((it) => !above.has(it));
}

/** Each thread has its own list of the children that it started. */
function childrenOf(pid: number): number[] {
  return namesIn(`/proc/${pid}/task`).flatMap((thread) =>
    proc(`${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
  );
}

const kibibytes = (text: string, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/**
 * What processes hold together. Resident memory is cheap to read but counts shared pages more than once; only where that is beyond
 * the limit, each page is shared out (Pss).
 */
export function heldBytes(of: readonly number[], limitBytes: number): number {
  const resident = sum(of.map(residentBytes));
  if (resident <= limitBytes || of.length === 1) return resident;
  return sum(of.map((pid) => kibibytes(proc(`${pid}/smaps_rollup`), "Pss") || residentBytes(pid)));
}

/** Resident memory now; 0 when the process is gone. */
export const residentBytes = (pid: number): number => Number(proc(`${pid}/statm`).split(" ")[1] ?? 0) * pageBytes;

/** Highest resident memory so far; null when the process is gone or the system does not tell. */
export const highWaterBytes = (pid: number): number | null => kibibytes(proc(`${pid}/status`), "VmHWM") || null;

/** Resident memory of one process that shared memory takes (shm, memfd, tmpfs files); 0 when it is gone. */
export const residentSharedBytes = (pid: number): number => kibibytes(proc(`${pid}/status`), "RssShmem");

/** Memory behind the open files of processes, mapped or not: memfds and segments of shared memory, each once. */
export function openSharedBytes(of: readonly number[]): number {
  const seen = new Map<number, number>();
  for (const pid of of) {
    for (const name of namesIn(`/proc/${pid}/fd`)) {
      const path = `/proc/${pid}/fd/${name}`;
      try {
        if (!/^\/(memfd:|dev\/shm\/)/.test(readlinkSync(path))) continue;
        const { ino, blocks } = statSync(path);
        seen.set(ino, blocks * 512);
      } catch {
        // closed meanwhile, or not ours
      }
    }
  }
  return sum([...seen.values()]);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Bytes of one process, each page shared out among all who map it. */
export interface SharedOut {
  bytes: number;
  /** Shared memory (shm, memfd, tmpfs files) in it. */
  sharedBytes: number;
  /** Pages of files in it; 0 where the kernel (before 5.4) does not tell. */
  fileBytes: number;
  /** Pages of files, not shared out. */
  residentFileBytes: number;
}

/** Null when the process is gone or not ours. */
export function sharedOut(pid: number): SharedOut | null {
  const text = proc(`${pid}/smaps_rollup`);
  const bytes = kibibytes(text, "Pss");
  if (bytes === 0) return null;
  return {
    bytes,
    sharedBytes: kibibytes(text, "Pss_Shmem"),
    fileBytes: kibibytes(text, "Pss_File"),
    residentFileBytes: kibibytes(proc(`${pid}/status`), "RssFile"),
  };
}

/**
 * What the pages of files weigh that strangers took off a family's share: another Python on the machine maps the same interpreter
 * and libraries, and a Pss falls by megabytes when it starts. A family holds at least what its largest member maps.
 */
export function takenByStrangers(of: readonly SharedOut[]): number {
  const shared = sum(of.map((it) => it.fileBytes));
  return shared === 0 ? 0 : Math.max(0, Math.max(...of.map((it) => it.residentFileBytes)) - shared);
}

/** Memory that new programs can have without others being pushed out: of the machine, and of our control group where it is less. */
export function availableMemoryBytes(): number {
  const machine = kibibytes(proc("meminfo"), "MemAvailable") || freemem();
  const group = process.constrainedMemory();
  const left = group > 0 && group < totalmem() ? group - process.memoryUsage.rss() : machine;
  return Math.min(machine, left);
}

/** Linux on every machine that we know but some ARM servers; a wrong size only makes the look come later. */
const pageBytes = 4096;

export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it is gone
  }
}
