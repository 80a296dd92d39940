import { openSteps } from "../method/open-steps.ts";
import { advance, openExperiment, type State } from "../method/state.ts";
import { perform } from "../steps/perform.ts";
import type { Ports } from "../vocabulary/ports.ts";
import { Ahead } from "./ahead.ts";

export interface Stop {
  /** After the experiment under way. */
  requested: boolean;
  /** After the entry under way. */
  now: boolean;
}

/**
 * Runs the method until a plateau, a limit or a stop, or until a step yields nothing because its mind waits for somebody.
 * Safe to call again after a crash. `jobs`: runs at once, where there is `room` for them on the machine.
 */
export async function runSession(
  from: State,
  ports: Ports,
  stop: Readonly<Stop>,
  jobs = 1,
  room?: () => boolean,
): Promise<State> {
  let state = from;
  const ahead = new Ahead(ports, jobs, room);
  try {
    return await loop();
  } finally {
    ahead.stop();
  }

  async function loop(): Promise<State> {
    while (!stop.now && !(stop.requested && openExperiment(state) === null)) {
      const step = openSteps(state).open[0];
      if (!step) return state;
      let waits = true;
      for await (const entry of perform(step, state, ahead.ports)) {
        waits = false;
        state = advance(state, await ports.journal.append(entry));
        ahead.look(state);
        if (stop.now) return state;
      }
      if (waits) return state;
    }
    return state;
  }
}
