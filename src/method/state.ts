import { type Guidance, silence } from "../vocabulary/guidance.ts";
import type { History } from "../vocabulary/history.ts";
import type { Isolation } from "../vocabulary/isolation.ts";
import type { EntryOf, Recorded, Verdict } from "../vocabulary/journal.ts";
import type { FunctionOutcomes, FunctionTime, Sample, TestRun, TracedRun, Trial } from "../vocabulary/measurement.ts";
import type { Profile } from "../vocabulary/profile.ts";
import type { Forbidden, Proposal } from "../vocabulary/proposal.ts";
import type { Picture } from "../vocabulary/stacks.ts";

/** Times of the changed functions, both sides measured next to each other. */
export interface ClockPair {
  /** Nothing else ran meanwhile. */
  alone: boolean;
  before: FunctionTime[];
  after: FunctionTime[];
}

/** One experiment as far as it has come. */
export interface Experiment {
  number: number;
  key: string;
  proposal: Proposal;
  /** The tier on whose target it was found and is measured. */
  tier: string;
  /** Heap peak of the candidate in the other tiers. */
  tierChecks: EntryOf<"tier-checked">[];
  /** The commit that it changes. */
  parent: string;
  openedAt: number;
  /** What the heap and process peak were when it began. */
  before: Peaks;
  implemented: EntryOf<"implemented"> | null;
  tests: TestRun[];
  guard: { exitCode: number | null; output: string } | null;
  samples: { before: Sample[]; after: Sample[] };
  traced: TracedRun[];
  clocks: ClockPair[];
  /** What the changed functions gave, run by run. */
  followed: { before: FunctionOutcomes[][]; after: FunctionOutcomes[][] };
  /** Undefined: not taken yet; null: it cannot be. */
  tried: { before?: Trial | null; after?: Trial | null };
  inspected: EntryOf<"inspected"> | null;
  invalid: string[];
  /** How often its mind repaired it, and whether it has said that it cannot. */
  reworks: number;
  gaveUp: boolean;
  verdict: Verdict | null;
  /** Why a milestone took the keep back; null: it stands, or was none. */
  takenBack: string | null;
}

export interface Peaks {
  heapBytes: number;
  processBytes: number;
}

export interface ProfileOf {
  tier: string;
  commit: string;
  /** The experiment that made the commit; null for the base. */
  experiment: number | null;
  profile: Profile;
}

/** All that the method needs to know, read from the journal and nothing else. */
export interface State {
  session: EntryOf<"session-began"> | null;
  /** How its runs are kept apart; null: not told yet. */
  isolation: Isolation | null;
  startedAt: number;
  lastAt: number;
  /** What the project remembers from before this session; null: not read yet. */
  history: History | null;
  testRuns: TestRun[];
  /** What the user said last. */
  guidance: Guidance;
  /** The tier that is iterated on. */
  tier: string;
  /** Every tier before any change. */
  survey: EntryOf<"surveyed">[];
  /** Of the current tier. */
  calibration: EntryOf<"calibrated"> | null;
  /** Peaks of every tier as last measured. */
  latest: Record<string, Peaks>;
  profiles: ProfileOf[];
  /** What stands at the peak by call stack, of the first and the last profile of each tier. */
  pictures: { tier: string; commit: string; picture: Picture | null }[];
  /** Of the current commit; null after every keep until the mind was asked again. */
  proposed: EntryOf<"proposed"> | null;
  /** What a mind ruled out when it had the recorder's word, all of the session. */
  ruledOut: Forbidden[];
  refused: EntryOf<"refused">[];
  looks: EntryOf<"looked">[];
  /** Answers of a model, all of the session. */
  answers: EntryOf<"answered">[];
  /** What a person's agent said, all of the session. */
  words: EntryOf<"said">[];
  drafts: EntryOf<"drafted">[];
  recoveries: EntryOf<"recovered">[];
  /** The last one may still be open. */
  experiments: Experiment[];
  /** Head of the kept changes. */
  commit: string;
  peaks: Peaks | null;
  discoveries: { text: string; experiment: number | null }[];
  /** What the runs showed of other domains than memory. */
  signals: string[];
  notes: string[];
  branch: EntryOf<"branch-moved"> | null;
  milestones: EntryOf<"milestone">[];
  /** The milestone whose objection has not been carried out yet. */
  objected: EntryOf<"milestone"> | null;
  /** The last word on each branch that goes to review. */
  pullRequests: EntryOf<"pull-request">[];
  /** Of the current tier. */
  plateau: EntryOf<"plateau"> | null;
  /** Tiers that were left, with what stands at their plateau and how many drafts there were by then. */
  left: { tier: string; why: string; plateau: EntryOf<"plateau">; drafts: number }[];
  finished: EntryOf<"finished"> | null;
}

export const beginning: State = {
  session: null,
  isolation: null,
  startedAt: 0,
  lastAt: 0,
  history: null,
  testRuns: [],
  guidance: silence,
  tier: "",
  survey: [],
  calibration: null,
  latest: {},
  profiles: [],
  pictures: [],
  proposed: null,
  ruledOut: [],
  refused: [],
  looks: [],
  answers: [],
  words: [],
  drafts: [],
  recoveries: [],
  experiments: [],
  commit: "",
  peaks: null,
  discoveries: [],
  signals: [],
  notes: [],
  branch: null,
  milestones: [],
  objected: null,
  pullRequests: [],
  plateau: null,
  left: [],
  finished: null,
};

/** The fold: what is known after one more entry. The same entries give the same state, whenever they are read. */
export function advance(state: State, { ts, entry }: Recorded): State {
  const next = { ...state, lastAt: ts, startedAt: state.startedAt || ts };
  switch (entry.kind) {
    case "session-began":
      return { ...next, session: entry, commit: entry.base, tier: entry.tiers[0]?.name ?? "" };
    case "isolated":
      return { ...next, isolation: entry.isolation };
    case "history":
      return { ...next, history: entry.history };
    case "tested":
      return entry.experiment === null
        ? { ...next, testRuns: [...state.testRuns, entry.run] }
        : patch(next, entry.experiment, (it) => ({ tests: [...it.tests, entry.run] }));
    case "surveyed":
      return { ...next, survey: [...state.survey, entry], latest: measured(state, entry.tier, entry.samples, entry.traced) };
    case "calibrated": {
      const latest = measured(state, state.tier, entry.samples, entry.traced);
      const surveyed = { ...entry, kind: "surveyed" as const, tier: state.tier };
      const survey = state.survey.some((it) => it.tier === state.tier) ? state.survey : [...state.survey, surveyed];
      return { ...next, calibration: entry, peaks: latest[state.tier] ?? null, latest, survey };
    }
    case "escalated":
      return {
        ...next,
        tier: entry.to,
        left: state.plateau
          ? [...state.left, { tier: entry.from, why: entry.why, plateau: state.plateau, drafts: state.drafts.length }]
          : state.left,
        calibration: null,
        peaks: null,
        proposed: null,
        plateau: null,
      };
    case "profiled": {
      const experiment = state.experiments.find((it) => it.implemented?.commit === entry.commit)?.number ?? null;
      return {
        ...next,
        profiles: [...state.profiles, { tier: state.tier, commit: entry.commit, experiment, profile: entry.profile }],
      };
    }
    case "pictured":
      return { ...next, pictures: [...state.pictures, { tier: state.tier, commit: entry.commit, picture: entry.picture }] };
    case "proposed":
      return {
        ...next,
        proposed: entry,
        ruledOut: entry.waiting === undefined ? [...state.ruledOut, ...entry.forbidden] : state.ruledOut,
      };
    case "looked":
      return { ...next, looks: [...state.looks, entry] };
    case "answered":
      return { ...next, answers: [...state.answers, entry] };
    case "said":
      return { ...next, words: [...state.words, entry] };
    case "drafted":
      return {
        ...next,
        drafts: [...state.drafts, entry],
        proposed: state.proposed && { ...state.proposed, proposals: [...state.proposed.proposals, ...entry.proposals] },
      };
    case "recovered":
      return { ...next, recoveries: [...state.recoveries, entry] };
    case "reworked":
      return patch(next, entry.experiment, (it) =>
        entry.edits === null
          ? { gaveUp: true }
          : { ...unmeasured, implemented: null, proposal: { ...it.proposal, edits: entry.edits }, reworks: it.reworks + 1 },
      );
    case "refused":
      return { ...next, refused: [...state.refused, entry] };
    case "opened":
      return { ...next, experiments: [...state.experiments, opened(entry, ts, state)] };
    case "implemented":
      return patch(next, entry.experiment, () => ({ implemented: entry }));
    case "guarded":
      return patch(next, entry.experiment, () => ({ guard: { exitCode: entry.exitCode, output: entry.output } }));
    case "sampled":
      return patch(next, entry.experiment, (it) => ({
        samples: { ...it.samples, [entry.side]: [...it.samples[entry.side], entry.sample] },
      }));
    case "traced":
      return patch(next, entry.experiment, (it) => ({ traced: [...it.traced, entry.run] }));
    case "tier-checked":
      return patch(next, entry.experiment, (it) => ({ tierChecks: [...it.tierChecks, entry] }));
    case "clocked":
      return patch(next, entry.experiment, (it) => ({
        clocks: [...it.clocks, { alone: entry.alone, before: entry.before, after: entry.after }],
      }));
    case "followed":
      return patch(next, entry.experiment, (it) => ({
        followed: { ...it.followed, [entry.side]: [...it.followed[entry.side], entry.functions] },
      }));
    case "tried":
      return patch(next, entry.experiment, (it) => ({ tried: { ...it.tried, [entry.side]: entry.trial } }));
    case "inspected":
      return patch(next, entry.experiment, () => ({ inspected: entry }));
    case "invalid":
      return patch(next, entry.experiment, (it) => ({
        invalid: [...it.invalid, entry.reason],
        ...unmeasured,
      }));
    case "decided":
      return patch(next, entry.experiment, () => ({ verdict: entry.verdict }));
    case "kept": {
      const peaks = { heapBytes: entry.heapPeakBytes, processBytes: entry.processPeakBytes };
      const checks = state.experiments.find((it) => it.number === entry.experiment)?.tierChecks ?? [];
      const others = checks.map(({ tier, run }) => {
        const before = state.latest[tier] ?? peaks;
        return [tier, { ...before, heapBytes: run.heapPeakBytes ?? before.heapBytes }] as const;
      });
      const latest = { ...state.latest, ...Object.fromEntries(others), [state.tier]: peaks };
      return { ...next, commit: entry.commit, peaks, latest, proposed: null };
    }
    case "milestone":
      return { ...next, milestones: [...state.milestones, entry], objected: entry.objection === null ? null : entry };
    case "replayed": {
      const milestones = state.milestones.map((it, at) =>
        at === state.milestones.length - 1 ? { ...it, replay: entry.replay } : it,
      );
      return { ...next, milestones };
    }
    case "pull-request":
      return { ...next, pullRequests: [...state.pullRequests.filter((it) => it.branch !== entry.branch), entry] };
    case "taken-back":
      return patch(
        entry.commit === null
          ? { ...next, objected: null }
          : { ...next, objected: null, commit: entry.commit, proposed: null, calibration: null, peaks: null, plateau: null },
        entry.experiment,
        () => ({ takenBack: entry.why }),
      );
    case "branch-moved":
      return { ...next, branch: entry };
    case "discovered":
      return { ...next, discoveries: [...state.discoveries, { text: entry.text, experiment: entry.experiment }] };
    case "guided":
      return { ...next, guidance: entry.guidance };
    case "cross-domain":
      return { ...next, signals: [...state.signals, `${entry.domain}: ${entry.signal}`] };
    case "note":
      return { ...next, notes: [...state.notes, entry.text] };
    case "plateau":
      return { ...next, plateau: entry };
    case "finished":
      return { ...next, finished: entry };
    case "resumed":
      return {
        ...next,
        session: state.session && { ...state.session, settings: entry.settings },
        finished: state.finished?.outcome === "limit" ? null : state.finished,
      };
    case "began":
      return next;
  }
}

const unmeasured = {
  tests: [],
  guard: null,
  samples: { before: [], after: [] },
  traced: [],
  clocks: [],
  tierChecks: [],
  followed: { before: [], after: [] },
  tried: {},
  inspected: null,
} satisfies Partial<Experiment>;

function opened(entry: EntryOf<"opened">, ts: number, state: State): Experiment {
  return {
    number: entry.experiment,
    key: entry.key,
    proposal: entry.proposal,
    tier: state.tier,
    parent: entry.commit,
    openedAt: ts,
    before: state.peaks ?? { heapBytes: 0, processBytes: 0 },
    implemented: null,
    ...unmeasured,
    invalid: [],
    reworks: 0,
    gaveUp: false,
    verdict: null,
    takenBack: null,
  };
}

function patch(state: State, number: number, change: (it: Experiment) => Partial<Experiment>): State {
  return { ...state, experiments: state.experiments.map((it) => (it.number === number ? { ...it, ...change(it) } : it)) };
}

function measured(state: State, tier: string, samples: readonly Sample[], traced: TracedRun): Record<string, Peaks> {
  const peaks = peaksOf(samples, traced);
  return peaks ? { ...state.latest, [tier]: peaks } : state.latest;
}

/** The peaks of the current tier before any change of this session. */
export function before(state: State): Peaks | null {
  const row = state.survey.find((it) => it.tier === state.tier);
  return row ? peaksOf(row.samples, row.traced) : null;
}

/** Heap peak of the traced run, process peak as the median of the untraced ones. Unknown figures make it null. */
export function peaksOf(samples: readonly Sample[], traced: TracedRun): Peaks | null {
  const peaks = samples.flatMap((sample) => (sample.peakBytes === null ? [] : [sample.peakBytes])).sort((a, b) => a - b);
  const middle = peaks[Math.floor((peaks.length - 1) / 2)];
  if (middle === undefined || traced.heapPeakBytes === null) return null;
  return { heapBytes: traced.heapPeakBytes, processBytes: middle };
}

/** The experiment under way, if there is one. A keep is under way until its commit is recorded as kept. */
export function openExperiment(state: State): Experiment | null {
  const last = state.experiments.at(-1);
  if (!last) return null;
  if (last.verdict === null) return last;
  return last.verdict.status === "keep" && state.commit !== last.implemented?.commit && last.parent === state.commit
    ? last
    : null;
}

export const keeps = (state: State): Experiment[] =>
  state.experiments.filter((it) => it.verdict?.status === "keep" && it.takenBack === null);

/** The profile of the current head, or null when it was not profiled since the last keep. */
export function freshProfile(state: State): Profile | null {
  return state.profiles.findLast((it) => it.commit === state.commit && it.tier === state.tier)?.profile ?? null;
}
