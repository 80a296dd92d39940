import { type Category, type Proposal, Strategy } from "../vocabulary/proposal.ts";
import type { State } from "./state.ts";

/** The strategy that a kind of allocation is at: 3 failures in one, and the next one's turn has come (method.md, 6.4). */
export function strategyOf(state: State, category: Category): Strategy {
  const limit = state.session?.settings.thresholds.rotateAfter ?? 3;
  const failures = (strategy: Strategy) => {
    const tried = state.experiments.filter(
      (it) =>
        it.proposal.category === category && it.proposal.strategy === strategy && it.tier === state.tier && it.verdict !== null,
    );
    const since = tried.findLastIndex((it) => it.verdict?.status === "keep");
    return tried.slice(since + 1).filter((it) => !it.verdict?.parked).length;
  };
  return Strategy.options.find((it) => failures(it) < limit) ?? "quantization";
}

/** Whether a proposal's strategy has had its turn for this kind of allocation: others come first then. */
export const hadItsTurn = (state: State, { category, strategy }: Proposal): boolean =>
  Strategy.options.indexOf(strategy) < Strategy.options.indexOf(strategyOf(state, category));

/** What a proposal needs leave for by its nature, whatever its mind says. */
export function consentOf({ consent, strategy }: Proposal): string | null {
  return consent ?? (strategy === "quantization" ? "quantization" : null);
}
