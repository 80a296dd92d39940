import type { Change, Comparison, Side } from "../vocabulary/comparison.ts";
import type { Provenance, Sample } from "../vocabulary/measurement.ts";
import type { Thresholds } from "../vocabulary/settings.ts";
import { brokenTests } from "./excluded-tests.ts";
import { floors, median } from "./noise.ts";

/** Why figures of two sides may not be compared (measuring.md, 2); null: they may. */
export function incomparable(base: Provenance, head: Provenance, allow: readonly string[]): string | null {
  const differs = (what: keyof Provenance, name: string) =>
    base[what] === head[what] ? null : `${name} differs: ${base[what] ?? "none"} and ${head[what] ?? "none"}`;
  const lock = allow.includes("lock") ? null : differs("lockHash", "the dependency lock");
  return (
    differs("interpreter", "the interpreter") ??
    differs("allocator", "the allocator") ??
    differs("platform", "the machine") ??
    differs("command", "the target") ??
    lock
  );
}

/** What base and head say about each other; both were measured in turns. Null: a peak could not be read. */
export function compare(base: Side, head: Side, thresholds: Thresholds): Comparison | null {
  const process = [base, head].map((it) => median(it.samples.flatMap((sample) => sample.peakBytes ?? [])));
  const heap = [base, head].map((it) => median(it.traced.flatMap((run) => run.heapPeakBytes ?? [])));
  const [processBase, processHead] = process;
  const [heapBase, heapHead] = heap;
  if (processBase == null || processHead == null || heapBase == null || heapHead == null) return null;
  const noise = [base, head].map((it, index) => floors(it.samples, heap[index] ?? 0, thresholds));
  const processNoise = Math.max(...noise.map((it) => it.processBytes));
  const heapNoise = Math.max(...noise.map((it) => it.heapBytes));
  const figures = {
    process: figure(processBase, processHead, processNoise),
    heap: figure(heapBase, heapHead, heapNoise),
  };
  const { metric, why } = deciding(figures.process.change, figures.heap.change);
  const chosen = metric === "process-peak" ? figures.process : figures.heap;
  return {
    metric,
    why,
    ...chosen,
    share: (chosen.headBytes - chosen.baseBytes) / Math.max(chosen.baseBytes, 1),
    ...figures,
    timeRatio: timeRatio(base.samples, head.samples),
    outputEqual: outputEqual(base.samples, head.samples),
    broken: base.tests && head.tests ? brokenTests([base.tests], [head.tests]) : [],
  };
}

function figure(baseBytes: number, headBytes: number, noiseBytes: number): Comparison["process"] {
  const difference = headBytes - baseBytes;
  const change: Change = difference < -noiseBytes ? "lower" : difference > noiseBytes ? "higher" : "no difference";
  return { baseBytes, headBytes, noiseBytes, change };
}

/** The process peak decides, since it is what kills; the heap peak where the process shows nothing. */
function deciding(process: Change, heap: Change): Pick<Comparison, "metric" | "why"> {
  if (process !== "no difference" || heap === "no difference") {
    return { metric: "process-peak", why: "the operating system's figure decides" };
  }
  return {
    metric: "heap-peak",
    why: "the process peak does not differ by more than its noise: memory that Python frees is not always given back",
  };
}

function timeRatio(base: readonly Sample[], head: readonly Sample[]): number | null {
  const [before, after] = [base, head].map((samples) => median(samples.flatMap((it) => it.targetMs ?? [])));
  return before == null || after == null || before <= 0 ? null : after / before;
}

function outputEqual(base: readonly Sample[], head: readonly Sample[]): boolean | null {
  const digests = (samples: readonly Sample[]) => [...new Set(samples.map((it) => it.outputDigest))];
  const [before, after] = [digests(base), digests(head)];
  if (before.length !== 1 || after.length !== 1 || before[0] == null || after[0] == null) return null;
  return before[0] === after[0];
}

/** Whether head needs so much more than base that the user wants to be told by an exit code. */
export function failsAbove(comparison: Comparison, percent: number | null): boolean {
  return percent !== null && comparison.change === "higher" && comparison.share * 100 > percent;
}
