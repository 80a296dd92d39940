import { openSteps } from "../method/open-steps.ts";
import { advance, openExperiment, type State } from "../method/state.ts";
import { perform } from "../steps/perform.ts";
import type { Ports } from "../vocabulary/ports.ts";

export interface Stop {
  /** After the experiment under way. */
  requested: boolean;
  /** After the entry under way. */
  now: boolean;
}

/**
 * Runs the method until a plateau, a limit or a stop, or until a step yields nothing because its mind waits for somebody.
 * Safe to call again after a crash.
 */
export async function runSession(from: State, ports: Ports, stop: Readonly<Stop>): Promise<State> {
  let state = from;
  while (!stop.now && !(stop.requested && openExperiment(state) === null)) {
    const step = openSteps(state).open[0];
    if (!step) return state;
    let waits = true;
    for await (const entry of perform(step, state, ports)) {
      waits = false;
      state = advance(state, await ports.journal.append(entry));
      if (stop.now) return state;
    }
    if (waits) return state;
  }
  return state;
}
