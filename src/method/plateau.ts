import type { EntryOf, Remaining } from "../vocabulary/journal.ts";
import type { HeldLine, Profile } from "../vocabulary/profile.ts";
import type { Thresholds } from "../vocabulary/settings.ts";
import { candidates } from "./choose-target.ts";
import { stuckForGood } from "./drafting.ts";
import { inputMultiple } from "./inputs.ts";
import { passedOver } from "./passed.ts";
import { freshProfile, keeps, type State } from "./state.ts";

type Rule = EntryOf<"plateau">["rule"];
export interface Stop {
  rule: Rule;
  why: string;
}

/** Whether the tier is at its plateau (method.md, 9): the first rule that holds. Null: go on. */
export function plateau(state: State): Stop | null {
  const profile = freshProfile(state);
  const thresholds = state.session?.settings.thresholds;
  if (!profile || !thresholds || !state.proposed) return null;
  return exhausted(state) ?? stopRule(state);
}

/** The rule by which the tier is at its plateau although there may be something left to try; null: none holds. */
export function stopRule(state: State): Stop | null {
  const profile = freshProfile(state);
  const thresholds = state.session?.settings.thresholds;
  if (!profile || !thresholds) return null;
  return irreducible(state, profile, thresholds) ?? diminishing(state, thresholds);
}

function exhausted(state: State): Stop | null {
  if (candidates(state).length > 0) return null;
  const account = stuckForGood(state);
  if (account !== null) return { rule: "stuck", why: account };
  const tried = state.experiments.length;
  const why = tried === 0 ? "no candidate stands above the floor" : `every candidate was tried (${tried} experiments)`;
  return { rule: "exhausted", why };
}

function irreducible(state: State, profile: Profile, thresholds: Thresholds): Stop | null {
  const last = state.experiments.slice(-thresholds.plateauDiscards);
  if (last.length < thresholds.plateauDiscards || last.some((it) => it.verdict?.status === "keep")) return null;
  if (sweepIsOpen(state)) return null;
  const top = breakdown(state, profile).slice(0, 3);
  const share = top.filter((it) => !it.reducible).reduce((sum, it) => sum + it.bytes, 0) / Math.max(profile.peak.peakBytes, 1);
  if (share <= thresholds.irreducibleShare) return null;
  return {
    rule: "irreducible",
    why: `${last.length} discards in a row, and ${(share * 100).toFixed(0)} % of the peak is irreducible`,
  };
}

function diminishing(state: State, thresholds: Thresholds): Stop | null {
  const gains = keeps(state).map((it) => Math.max(it.verdict?.heapGainBytes ?? 0, it.verdict?.processGainBytes ?? 0));
  const last = gains.slice(-(thresholds.diminishingKeeps + 1));
  if (last.length <= thresholds.diminishingKeeps || sweepIsOpen(state)) return null;
  const halved = last.every((gain, index) => index === 0 || gain < (last[index - 1] as number) / 2);
  const currentBytes = state.peaks?.heapBytes ?? 0;
  if ((inputMultiple(state) ?? 0) > thresholds.inputMultiple) return null;
  if (!halved || (last.at(-1) as number) >= thresholds.diminishingShare * currentBytes) return null;
  return {
    rule: "diminishing",
    why: `each of the last ${thresholds.diminishingKeeps} keeps gave less than half of the one before`,
  };
}

/** The secondary sweep has candidates that were not tried: no stop rule but "exhausted" may fire (method.md, 10 and 13). */
function sweepIsOpen(state: State): boolean {
  return candidates(state).some((it) => it.sweep !== null);
}

/** What is left at the peak, largest first, with why it stays (method.md, 9). */
export function breakdown(state: State, profile: Profile): Remaining[] {
  const lines = profile.census?.projectLines ?? [];
  return lines.slice(0, 10).map((line) => ({ bytes: line.bytes, source: source(line), ...reducibility(state, line) }));
}

const source = (line: HeldLine) => `${line.file}:${line.line} (${line.function})`;

function reducibility(state: State, line: HeldLine): { reducible: boolean; why: string } {
  if (!line.project) return { reducible: false, why: "outside the project: imports and libraries" };
  const here = (site: { file: string; qualname: string }) =>
    site.file === line.file && (site.qualname === line.function || line.function.endsWith(`.${site.qualname}`));
  const untried = candidates(state).find((it) => here(it.site));
  if (untried) return { reducible: true, why: `not tried yet: ${untried.description}` };
  const tried = state.experiments.findLast((it) => here(it.proposal.site) && it.verdict?.status !== "keep");
  if (tried) return { reducible: false, why: `tried in experiment ${tried.number}: ${tried.verdict?.reason}` };
  const forbidden = state.proposed?.forbidden.find((it) => here(it.site));
  if (forbidden) return { reducible: false, why: `${forbidden.technique}: ${forbidden.reason}` };
  const passed = passedOver(state).findLast(({ target }) => target === `${line.file}:${line.function}`);
  if (passed) return { reducible: false, why: passed.why };
  return { reducible: false, why: "working data: no recipe of the catalogue fits this line" };
}
