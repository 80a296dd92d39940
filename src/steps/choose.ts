import { checklistGate } from "../method/checklist.ts";
import { approachKey, candidates } from "../method/choose-target.ts";
import { avoided } from "../method/guidance.ts";
import { scopeRefusal } from "../method/scope.ts";
import { freshProfile, type State } from "../method/state.ts";
import type { Entry } from "../vocabulary/journal.ts";
import type { Ports } from "../vocabulary/ports.ts";

/** Opens the next experiment, of the first candidate, or says which gate it does not pass; unless a limit is reached. */
export async function* choose(state: State, ports: Ports): AsyncGenerator<Entry> {
  const profile = freshProfile(state);
  const session = state.session;
  if (!profile || !session) throw new Error("an experiment is opened before the table");
  const { maxExperiments, maxTime } = session.settings;
  if (state.experiments.length >= maxExperiments) {
    yield { kind: "finished", outcome: "limit", why: `${maxExperiments} experiments were made (--max-experiments)` };
    return;
  }
  if (maxTime !== undefined && ports.clock.now() - state.startedAt > maxTime * 60_000) {
    yield { kind: "finished", outcome: "limit", why: `${maxTime} minutes are over (--max-time)` };
    return;
  }
  const guidance = await ports.guidance();
  if (guidance.text !== state.guidance.text) yield { kind: "guided", guidance };
  if (guidance.stop) {
    yield { kind: "finished", outcome: "limit", why: "guidance.md says stop" };
    return;
  }
  const [proposal] = candidates(state);
  if (!proposal) return;
  const key = approachKey(proposal);
  const word = avoided(proposal, guidance);
  if (word !== null) {
    yield { kind: "refused", key, gate: "guidance", reason: `guidance.md says to avoid ${word}` };
    return;
  }
  const outside = scopeRefusal(proposal.edits, proposal.scope, session.settings.protect);
  if (outside !== null) {
    yield { kind: "refused", key, gate: "scope", reason: outside };
    return;
  }
  const gate = checklistGate(proposal, profile, { library: session.library, allow: session.settings.allow });
  if (gate.open) yield { kind: "opened", experiment: state.experiments.length + 1, commit: state.commit, key, proposal };
  else yield { kind: "refused", key, gate: "checklist", reason: gate.reason };
}
