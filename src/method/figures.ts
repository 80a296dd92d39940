import type { FunctionTime, Sample } from "../vocabulary/measurement.ts";
import type { Finding } from "../vocabulary/review.ts";
import type { Settings } from "../vocabulary/settings.ts";
import { brokenTests } from "./excluded-tests.ts";
import { type Moved, movedTo } from "./moved.ts";
import { type Floors, floors, median } from "./noise.ts";
import { type Difference, otherOutcome } from "./outcomes.ts";
import { type Reach, reaches } from "./reach.ts";
import type { ClockPair, Experiment, State } from "./state.ts";
import { consentOf } from "./strategy.ts";
import { grownTier } from "./tiers.ts";
import { doesNotScale, holdsBack, otherAnswer } from "./trial.ts";

/** Everything that the verdict rules look at, in bytes; gains are positive when memory fell. */
export interface Figures {
  settings: Settings;
  floors: Floors;
  heapBeforeBytes: number;
  /** One per traced run of the candidate. */
  heapGains: number[];
  /** Before minus after, pair by pair. */
  processGains: number[];
  processBeforeBytes: number;
  crash: string | null;
  refusal: string | null;
  broken: string[];
  outputChanged: boolean;
  /** What the reviewer holds against the change: behaviour that others rely on, and what it may not do at all. */
  changesPublic: string | null;
  unsafe: string | null;
  /** What the change newly reaches for. */
  reaches: readonly Reach[];
  guardFailed: string | null;
  /** Time after over time before: of the target, and of the changed functions by themselves. Null: not known. */
  targetSlowdown: number | null;
  functionSlowdown: number | null;
  /** What is said of the time was seen in enough runs of both sides that company on the machine cannot have made it. */
  timeConfirmed: boolean;
  movedTo: Moved | null;
  /** Another tier whose heap peak the candidate raised beyond its floor. */
  grownTier: { tier: string; bytes: number } | null;
  consent: string | null;
  changedLines: number;
  sweep: boolean;
  expectedBytes: number;
  /** What the candidate's runs changed that they may not. */
  tampered: string | null;
  /** What comes of calls that went another way before. */
  otherOutcome: Difference | null;
  /** What the target itself answers otherwise to other inputs, or to the same ones again. */
  otherAnswer: Difference | null;
  /** Why repeated calls, and other sizes, speak against it. */
  holdsBack: string | null;
  doesNotScale: string | null;
  /** A second round agrees: of the heap, which repeats to the byte, where it tells; else of the process too. */
  confirmed: boolean;
}

/** So many times each side is timed alone before it counts as slower: all above all others by chance once in 252 times (three: in 20). */
const timedAlone = 5;

/** Of the changed functions' times the first pair is taken in company. */
export const clockPairs = timedAlone + 1;

/** Among other code the clock takes more than by itself: so many times its own estimate may be its doing. */
const clockDoubt = 4;

/** Below this a difference of times is not looked at, in milliseconds. */
const timeResolutionMs = 20;

export function figuresOf(experiment: Experiment, state: State): Figures {
  const session = state.session;
  const calibration = state.calibration;
  if (!session || !calibration) throw new Error("figures are asked before the baseline");
  const { before, after } = experiment.samples;
  const pairs = Math.min(before.length, after.length);
  const processGains = Array.from({ length: pairs }, (_, index) => gain(before[index], after[index])).filter((it) => it !== null);
  const heapGains = experiment.traced.flatMap((run) =>
    run.heapPeakBytes === null ? [] : [experiment.before.heapBytes - run.heapPeakBytes],
  );
  const noise = floors(calibration.samples, experiment.before.heapBytes, session.settings.thresholds);
  const byTarget = slowdown(before, after);
  const byFunctions = functionSlowdown(experiment.clocks);
  const rising = (median(processGains) ?? 0) < -noise.leastProcessBytes;
  const heapTells = !rising && heapGains.every((gain) => gain > noise.heapBytes);
  return {
    settings: session.settings,
    floors: noise,
    heapBeforeBytes: experiment.before.heapBytes,
    heapGains,
    processGains,
    processBeforeBytes: experiment.before.processBytes,
    crash: crashOf(experiment),
    refusal: experiment.implemented?.refusal ?? null,
    broken: brokenTests(state.testRuns, experiment.tests),
    outputChanged: outputChanged(experiment, calibration.samples),
    changesPublic: firstOf(experiment, (it) => it.kind === "public" && session.library),
    unsafe: firstOf(experiment, (it) => it.kind !== "public" && it.kind !== "reach"),
    reaches: reaches(experiment.implemented?.findings ?? [], experiment.proposal),
    guardFailed: experiment.guard && experiment.guard.exitCode !== 0 ? experiment.guard.output : null,
    targetSlowdown: byTarget,
    functionSlowdown: byFunctions,
    timeConfirmed:
      (byFunctions ?? 1) > (byTarget ?? 1)
        ? experiment.clocks.length >= clockPairs
        : [before, after].every((side) => side.filter((it) => it.alone).length >= timedAlone),
    movedTo: movedTo(
      before,
      after,
      experiment.inspected?.leftBytes ?? 0,
      Math.max(median(heapGains) ?? 0, median(processGains) ?? 0),
    ),
    grownTier: grownTier(experiment, state),
    consent: consentOf(experiment.proposal),
    changedLines: experiment.implemented?.changedLines ?? 0,
    sweep: experiment.proposal.sweep !== null,
    expectedBytes: experiment.proposal.expectedBytes,
    tampered: experiment.inspected?.changed[0] ?? null,
    ...trialOf(experiment, noise.heapBytes, Math.max(median(heapGains) ?? 0, 0)),
    confirmed: experiment.traced.length > 1 && (heapTells || pairs >= 2 * session.settings.pairs),
  };
}

/** What the dear gates found, as far as they were run. */
function trialOf({ followed, tried }: Experiment, floorBytes: number, gainBytes: number) {
  const other = otherOutcome(followed.before, followed.after);
  const { before, after } = tried;
  if (!before || !after) return { otherOutcome: other, otherAnswer: null, holdsBack: null, doesNotScale: null };
  const beside = { floorBytes, gainBytes };
  return {
    otherOutcome: other,
    otherAnswer: otherAnswer(before, after),
    holdsBack: holdsBack(before, after, beside),
    doesNotScale: doesNotScale(before, after, beside),
  };
}

/** The text of the first blocking finding of a kind. */
function firstOf(experiment: Experiment, wanted: (finding: Finding) => boolean): string | null {
  const found = experiment.implemented?.findings.find((it) => it.blocking && wanted(it));
  return found ? `${found.file}:${found.line}: ${found.text}` : null;
}

function gain(before: Sample | undefined, after: Sample | undefined): number | null {
  if (before?.peakBytes == null || after?.peakBytes == null) return null;
  return before.peakBytes - after.peakBytes;
}

function crashOf(experiment: Experiment): string | null {
  const runs = [...experiment.samples.after, ...experiment.traced];
  const failed = runs.find((run) => run.exitCode !== 0 || run.timedOut || run.overMemory);
  if (!failed) return null;
  if (failed.timedOut) return "it ran out of its time limit";
  if (failed.overMemory) return "it ran out of its memory limit";
  return failed.error ?? `the target ended with exit code ${failed.exitCode}`;
}

/** Compared only where the baseline's own runs agree with each other. */
function outputChanged(experiment: Experiment, baseline: readonly Sample[]): boolean {
  const expected = new Set(baseline.map((sample) => sample.outputDigest));
  const [only] = expected;
  if (expected.size !== 1 || only == null) return false;
  return experiment.samples.after.some((sample) => sample.outputDigest !== only);
}

function slowdown(before: readonly Sample[], after: readonly Sample[]): number | null {
  const undisturbed = [before, after].every((side) => side.some((it) => it.alone));
  const times = (samples: readonly Sample[]) =>
    samples.flatMap((it) => (it.targetMs === null || (undisturbed && !it.alone) ? [] : [it.targetMs]));
  return timeRatio(times(before), times(after));
}

/** Of the function that became slowest; null: nothing was timed. */
function functionSlowdown(all: readonly ClockPair[]): number | null {
  const undisturbed = all.filter((it) => it.alone);
  const clocks = undisturbed.length > 0 ? undisturbed : all;
  const times = (side: "before" | "after", one: FunctionTime) =>
    clocks.flatMap((pair) => pair[side].filter((it) => it.file === one.file && it.qualname === one.qualname));
  const ratios = (clocks[0]?.after ?? []).map((it) => {
    const [before, after] = [times("before", it), times("after", it)];
    const doubtMs = clockDoubt * Math.max(...[...before, ...after].map((one) => one.clockMs));
    return timeRatio(
      before.map((one) => one.totalMs),
      after.map((one) => one.totalMs),
      doubtMs,
    );
  });
  return clocks.length === 0 ? null : Math.max(1, ...ratios.filter((it) => it !== null));
}

/** Ratio of the fastest runs, at most 1 while the two sides overlap or differ by less than the clock can tell. `doubtMs`: what more it cannot. */
function timeRatio(before: readonly number[], after: readonly number[], doubtMs = 0): number | null {
  if (before.length === 0 || after.length === 0) return null;
  const ratio = Math.min(...after) / Math.max(Math.min(...before), 0.001);
  const apart = Math.min(...after) > Math.max(...before) && Math.min(...after) - Math.min(...before) > timeResolutionMs + doubtMs;
  return ratio > 1 && !apart ? 1 : ratio;
}
