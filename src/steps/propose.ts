import { mayWait } from "../method/asking.ts";
import { floors } from "../method/noise.ts";
import { freshProfile, type State } from "../method/state.ts";
import type { Entry, EntryOf } from "../vocabulary/journal.ts";
import type { Ports } from "../vocabulary/ports.ts";

/** Asks the mind what to try, with what was measured, what is true of the source, and what was seen in use: that last one when it is due. */
export async function* propose(state: State, ports: Ports): AsyncGenerator<Entry> {
  const profile = freshProfile(state);
  const { session, calibration } = state;
  if (!profile || !session || !calibration) throw new Error("proposals are asked before the table");
  yield { kind: "began", step: "propose", experiment: null, line: null };
  const facts = await ports.at(state.tier).profiler.facts(state.commit, profile);
  const evidence = {
    profile,
    facts,
    usage: null,
    python: pythonOf(session),
    floorBytes: floors(calibration.samples, state.peaks?.heapBytes ?? 0, session.settings.thresholds).heapBytes,
  };
  const foreseen = state.proposed === null ? ports.mind.foresee?.(evidence) : undefined; // else the recorder is due
  const waiting = foreseen ? mayWait(state, foreseen) : null;
  if (foreseen && waiting !== null) {
    const { proposals, forbidden } = foreseen;
    yield { kind: "proposed", commit: state.commit, proposals, forbidden, observed: null, waiting };
    return;
  }
  const request = ports.mind.watch(evidence);
  const asked = request.classes.length + request.values.length > 0;
  const usage = asked ? await ports.at(state.tier).profiler.usage(state.commit, request) : null;
  if (asked && usage === null) {
    yield {
      kind: "note",
      text: "The usage recorder changed a test's outcome, so nothing is taken from it: changes that rest on it are not proposed.",
    };
  }
  const answer = ports.mind.propose({ ...evidence, usage });
  const observed = usage ? `${usage.tests} tests${usage.runs.includes("target") ? " and the target" : ""}` : null;
  yield { kind: "proposed", commit: state.commit, ...answer, observed };
}

/** Major and minor version of the session's interpreter. */
export function pythonOf(session: EntryOf<"session-began">): readonly [number, number] {
  const [, major, minor] = session.provenance.interpreter.match(/(\d+)\.(\d+)/) ?? ["", "3", "9"];
  return [Number(major), Number(minor)];
}
