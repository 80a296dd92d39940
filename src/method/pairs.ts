import type { Proposal } from "../vocabulary/proposal.ts";
import { overlapping } from "./scope.ts";
import type { Experiment, State } from "./state.ts";

/** Pairs that are tried on one commit at most: each costs as much as an experiment of its own. */
const mostPairs = 3;
const joint = " + ";

/**
 * Two changes of which each alone gave nothing, because the other's memory stood at a second peak as high: tried together when no
 * single one is left. Only those measured against this very commit, whose edits do not meet.
 */
export function pairs(state: State): Proposal[] {
  const fruitless = state.experiments.filter(
    (it) =>
      it.parent === state.commit &&
      it.tier === state.tier &&
      it.verdict?.rule === "no gain" &&
      it.verdict.parked &&
      !it.proposal.technique.includes(joint),
  );
  const all = fruitless.flatMap((one, index) => fruitless.slice(index + 1).map((other) => [one, other] as const));
  return all
    .filter(([one, other]) => apart(one, other))
    .map(([one, other]) => together(one.proposal, other.proposal))
    .sort((a, b) => b.expectedBytes - a.expectedBytes || (a.subject < b.subject ? -1 : 1))
    .slice(0, mostPairs);
}

function apart(one: Experiment, other: Experiment): boolean {
  const { site } = one.proposal;
  const same = site.file === other.proposal.site.file && site.qualname === other.proposal.site.qualname;
  const subjects = one.proposal.subject === other.proposal.subject;
  return !(same && subjects) && overlapping([...one.proposal.edits, ...other.proposal.edits]) === null;
}

/** One change out of two: what both promise is at least what the smaller one does. */
function together(one: Proposal, other: Proposal): Proposal {
  const [first, second] = one.expectedBytes >= other.expectedBytes ? [one, other] : [other, one];
  const both = (pick: (it: Proposal["checklist"]) => string) => `${pick(first.checklist)}; ${pick(second.checklist)}`;
  return {
    ...first,
    technique: `${first.technique}${joint}${second.technique}`,
    sweep: null,
    subject: `${first.subject}${joint}${second.site.file}:${second.site.qualname}#${second.subject}`,
    description: `${first.description}${joint}${second.description}`,
    summary: `${first.summary} with ${second.description}`,
    expectedBytes: second.expectedBytes,
    evidence: `${first.evidence}; ${second.evidence}`,
    checklist: {
      ...first.checklist,
      visible: both((it) => it.visible),
      reducible: both((it) => it.reducible),
      persistent: both((it) => it.persistent),
      exercised: both((it) => it.exercised),
      mechanism: `neither alone lowers the peak, since the other stands as high: ${both((it) => it.mechanism)}`,
      productionSafe: both((it) => it.productionSafe),
      verifyCheaply: both((it) => it.verifyCheaply),
    },
    edits: [...first.edits, ...second.edits],
    scope: [...new Set([...first.scope, ...second.scope])],
    declaredCosts: [...first.declaredCosts, ...second.declaredCosts],
    consent: first.consent ?? second.consent,
  };
}
