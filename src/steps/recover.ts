import { recoveryIsDue } from "../method/drafting.ts";
import type { State } from "../method/state.ts";
import type { Entry } from "../vocabulary/journal.ts";
import type { Ports } from "../vocabulary/ports.ts";
import { profile } from "./profile.ts";

/** What a person would do who is stuck (method.md, 13): look at the history and at a fresh table before trying anything else. */
export async function* recover(state: State, ports: Ports): AsyncGenerator<Entry> {
  const why = recoveryIsDue(state);
  if (why === null) throw new Error("the session is not stuck");
  yield { kind: "began", step: "recover", experiment: null, line: `[stuck] ${why}: history and profile are read again` };
  yield { kind: "history", history: await ports.history() };
  yield* profile(state, ports);
  const { commit, drafts, experiments } = state;
  yield { kind: "recovered", commit, why, drafts: drafts.length, experiments: experiments.length };
}
