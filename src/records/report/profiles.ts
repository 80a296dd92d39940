import { categories } from "../../method/categories.ts";
import { stacksOf } from "../../method/picture.ts";
import type { ProfileOf, State } from "../../method/state.ts";
import type { Profile } from "../../vocabulary/profile.ts";
import type { ReportHeld, ReportProfile } from "../../vocabulary/report.ts";
import { flameTree } from "../flame/tree.ts";
import { flameColumns } from "./flame.ts";

/** Tables that are shown: the first ones tell how it began, the last ones where it stands. */
const mostProfiles = 40;
const mostRows = 40;

/** The profiles in order; the first and the last of each tier with all that they tell. */
export function profilesOf(state: State): ReportProfile[] {
  const whole = new Set<ProfileOf>();
  for (const { name } of state.session?.tiers ?? []) {
    const here = state.profiles.filter((it) => it.tier === name);
    for (const it of [here[0], here.at(-1)]) if (it) whole.add(it);
  }
  const all = state.profiles;
  const half = mostProfiles / 2;
  const shown = all.filter((it, index) => index < half || index >= all.length - half || whole.has(it));
  return shown.map((it) => one(it, state, whole.has(it)));
}

function one(it: ProfileOf, state: State, whole: boolean): ReportProfile {
  const { table, timeline, notes } = it.profile;
  const dominant = table.rows[table.dominant];
  const rows = table.rows.length <= mostRows ? table.rows : largest(table.rows);
  const picture = state.pictures.find((one) => one.tier === it.tier && one.commit === it.commit)?.picture;
  return {
    tier: it.tier,
    commit: it.commit,
    experiment: it.experiment,
    table: { ...table, rows, dominant: dominant ? rows.indexOf(dominant) : -1 },
    timeline: whole ? timeline : null,
    held: whole ? heldBy(it.profile, processPeak(it, state)) : null,
    flame: whole && picture ? flameColumns(flameTree(stacksOf(picture)), picture.peakBytes) : null,
    notes: notes.slice(0, 10),
  };
}

/** The rows that stand highest, in their order. */
function largest<T extends { peakBytes: number }>(rows: readonly T[]): T[] {
  const kept = new Set([...rows].sort((a, b) => b.peakBytes - a.peakBytes).slice(0, mostRows));
  return rows.filter((it) => kept.has(it));
}

/** As the operating system saw it: of the base by the survey, of a keep by its own runs. */
function processPeak({ tier, commit, experiment }: ProfileOf, state: State): number | null {
  if (commit === state.commit && tier === state.tier) return state.peaks?.processBytes ?? null;
  const opened = state.experiments.find((it) => it.tier === tier && it.parent === commit);
  if (opened) return opened.before.processBytes;
  const kept = state.experiments.find((it) => it.number === experiment);
  return kept?.verdict?.processGainBytes == null ? null : kept.before.processBytes - kept.verdict.processGainBytes;
}

function heldBy({ census }: Profile, processPeakBytes: number | null): ReportHeld | null {
  if (!census) return null;
  return {
    peakBytes: census.peakBytes,
    categories: categories(census, processPeakBytes).map((it) => ({ ...it, holders: it.holders.slice(0, 5) })),
    types: census.types.slice(0, 25).map(({ type, count, bytes, project, heldBy }) => ({ type, count, bytes, project, heldBy })),
    lines: census.projectLines.slice(0, 20),
  };
}
