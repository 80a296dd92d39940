import type { Foreseen } from "../vocabulary/ports.ts";
import { approachKey, singles } from "./choose-target.ts";
import { plateau } from "./plateau.ts";
import type { State } from "./state.ts";
import { hadItsTurn } from "./strategy.ts";

/**
 * Whether the recorder's run can wait: as long as the next change rests on nothing that it would say, and nothing that waits for it could
 * give back as much. What it ruled out at an earlier commit counts for nothing until all else is tried; then it is asked again.
 * The most that could come of what waits, in bytes; null: it is to be asked now.
 */
export function mayWait(state: State, { proposals, forbidden, waiting }: Foreseen): number | null {
  const ruledOut = new Set(state.ruledOut.map(approachKey));
  const bytes = Math.max(0, ...waiting.filter((it) => !ruledOut.has(approachKey(it))).map((it) => it.evidenceBytes));
  const proposed = { kind: "proposed" as const, commit: state.commit, proposals, forbidden, observed: null, waiting: bytes };
  return recorderIsDue({ ...state, proposed }) ? null : bytes;
}

/** Whether the loop cannot go on without what the recorder was not asked yet: the next change, or that there is none, may hang on it. */
export function recorderIsDue(state: State): boolean {
  const bytes = state.proposed?.waiting;
  if (bytes === undefined) return false;
  const [next] = singles(state);
  return next === undefined || hadItsTurn(state, next) || next.expectedBytes <= bytes || plateau(state) !== null;
}
