import type { Sample } from "../vocabulary/measurement.ts";
import { mebibyte } from "./noise.ts";
import { freshProfile, type State } from "./state.ts";

/**
 * Size of what the current tier works on, in bytes: as the user said, else the files that it read and the arguments that it was
 * called with. Null: nothing was seen.
 */
export function inputBytes(state: State): number | null {
  const given = state.session?.inputBytes ?? null;
  return given ?? seenInput(state.calibration?.samples ?? []);
}

/** What some runs were seen to work on; null: nothing was seen. */
export function seenInput(samples: readonly Sample[]): number | null {
  const seen = samples.find((it) => it.inputs !== null)?.inputs;
  const bytes = (seen?.fileBytes ?? 0) + (seen?.argumentBytes ?? 0);
  return bytes > 0 ? bytes : null;
}

/** How many times its input the peak is; null: the input is not known. */
export function inputMultiple(state: State): number | null {
  const bytes = inputBytes(state);
  return bytes === null || state.peaks === null ? null : state.peaks.heapBytes / bytes;
}

export interface Signal {
  domain: "latency" | "io" | "cpu";
  text: string;
}

/** A target that runs shorter tells nothing of where its time goes. */
const longEnoughMs = 1000;
/** Below this share of processor time a target waits. */
const waitingShare = 0.5;
/** A statement that ran so often is where the time goes, whatever it does. */
const hotStatement = 1_000_000;

/** Problems that the runs showed and that are not of memory (method.md, 11). */
export function crossDomain(state: State): Signal[] {
  const samples = state.calibration?.samples ?? [];
  const signals: Signal[] = [];
  const [first] = samples;
  if (first?.targetMs != null && first.cpuMs !== null && first.targetMs > longEnoughMs) {
    const busy = samples.every((it) => (it.cpuMs ?? 0) >= waitingShare * (it.targetMs ?? 0));
    const seconds = (ms: number) => (ms / 1000).toFixed(1);
    if (!busy)
      signals.push({
        domain: "latency",
        text: `the target waits: ${seconds(first.cpuMs)} s of processor time in ${seconds(first.targetMs)} s`,
      });
  }
  const often = samples.find((it) => it.inputs !== null)?.inputs?.often;
  if (often) signals.push({ domain: "io", text: `${often.file} is opened ${often.times} times in one run` });
  const nodes = freshProfile(state)?.nodes ?? [];
  const hot = nodes.reduce(
    (best, it) => (it.count > (best?.count ?? hotStatement) ? it : best),
    null as (typeof nodes)[number] | null,
  );
  if (hot)
    signals.push({
      domain: "cpu",
      text: `${hot.function.file}:${hot.line} (${hot.function.qualname}) runs ${(hot.count / 1e6).toFixed(1)} million times`,
    });
  return signals;
}

/** `5.6 times its input of 1.2 MiB`; null: the input is not known. */
export function besideInput(state: State): string | null {
  const [bytes, multiple] = [inputBytes(state), inputMultiple(state)];
  return bytes === null || multiple === null
    ? null
    : `the peak is ${multiple.toFixed(1)} times the input of ${(bytes / mebibyte).toFixed(1)} MiB`;
}
