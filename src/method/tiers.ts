import type { EntryOf } from "../vocabulary/journal.ts";
import type { Profile } from "../vocabulary/profile.ts";
import { seenInput } from "./inputs.ts";
import { floors, median } from "./noise.ts";
import { type Experiment, peaksOf, type State } from "./state.ts";

type Tier = EntryOf<"session-began">["tiers"][number];

const tiersOf = (state: State): readonly Tier[] => state.session?.tiers ?? [];

/** Tiers whose peak was not measured yet; with a single tier there is nothing to survey: its baseline says it all. */
export function unsurveyed(state: State): Tier[] {
  const tiers = tiersOf(state);
  return tiers.length < 2 ? [] : tiers.filter((tier) => !state.survey.some((it) => it.tier === tier.name));
}

/** The next heavier tier, or null at the heaviest. */
export function nextTier(state: State): Tier | null {
  const tiers = tiersOf(state);
  return tiers[tiers.findIndex((it) => it.name === state.tier) + 1] ?? null;
}

/** How many times the peak of one tier the next one's is, by the survey before any change. */
function tierRatio(state: State, from: string, to: string): number | null {
  const heap = (name: string) => {
    const row = state.survey.find((it) => it.tier === name);
    return row ? (peaksOf(row.samples, row.traced)?.heapBytes ?? null) : null;
  };
  const [current, next] = [heap(from), heap(to)];
  return current === null || next === null ? null : next / Math.max(current, 1);
}

export type Escalation = { go: boolean; why: string } | "look at its profile";

/** The three ratio rules (method.md, 2.3). */
export function escalation(state: State, to: string): Escalation {
  const { escalateRatio, stayRatio } = state.session?.settings.thresholds ?? { escalateRatio: 2, stayRatio: 1.2 };
  const ratio = tierRatio(state, state.tier, to);
  if (ratio === null) return { go: false, why: `the peak of tier ${to} is not known` };
  const said = `tier ${to} peaks at ${ratio.toFixed(1)} times tier ${state.tier}`;
  if (ratio <= stayRatio) return { go: false, why: `${said}: the same allocations, nothing new to find` };
  return ratio >= escalateRatio ? { go: true, why: said } : "look at its profile";
}

/** Below this share of the heavier tier's peak an allocation is no reason to go there. */
const worthShare = 0.05;

/** Lines that hold memory at the heavier tier's peak and none of note at the current one's. */
export function onlyThere(there: Profile, here: Profile): { source: string; bytes: number }[] {
  const known = new Set(
    (here.census?.projectLines ?? [])
      .filter((it) => it.bytes >= worthShare * here.peak.peakBytes)
      .map((it) => `${it.file}:${it.line}`),
  );
  return (there.census?.projectLines ?? [])
    .filter((it) => it.project && it.bytes >= worthShare * there.peak.peakBytes && !known.has(`${it.file}:${it.line}`))
    .map((it) => ({ source: `${it.file}:${it.line} (${it.function})`, bytes: it.bytes }));
}

/** A heavier tier is looked at for every keep only while its run takes at most so many times the current one's. */
const affordable = 5;

/** Other tiers in which the candidate was not measured yet and should be before it is kept. */
export function uncheckedTiers(experiment: Experiment, state: State): string[] {
  return tiersOf(state)
    .map((it) => it.name)
    .filter((name) => name !== state.tier && !experiment.tierChecks.some((it) => it.tier === name))
    .filter((name) => isAffordable(state, name));
}

function isAffordable(state: State, tier: string): boolean {
  const time = (name: string) => median(state.survey.find((it) => it.tier === name)?.samples.map((it) => it.durationMs) ?? []);
  const [here, there] = [time(state.tier), time(tier)];
  return here !== null && there !== null && there <= affordable * here;
}

/** The next heavier tier, where a look at it is not too dear, and how many times the input of the current one it has; null: there is none. */
export function largerInput(state: State): { tier: string; inputRatio: number | null } | null {
  const next = nextTier(state);
  if (!next || !isAffordable(state, next.name)) return null;
  const input = (tier: string) => seenInput(state.survey.find((it) => it.tier === tier)?.samples ?? []);
  const [here, there] = [input(state.tier), input(next.name)];
  return { tier: next.name, inputRatio: here === null || there === null ? null : there / here };
}

/** The tier in which the candidate raised the heap peak beyond its floor, and by how much; null: none. */
export function grownTier(experiment: Experiment, state: State): { tier: string; bytes: number } | null {
  for (const { tier, run } of experiment.tierChecks) {
    const before = state.latest[tier]?.heapBytes;
    const row = state.survey.find((it) => it.tier === tier);
    if (before === undefined || !row || !state.session) continue;
    const bytes = (run.heapPeakBytes ?? Number.POSITIVE_INFINITY) - before;
    if (bytes > floors(row.samples, before, state.session.settings.thresholds).heapBytes) return { tier, bytes };
  }
  return null;
}
