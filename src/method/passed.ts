import type { Passed } from "../vocabulary/guest.ts";
import type { State } from "./state.ts";

/** What a person's agent has left aside in this session, and why, oldest first. */
export function passedOver(state: State): Passed[] {
  return state.words.flatMap(({ word }) => (word.kind === "target" || word.kind === "done" ? word.passed : []));
}
