import { type Passed, Word } from "../vocabulary/guest.ts";
import type { State } from "./state.ts";

/** What a person's agent has left aside in this session, and why, oldest first. */
export function passedOver(state: State): Passed[] {
  return state.answers.flatMap(({ answer }) => {
    const word = Word.safeParse(answer);
    return word.success && (word.data.kind === "target" || word.data.kind === "done") ? word.data.passed : [];
  });
}
