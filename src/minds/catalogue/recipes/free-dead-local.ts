import {
  deadGroups,
  effectOfEnd,
  endingProposal,
  forbidEnding,
  lifetimesOf,
  pointAtRoundEnd,
  pointBefore,
} from "../lifetimes.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";

const technique = "free-dead-local";

/**
 * A local whose last use lies before the peak, yet whose name keeps it alive there: `del` behind the last use.
 * Locals that keep the same bytes alive (a reader and the text that it reads) go together: one mechanism.
 */
export const freeDeadLocal: Recipe = {
  technique,
  watch: () => ({}),
  propose: (evidence) => deadGroups(evidence).flatMap((group) => one(evidence, group)),
};

function one(evidence: Evidence, group: ReturnType<typeof deadGroups>[number]): Finding[] {
  const findings: Finding[] = [];
  const ending = { locals: [] as typeof group, points: [] as NonNullable<ReturnType<typeof pointBefore>>[] };
  for (const local of group) {
    const lifetimes = lifetimesOf(evidence, local);
    if (!lifetimes) continue;
    const blocked = lifetimes.blocked[local.name] ?? effectOfEnd(local, evidence);
    const point = pointBefore(lifetimes, local);
    if (blocked) findings.push(forbidEnding(technique, evidence, local, blocked));
    else if (point) {
      ending.locals.push(local);
      ending.points.push(point);
    } else if (!pointAtRoundEnd(lifetimes, local)) {
      findings.push(
        forbidEnding(
          technique,
          evidence,
          local,
          `no place before line ${local.line} is passed on every path behind the last use of ${local.name}`,
        ),
      );
    }
  }
  if (ending.points.length === 0) return findings;
  return [...findings, { kind: "proposal", proposal: endingProposal(technique, evidence, ending, "before the peak") }];
}
