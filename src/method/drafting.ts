import type { PassedSite, Proposal } from "../vocabulary/proposal.ts";
import { approachKey, candidates } from "./choose-target.ts";
import { figuresOf } from "./figures.ts";
import type { Experiment, State } from "./state.ts";
import { decide } from "./verdict.ts";

/** The setting under which a person's own coding agent is the mind: it is waited for as long as it takes. */
export const guestModel = "guest";

/** The last recovery of the current commit; null: the session was not stuck there. */
const recoveryHere = (state: State) => state.recoveries.findLast((it) => it.commit === state.commit) ?? null;

/** Drafts that were made since the last keep, in this tier, and since the session looked again. */
const draftsHere = (state: State) => {
  const from = Math.max(recoveryHere(state)?.drafts ?? 0, state.left.at(-1)?.drafts ?? 0);
  return state.drafts.filter((it, index) => it.commit === state.commit && index >= from);
};

/** Whether an experiment came from the second mind. */
export const isDrafted = (state: State) => (experiment: Experiment) =>
  state.drafts.some((it) => it.proposals.some((proposal) => approachKey(proposal) === experiment.key));

/** Whether anything of an experiment came from the second mind: a pair may have one half from it. */
export function restsOnDraft(experiment: Experiment, state: State): boolean {
  if (isDrafted(state)(experiment)) return true;
  const { edits } = experiment.proposal;
  const within = (all: Proposal["edits"]) => all.every((one) => edits.some((it) => it.file === one.file && it.text === one.text));
  return state.drafts.some((it) => it.proposals.some((proposal) => within(proposal.edits)));
}

/**
 * Why the session is stuck (method.md, 13): so many drafts without a keep, or the same failure again and again. Null: it is not.
 * Never while a candidate is untried, and never where a person's own agent is waited for.
 */
function stuck(state: State): string | null {
  const settings = state.session?.settings;
  if (!settings?.model || settings.model === guestModel || candidates(state).length > 0) return null;
  const { stuckExperiments, stuckRepeats } = settings.thresholds;
  const here = draftsHere(state);
  if (here.length >= stuckExperiments) return `${here.length} drafts without a keep`;
  const since = state.experiments.slice(recoveryHere(state)?.experiments ?? 0).filter((it) => it.parent === state.commit);
  const last = since
    .filter(isDrafted(state))
    .slice(-stuckRepeats)
    .map((it) => it.verdict?.reason);
  return last.length === stuckRepeats && new Set(last).size === 1 ? `the same failure ${stuckRepeats} times: ${last[0]}` : null;
}

/** Why the session looks again before it asks further; null: it need not, or has done so on this commit. */
export const recoveryIsDue = (state: State): string | null =>
  recoveryHere(state) === null && mindGoesOn(state) ? stuck(state) : null;

/** Why the session ends as stuck: looking again did not help. */
export const stuckForGood = (state: State): string | null => {
  const first = recoveryHere(state);
  const again = stuck(state);
  return first && again ? `stuck: ${first.why}; after a fresh table and history, ${again}` : null;
};

/** The catalogue has nothing left, and the mind has not said that it is done with this state of the code. */
const mindGoesOn = (state: State): boolean =>
  state.session?.settings.model !== undefined && candidates(state).length === 0 && !draftsHere(state).at(-1)?.done;

/** Whether the second mind is asked now. */
export const draftIsOpen = (state: State): boolean => mindGoesOn(state) && stuck(state) === null;

/** What the model has cost so far, in US dollars, and whether a price was unknown somewhere. */
export function spent(state: State): { cost: number; unknown: boolean } {
  return {
    cost: state.answers.reduce((sum, it) => sum + (it.cost ?? 0), 0),
    unknown: state.answers.some((it) => it.cost === null),
  };
}

/** US dollars that may still be spent; null: no limit was set. */
export function budget(state: State): number | null {
  const { maxCost } = state.session?.settings ?? {};
  return maxCost === undefined ? null : Math.max(0, maxCost - spent(state).cost);
}

/** Sites of this state of the code that the mind has nothing for. A session that looked again asks about them once more. */
export const passedSites = (state: State): PassedSite[] => draftsHere(state).flatMap((it) => it.passed);

const repairableRules: readonly string[] = ["refused", "review", "reach", "crash", "correctness", "same outcome", "guard"];

/** Why the experiment would fail, where its mind may still repair it (method.md, 7.7 and 8.2 to 8.4); null: it may not. */
export function repairable(experiment: Experiment, state: State): { reason: string } | null {
  const settings = state.session?.settings;
  if (!settings?.model || experiment.gaveUp || experiment.reworks >= settings.reworks) return null;
  if (!isDrafted(state)(experiment)) return null;
  const verdict = decide(figuresOf(experiment, state));
  if (verdict === "inconclusive" || !repairableRules.includes(verdict.rule)) return null;
  return { reason: verdict.reason };
}
