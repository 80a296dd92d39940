import type { MicroResult, MicroRun } from "../vocabulary/micro.ts";
import type { Thresholds } from "../vocabulary/settings.ts";
import { mebibyte, median } from "./noise.ts";

/** What the runs of two snippets say; the thresholds are those of rule 11 of method.md, 8. */
export function microResult(a: readonly MicroRun[], b: readonly MicroRun[], thresholds: Thresholds): MicroResult {
  const [wayA, wayB] = [wayOf(a), wayOf(b)];
  const gainBytes = wayA.heapBytes === null || wayB.heapBytes === null ? null : wayA.heapBytes - wayB.heapBytes;
  const gainShare = gainBytes === null || wayA.heapBytes === null ? null : gainBytes / Math.max(wayA.heapBytes, 1);
  const enough = (gainBytes ?? 0) > thresholds.microMib * mebibyte || (gainShare ?? 0) > thresholds.microShare;
  const floor = thresholds.heapFloorMib * mebibyte;
  return { a: wayA, b: wayB, equal: equal(a, b), gainBytes, gainShare, counts: enough && (gainBytes ?? 0) > floor };
}

function wayOf(runs: readonly MicroRun[]): MicroResult["a"] {
  const untraced = runs.filter((it) => it.heapBytes === null);
  return {
    heapBytes: median(runs.flatMap((it) => it.heapBytes ?? [])),
    processBytes: median(untraced.flatMap((it) => it.processBytes ?? [])),
    durationMs: median(untraced.map((it) => it.durationMs)),
  };
}

function equal(a: readonly MicroRun[], b: readonly MicroRun[]): boolean | null {
  const values = [a, b].map((runs) => [...new Set(runs.map((it) => it.valueDigest))]);
  if (values.some((it) => it.length !== 1)) return null;
  return values[0]?.[0] === values[1]?.[0];
}
