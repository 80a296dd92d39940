import {
  deadGroups,
  effectOfEnd,
  endingProposal,
  forbidEnding,
  lifetimesOf,
  pointAtRoundEnd,
  pointBefore,
} from "../lifetimes.ts";
import type { Recipe } from "../recipe.ts";

const technique = "free-loop-carried";

/** A value of the last round that is still alive while the next one is made: `del` at the end of the round. */
export const freeLoopCarried: Recipe = {
  technique,
  watch: () => ({}),
  propose: (evidence) =>
    deadGroups(evidence)
      .flat()
      .flatMap((local) => {
        const lifetimes = lifetimesOf(evidence, local);
        if (!lifetimes || pointBefore(lifetimes, local)) return [];
        const point = pointAtRoundEnd(lifetimes, local);
        if (!point) return [];
        const blocked = lifetimes.blocked[local.name] ?? effectOfEnd(local, evidence);
        if (blocked) return [forbidEnding(technique, evidence, local, blocked)];
        const proposal = endingProposal(technique, evidence, { locals: [local], points: [point] }, "at the end of each round");
        return [{ kind: "proposal" as const, proposal }];
      }),
};
