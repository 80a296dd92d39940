import { clockPairs, type Figures, figuresOf } from "./figures.ts";
import type { Experiment, State } from "./state.ts";
import { uncheckedTiers } from "./tiers.ts";
import { decide } from "./verdict.ts";

/** One run that the verdict still needs. */
export type NextMeasurement =
  | { what: "tests"; alone: boolean }
  | { what: "guard" }
  | { what: "traced" }
  | { what: "sample"; side: "before" | "after"; pair: number; alone: boolean }
  | { what: "clock"; alone: boolean }
  | { what: "tier"; tier: string };

/**
 * What to run next, cheap before dear: tests, guard, one traced run, alternating untraced pairs, the changed functions' time
 * for a change that would be kept, a second round where the figures cannot tell. Null: the verdict can be spoken.
 */
export function nextMeasurement(experiment: Experiment, state: State): NextMeasurement | null {
  const session = state.session;
  if (!session || !experiment.implemented || experiment.implemented.refusal !== null) return null;
  const figures = figuresOf(experiment, state);
  if (session.tests !== null && (experiment.tests.length === 0 || (figures.broken.length > 0 && experiment.tests.length < 2))) {
    return { what: "tests", alone: experiment.tests.length > 0 };
  }
  if (figures.broken.length > 0 || figures.unsafe !== null) return null;
  if (session.settings.guard !== undefined && experiment.guard === null) return { what: "guard" };
  if (figures.guardFailed !== null || figures.crash !== null) return null;
  if (experiment.traced.length === 0) return { what: "traced" };
  const next = nextSample(experiment, figures.settings.pairs, hopeless(figures), false);
  if (next) return next;
  if (figures.outputChanged) return null;
  const verdict = decide(figures);
  if (verdict === "inconclusive") {
    const timed = experiment.clocks.length;
    if (timed > 0 && timed < clockPairs && (figures.functionSlowdown ?? 1) > 1) return { what: "clock", alone: true };
    return experiment.traced.length < 2 ? { what: "traced" } : nextSample(experiment, 2 * figures.settings.pairs, false, true);
  }
  if (verdict.status !== "keep") return null;
  if (experiment.clocks.length === 0) return { what: "clock", alone: false };
  const tier = uncheckedTiers(experiment, state)[0];
  return tier === undefined ? null : { what: "tier", tier };
}

/** After two pairs without any sign of a gain in either figure, a third one changes nothing. */
function hopeless(figures: Figures): boolean {
  const heap = figures.heapGains.every((gain) => gain <= figures.floors.heapBytes);
  const process = figures.processGains.length >= 2 && figures.processGains.every((gain) => gain <= figures.floors.processBytes);
  return heap && process;
}

/** Sides alternate, and so does which of them goes first. A second round, whose times may decide, is measured alone. */
function nextSample(experiment: Experiment, pairs: number, enough: boolean, alone: boolean): NextMeasurement | null {
  const { before, after } = experiment.samples;
  const whole = Math.min(before.length, after.length);
  if (before.length !== after.length) {
    return { what: "sample", side: before.length < after.length ? "before" : "after", pair: whole, alone };
  }
  if (whole >= pairs || enough) return null;
  return { what: "sample", side: whole % 2 === 0 ? "before" : "after", pair: whole, alone };
}
