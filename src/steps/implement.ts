import { commitSubject } from "../method/history.ts";
import type { OpenStep } from "../method/open-steps.ts";
import type { State } from "../method/state.ts";
import type { Entry } from "../vocabulary/journal.ts";
import type { Ports } from "../vocabulary/ports.ts";
import type { Proposal } from "../vocabulary/proposal.ts";

/** Makes the candidate's commit object: what is measured from here on is exactly that tree. */
export async function* implement(state: State, ports: Ports, { experiment }: OpenStep): AsyncGenerator<Entry> {
  if (!experiment) throw new Error("nothing is open to implement");
  const { number, proposal, parent } = experiment;
  yield {
    kind: "began",
    step: "implement",
    experiment: number,
    line: `[experiment ${number}] Implementing: ${proposal.summary}`,
  };
  const made = await ports.workspace.candidate(parent, proposal, commitMessage(proposal), dateOf(state, number));
  yield made.kind === "made"
    ? {
        kind: "implemented",
        experiment: number,
        commit: made.commit,
        refusal: null,
        patch: made.patch,
        changedLines: made.changedLines,
        changed: made.changed,
        findings: await ports.reviewer.review(parent, made.commit),
      }
    : {
        kind: "implemented",
        experiment: number,
        commit: null,
        refusal: made.reason,
        patch: "",
        changedLines: 0,
        changed: [],
        findings: [],
      };
}

/** Seconds since 1970 that depend on nothing but the session and the number: the same commit whenever it is made. */
const dateOf = (state: State, experiment: number): number => Math.floor(state.startedAt / 1000) + experiment;

/** The subject, then mechanism, evidence and declared costs. */
function commitMessage(proposal: Proposal): string {
  const costs =
    proposal.declaredCosts.length > 0 ? `\n\nCosts:\n${proposal.declaredCosts.map((it) => `- ${it}`).join("\n")}` : "";
  return `${commitSubject(proposal.summary)}\n\n${proposal.checklist.mechanism}\n\nMeasured: ${proposal.evidence}${costs}\n`;
}
