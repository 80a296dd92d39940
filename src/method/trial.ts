import type { Trial } from "../vocabulary/measurement.ts";
import { mebibyte } from "./noise.ts";
import { type Difference, firstDifference } from "./outcomes.ts";

/** What a trial of both sides rests on: bytes that are no noise, and what the change saved in the ordinary runs. */
interface Beside {
  floorBytes: number;
  gainBytes: number;
}

const mib = (bytes: number) => `${(bytes / mebibyte).toFixed(1)} MiB`;

/** Below this a duration tells nothing of whether work was done. */
const workMs = 20;
/** A later call that needs less than this share of the first one's memory or time does not do its work. */
const sameWork = 0.5;

/** Why repeated calls speak against a change: it keeps something back, or lives on what an earlier call made. Null: nothing does. */
export function holdsBack(before: Trial, after: Trial, { floorBytes, gainBytes }: Beside): string | null {
  const growth = ({ calls }: Trial) =>
    ((calls.at(-1)?.retainedBytes ?? 0) - (calls[0]?.retainedBytes ?? 0)) / Math.max(calls.length - 1, 1);
  if (growth(after) - growth(before) > floorBytes) return `each further call leaves ${mib(growth(after))} behind`;
  const kept = (after.calls[0]?.retainedBytes ?? 0) - (before.calls[0]?.retainedBytes ?? 0);
  if (kept > Math.max(floorBytes, 0.1 * gainBytes)) return `${mib(kept)} stay behind after a call that were given back before`;
  if (skipsWork(after, floorBytes) && !skipsWork(before, floorBytes))
    return "a second call with the same arguments does not do the work again";
  return null;
}

function skipsWork({ calls }: Trial, floorBytes: number): boolean {
  const [first, ...others] = calls;
  if (!first) return false;
  const byMemory = others.every((it) => it.peakBytes < sameWork * first.peakBytes && first.peakBytes - it.peakBytes > floorBytes);
  const byTime = first.durationMs > workMs && others.every((it) => it.durationMs < sameWork * first.durationMs);
  return others.length > 0 && (byMemory || byTime);
}

/** What another input leads to that it did not lead to before; null: nothing, or the base's own calls differ. */
export function otherAnswer(before: Trial, after: Trial): Difference | null {
  if (new Set(before.calls.map((it) => it.outcome)).size > 1) return null;
  const all: [string, Difference | null][] = [
    ["a repeated call", firstDifference(before.calls, after.calls)],
    ["an input of another size", firstDifference(before.sizes, after.sizes)],
    ["an input made by a seed", firstDifference(before.fresh, after.fresh)],
  ];
  for (const [what, found] of all) if (found !== null) return { ...found, text: `${what} ${found.text}` };
  return null;
}

/** Why the saving does not hold at other sizes (0.5 and 2 times the input); null: it does, or nothing is a size. */
export function doesNotScale(before: Trial, after: Trial, { floorBytes }: Beside): string | null {
  const [was, is] = [before.calls[0]?.peakBytes, after.calls[0]?.peakBytes];
  if (was === undefined || is === undefined) return null;
  const gain = was - is;
  if (gain <= floorBytes) return null;
  const gainAt = (factor: number) => {
    const [a, b] = [before, after].map((it) => it.sizes.find((size) => size.factor === factor)?.peakBytes);
    return a === undefined || b === undefined ? null : a - b;
  };
  const [half, twice] = [gainAt(0.5), gainAt(2)];
  if (twice !== null && twice < 0.5 * gain) return `at twice the input it saves ${mib(twice)}, not ${mib(gain)}`;
  if (half !== null && half < -floorBytes) return `at half the input it costs ${mib(-half)}`;
  if (half !== null && twice === null && half < 0.1 * gain) return `at half the input it saves ${mib(half)}`;
  return null;
}
