import type { EntryOf } from "../vocabulary/journal.ts";
import { approachKey } from "./choose-target.ts";
import { keeps, type State } from "./state.ts";

/** Tokens and US dollars. `costUsd` null: the price of an answer in it is not known. */
export interface Spending {
  answers: number;
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
  costUsd: number | null;
  sentBytes: number;
}

function sumOf(answers: readonly EntryOf<"answered">[]): Spending {
  const total = (of: (it: EntryOf<"answered">) => number) => answers.reduce((sum, it) => sum + of(it), 0);
  return {
    answers: answers.length,
    inputTokens: total((it) => it.tokens.input),
    cachedTokens: total((it) => it.tokens.cached),
    outputTokens: total((it) => it.tokens.output),
    costUsd: answers.some((it) => it.cost === null) ? null : total((it) => it.cost ?? 0),
    sentBytes: total((it) => it.sentBytes),
  };
}

/** All of the session; null: no model was asked. */
export function spending(state: State): (Spending & { models: string[]; costPerMibUsd: number | null }) | null {
  if (state.answers.length === 0) return null;
  const all = sumOf(state.answers);
  const saved = keeps(state)
    .filter((it) => askedFor(state, it.number).length > 0)
    .reduce((sum, it) => sum + Math.max(it.verdict?.heapGainBytes ?? 0, it.verdict?.processGainBytes ?? 0), 0);
  const costPerMibUsd = all.costUsd === null || saved <= 0 ? null : all.costUsd / (saved / 1024 / 1024);
  return { ...all, models: [...new Set(state.answers.map((it) => it.model))], costPerMibUsd };
}

/** What one experiment took: the draft that it came from, and its repairs; null: no model had a part in it. */
export function spendingOn(state: State, experiment: number): Spending | null {
  const answers = askedFor(state, experiment);
  return answers.length === 0 ? null : sumOf(answers);
}

/** Answers behind an experiment. Where one draft made several, its cost is told at the first. */
function askedFor(state: State, number: number): EntryOf<"answered">[] {
  const experiment = state.experiments.find((it) => it.number === number);
  if (!experiment) return [];
  const from = (key: string) => state.drafts.findIndex((it) => it.proposals.some((proposal) => approachKey(proposal) === key));
  const draft = from(experiment.key);
  const first = draft >= 0 && !state.experiments.some((it) => it.number < number && from(it.key) === draft);
  return state.answers.filter((it) => it.call.startsWith(`rework-${number}-`) || (first && it.call === `draft-${draft + 1}`));
}
