import { approachKey, candidates } from "./choose-target.ts";
import { figuresOf } from "./figures.ts";
import type { Experiment, State } from "./state.ts";
import { decide } from "./verdict.ts";

/** The setting under which a person's own coding agent is the mind: it is waited for as long as it takes. */
const guestModel = "guest";

/** Drafts that were made since the last keep. */
const draftsHere = (state: State) => state.drafts.filter((it) => it.commit === state.commit);

/**
 * Whether the second mind is asked now: the catalogue has nothing left, the mind has not said that it is done with this state of
 * the code, and it is not stuck (method.md, 13).
 */
export function draftIsOpen(state: State): boolean {
  const settings = state.session?.settings;
  if (!settings?.model || candidates(state).length > 0) return false;
  const here = draftsHere(state);
  if (here.at(-1)?.done) return false;
  return settings.model === guestModel || here.length < settings.thresholds.stuckExperiments;
}

/** What the model has cost so far, in US dollars, and whether a price was unknown somewhere. */
export function spent(state: State): { cost: number; unknown: boolean } {
  return {
    cost: state.answers.reduce((sum, it) => sum + (it.cost ?? 0), 0),
    unknown: state.answers.some((it) => it.cost === null),
  };
}

const repairableRules: readonly string[] = ["refused", "review", "crash", "correctness", "guard"];

/** Why the experiment would fail, where its mind may still repair it (method.md, 7.7 and 8.2 to 8.4); null: it may not. */
export function repairable(experiment: Experiment, state: State): { reason: string } | null {
  const settings = state.session?.settings;
  if (!settings?.model || experiment.gaveUp || experiment.reworks >= settings.reworks) return null;
  const drafted = state.drafts.some((it) => it.proposals.some((proposal) => approachKey(proposal) === experiment.key));
  if (!drafted) return null;
  const verdict = decide(figuresOf(experiment, state));
  if (verdict === "measure again" || !repairableRules.includes(verdict.rule)) return null;
  return { reason: verdict.reason };
}
