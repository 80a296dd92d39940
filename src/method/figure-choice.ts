import type { Sample } from "../vocabulary/measurement.ts";
import { mebibyte } from "./noise.ts";

/** Which heap figure finds where the memory goes, and why the figures differ, in a sentence. */
export interface FigureChoice {
  finds: "tracemalloc" | "memray";
  /** Null: the figures agree. */
  cause: "children" | "untouched pages" | "file pages" | "C memory" | "freed, not given back" | "C memory or freed memory" | null;
  why: string;
}

/** Differences below this share of the process peak, and 1 MiB, are not explained. */
const sameShare = 0.1;
/** From this share on the traced heap no longer finds what the process holds. */
const blindShare = 0.25;

const mib = (bytes: number) => `${(bytes / mebibyte).toFixed(1)} MiB`;

/**
 * The figures side by side (method.md, 3.4). `nativeBytes`: memray's peak, null where memray was not run. Everything in bytes;
 * what the interpreter held before the target began is left out of the process's part.
 */
export function figureChoice(sample: Sample, heapBytes: number, nativeBytes: number | null): FigureChoice {
  const { peakBytes, startBytes, fileBytes, treePeak } = sample;
  if (peakBytes === null || startBytes === null)
    return { finds: "tracemalloc", cause: null, why: "the process's own figures cannot be read here" };
  const grown = peakBytes - startBytes;
  const gap = grown - heapBytes;
  const told = `the process grew by ${mib(grown)}, Python's heap by ${mib(heapBytes)}`;
  const choose = (cause: FigureChoice["cause"], why: string): FigureChoice => ({
    finds:
      nativeBytes !== null && (cause === "C memory" || cause === "untouched pages") && gap > blindShare * heapBytes
        ? "memray"
        : "tracemalloc",
    cause,
    why: `${told}: ${why}`,
  });
  if (Math.abs(gap) <= sameShare * peakBytes + mebibyte) return choose(null, "they agree");
  if (treePeak !== null && treePeak.processes > 1)
    return choose("children", `${treePeak.processes} processes stood at that peak, the heap is the first one's alone`);
  if (gap < 0) return choose("untouched pages", "part of what was asked for was never written to, or stood at another moment");
  if (fileBytes !== null && fileBytes > gap / 2)
    return choose("file pages", `${mib(fileBytes)} are pages of files that are mapped, libraries among them`);
  if (nativeBytes === null)
    return choose(
      "C memory or freed memory",
      "the rest was asked for by C code, or was freed and not given back; memray can tell which",
    );
  if (nativeBytes > 1.1 * grown + mebibyte)
    return { ...choose("untouched pages", `${mib(nativeBytes)} were asked for and not all written to`) };
  if (nativeBytes > heapBytes + gap / 2)
    return choose("C memory", `${mib(nativeBytes - heapBytes)} were asked for by C code, which tracemalloc does not see`);
  return choose(
    "freed, not given back",
    "it was freed and not given back to the operating system, or lies between blocks that are in use",
  );
}

/** Whether a run under memray would tell what the traced heap does not. */
export function wantsMemray(sample: Sample, heapBytes: number): boolean {
  if (sample.peakBytes === null || sample.startBytes === null) return false;
  const gap = sample.peakBytes - sample.startBytes - heapBytes;
  return gap > Math.max(8 * mebibyte, blindShare * heapBytes);
}
