import { openSteps } from "../method/open-steps.ts";
import { advance, type State } from "../method/state.ts";
import { perform } from "../steps/perform.ts";
import type { Ports } from "../vocabulary/ports.ts";

/**
 * Runs the method until a plateau, a limit or a stop, or until a step yields nothing because its mind waits for somebody.
 * Safe to call again after a crash.
 */
export async function runSession(from: State, ports: Ports, stop: { readonly requested: boolean }): Promise<State> {
  let state = from;
  while (!stop.requested) {
    const step = openSteps(state).open[0];
    if (!step) return state;
    let waits = true;
    for await (const entry of perform(step, state, ports)) {
      waits = false;
      state = advance(state, await ports.journal.append(entry));
      if (stop.requested) return state;
    }
    if (waits) return state;
  }
  return state;
}
