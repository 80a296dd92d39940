import type { OpenStep } from "../method/open-steps.ts";
import type { State } from "../method/state.ts";
import type { Entry, StepName } from "../vocabulary/journal.ts";
import type { Ports } from "../vocabulary/ports.ts";
import { calibrate } from "./calibrate.ts";
import { choose } from "./choose.ts";
import { draft, rework } from "./draft.ts";
import { documentPlateau, finish } from "./finish.ts";
import { readHistory } from "./history.ts";
import { implement } from "./implement.ts";
import { measure } from "./measure.ts";
import { milestone } from "./milestone.ts";
import { profile } from "./profile.ts";
import { propose } from "./propose.ts";
import { recover } from "./recover.ts";
import { settle } from "./settle.ts";
import { escalate, survey } from "./survey.ts";
import { testBaseline } from "./test-baseline.ts";

/** A step does its work through the ports and yields what happened; each entry is durable before the next effect. */
type Step = (state: State, ports: Ports, open: OpenStep) => AsyncGenerator<Entry>;

const steps: Record<StepName, Step> = {
  history: readHistory,
  test: testBaseline,
  survey,
  calibrate,
  profile,
  propose,
  recover,
  draft,
  choose,
  implement,
  rework,
  verify: measure,
  measure,
  settle,
  plateau: documentPlateau,
  milestone,
  escalate,
  finish,
};

export function perform(open: OpenStep, state: State, ports: Ports): AsyncGenerator<Entry> {
  return steps[open.step](state, ports, open);
}
