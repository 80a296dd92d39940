import { existsSync, readdirSync, readFileSync } from "node:fs";

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

/** Each thread has its own list of the children that it started. */
function childrenOf(pid: number): number[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  return threads.flatMap((thread) => proc(`${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number));
}

const kibibytes = (text: string, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/**
 * Whether processes hold more than so many bytes together. Their resident memory is looked at first, which is cheap but counts
 * shared pages more than once; only beyond the limit, each page is shared out (Pss).
 */
export function holdMoreThan(limitBytes: number, of: readonly number[]): boolean {
  const resident = sum(of.map((pid) => kibibytes(proc(`${pid}/status`), "VmRSS")));
  if (resident <= limitBytes || of.length === 1) return resident > limitBytes;
  const shared = of.map((pid) => kibibytes(proc(`${pid}/smaps_rollup`), "Pss") || kibibytes(proc(`${pid}/status`), "VmRSS"));
  return sum(shared) > limitBytes;
}

/** Resident memory now; 0 when the process is gone. */
export const residentBytes = (pid: number): number => Number(proc(`${pid}/statm`).split(" ")[1] ?? 0) * pageBytes;

/** Highest resident memory so far; null when the process is gone or the system does not tell. */
export const highWaterBytes = (pid: number): number | null => kibibytes(proc(`${pid}/status`), "VmHWM") || null;

/** Memory with each page shared out among those who map it, and how much of that is shared memory (shm, memfd, tmpfs files). */
export function sharedOut(pid: number): { bytes: number; sharedBytes: number } | null {
  const text = proc(`${pid}/smaps_rollup`);
  const bytes = kibibytes(text, "Pss");
  return bytes === 0 ? null : { bytes, sharedBytes: kibibytes(text, "Pss_Shmem") };
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
