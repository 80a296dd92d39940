import type { Sample } from "../vocabulary/measurement.ts";
import type { Thresholds } from "../vocabulary/settings.ts";

export const mebibyte = 1024 * 1024;

/** The smallest difference that is not noise, per figure, in bytes (measuring.md, 4). */
export interface Floors {
  heapBytes: number;
  processBytes: number;
  /** The process floor of a machine without any noise: what rose by more than this has perhaps risen. */
  leastProcessBytes: number;
}

/** Floors for a target from its own untraced baseline runs. A spread of exactly 0 is the good case. */
export function floors(samples: readonly Sample[], heapPeakBytes: number, thresholds: Thresholds): Floors {
  const peaks = samples.flatMap((sample) => (sample.peakBytes === null ? [] : [sample.peakBytes]));
  const spread = peaks.length > 1 ? Math.max(...peaks) - Math.min(...peaks) : 0;
  const leastProcessBytes = Math.max(
    thresholds.processFloorMib * mebibyte,
    thresholds.processFloorShare * (peaks.length > 0 ? Math.max(...peaks) : 0),
  );
  return {
    leastProcessBytes,
    heapBytes: Math.max(thresholds.heapFloorMib * mebibyte, thresholds.heapFloorShare * heapPeakBytes),
    processBytes: Math.max(2 * spread, leastProcessBytes),
  };
}

/** The middle value; of an even count the mean of the two in the middle. Null of nothing. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const high = sorted[Math.floor(sorted.length / 2)] as number;
  const low = sorted[Math.floor((sorted.length - 1) / 2)] as number;
  return (high + low) / 2;
}
