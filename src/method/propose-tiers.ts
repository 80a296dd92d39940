import { mebibyte } from "./noise.ts";

/** A target with its measured peak. */
export interface Weighed {
  name: string;
  heapPeakBytes: number;
}

const words = /(small|medium|large|huge|big|heavy|light|scale|bench|perf|stress|memory|mem|size|tier|volume|load)/i;

/** Tests whose name speaks of sizes or load, or whose parameter is a number; the others are taken when there are too few. */
export function likelyBenchmarks(nodeIds: readonly string[], most: number): string[] {
  const score = (id: string) =>
    (words.test(id.split("::").slice(1).join("::")) ? 2 : 0) +
    (/\[[^\]]*\d{2,}[^\]]*\]$/.test(id) ? 2 : 0) +
    (words.test(id) ? 1 : 0);
  return [...nodeIds]
    .map((id, index) => ({ id, index, score: score(id) }))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, most)
    .map((it) => it.id);
}

/** Below this a peak is the interpreter's own: nothing to iterate on. */
const leastBytes = mebibyte;

/**
 * B, A and S out of what was measured: S has the highest peak, B the lowest that still shows a twentieth of it, A lies between
 * the two by ratio. Fewer where peaks do not differ by a fifth.
 */
export function proposeTiers(measured: readonly Weighed[]): { b?: string; a?: string; s?: string } {
  const sorted = measured.filter((it) => it.heapPeakBytes >= leastBytes).sort((x, y) => x.heapPeakBytes - y.heapPeakBytes);
  const heaviest = sorted.at(-1);
  if (!heaviest) return {};
  const lightest = sorted.find((it) => it.heapPeakBytes >= heaviest.heapPeakBytes / 20) ?? heaviest;
  if (heaviest.heapPeakBytes < 1.2 * lightest.heapPeakBytes) return { b: lightest.name };
  const middle = Math.sqrt(lightest.heapPeakBytes * heaviest.heapPeakBytes);
  const between = sorted
    .filter((it) => it.heapPeakBytes > 1.2 * lightest.heapPeakBytes && it.heapPeakBytes < heaviest.heapPeakBytes / 1.2)
    .sort((x, y) => Math.abs(Math.log(x.heapPeakBytes / middle)) - Math.abs(Math.log(y.heapPeakBytes / middle)))[0];
  return { b: lightest.name, ...(between ? { a: between.name } : {}), [between ? "s" : "a"]: heaviest.name };
}
