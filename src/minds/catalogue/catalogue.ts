import { approachKey } from "../../method/choose-target.ts";
import type { Mind, MindEvidence } from "../../vocabulary/ports.ts";
import type { Forbidden, Proposal } from "../../vocabulary/proposal.ts";
import type { UsageRequest } from "../../vocabulary/usage.ts";
import type { Finding, Recipe } from "./recipe.ts";
import { recipes } from "./recipes.ts";

/** The built-in mind: asks every recipe, needs no key. */
export function catalogue(from: readonly Recipe[] = recipes): Mind {
  return {
    name: "catalogue",
    watch(evidence: MindEvidence): UsageRequest {
      const asked = from.map((recipe) => recipe.watch(evidence));
      return {
        classes: unique(asked.flatMap((it) => it.classes ?? [])),
        values: unique(asked.flatMap((it) => it.values ?? [])),
      };
    },
    foresee(evidence: MindEvidence) {
      const waits = (recipe: Recipe) => Object.values(recipe.watch(evidence)).some((asked) => asked.length > 0);
      const late = from.filter(waits);
      const { proposals, forbidden } = answer(from.filter((it) => !late.includes(it)).flatMap((it) => it.propose(evidence)));
      const open = answer(late.flatMap((it) => it.propose(evidence)));
      const promised = open.proposals.map((it) => ({ ...it, evidenceBytes: it.expectedBytes }));
      return { proposals, forbidden, waiting: [...promised, ...open.forbidden] };
    },
    propose: (evidence: MindEvidence) => answer(from.flatMap((recipe) => recipe.propose(evidence))),
  };
}

function answer(findings: readonly Finding[]): { proposals: Proposal[]; forbidden: Forbidden[] } {
  const proposals = new Map<string, Proposal>();
  const forbidden: Forbidden[] = [];
  for (const finding of findings) {
    if (finding.kind === "forbidden") forbidden.push(finding.forbidden);
    else proposals.set(approachKey(finding.proposal), finding.proposal);
  }
  return { proposals: [...proposals.values()], forbidden };
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((it) => [JSON.stringify(it), it])).values()];
}
