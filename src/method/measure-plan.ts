import { restsOnDraft } from "./drafting.ts";
import { clockPairs, type Figures, figuresOf } from "./figures.ts";
import { otherOutcome } from "./outcomes.ts";
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
  | { what: "tier"; tier: string }
  | { what: "inspect" }
  | { what: "follow"; side: "before" | "after" }
  | { what: "try"; side: "before" | "after" };

/**
 * What to run next, cheap before dear: tests, guard, one traced run, alternating untraced pairs, the changed functions' time
 * for a change that would be kept, a second round where the figures cannot tell. Null: the verdict can be spoken.
 */
export function nextMeasurement(experiment: Experiment, state: State): NextMeasurement | null {
  const session = state.session;
  if (!session || !experiment.implemented || experiment.implemented.refusal !== null) return null;
  const figures = figuresOf(experiment, state);
  const allowed = session.settings.allow;
  if (figures.reaches.some((it) => !it.stated || (it.outward && !allowed.includes(it.leave)))) return null;
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
  // Whether the base is the same as itself, before a difference is blamed on the change.
  if (otherOutcome(experiment.followed.before, experiment.followed.after) !== null && experiment.followed.before.length < 2)
    return { what: "follow", side: "before" };
  const verdict = decide(figures);
  if (verdict === "inconclusive") {
    const timed = experiment.clocks.length;
    if (timed > 0 && timed < clockPairs && (figures.functionSlowdown ?? 1) > 1) return { what: "clock", alone: true };
    if (experiment.traced.length < 2) return { what: "traced" };
    const second = nextSample(experiment, 2 * figures.settings.pairs, false, true);
    return second ?? (figures.timeConfirmed ? null : nextSample(experiment, Number.POSITIVE_INFINITY, false, true));
  }
  if (verdict.status !== "keep") return null;
  if (experiment.clocks.length === 0 && experiment.implemented.changed.length > 0) return { what: "clock", alone: false };
  const tier = uncheckedTiers(experiment, state)[0];
  if (tier !== undefined) return { what: "tier", tier };
  if (experiment.inspected === null) return { what: "inspect" };
  return restsOnDraft(experiment, state) ? nextTrial(experiment, state) : null;
}

/**
 * The dear gates, for a change that a second mind drafted and that would be kept: what the changed functions give, then, for a
 * function target, repeated calls, other sizes and other inputs. The catalogue's changes are proved by their preconditions.
 */
function nextTrial({ implemented, followed, tried, tier }: Experiment, state: State): NextMeasurement | null {
  if ((implemented?.changed.length ?? 0) > 0) {
    if (followed.before.length === 0) return { what: "follow", side: "before" };
    if (followed.after.length === 0) return { what: "follow", side: "after" };
  }
  const target = state.session?.tiers.find((it) => it.name === tier)?.target;
  if (target?.kind !== "function") return null;
  if (tried.before === undefined) return { what: "try", side: "before" };
  return tried.after === undefined ? { what: "try", side: "after" } : null;
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
