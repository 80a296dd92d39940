import type { StepName } from "../vocabulary/journal.ts";
import { recorderIsDue } from "./asking.ts";
import { draftIsOpen, recoveryIsDue, repairable } from "./drafting.ts";
import { nextMeasurement } from "./measure-plan.ts";
import { milestoneIsDue, takeBackIsDue } from "./milestones.ts";
import { plateau } from "./plateau.ts";
import { type Experiment, freshProfile, openExperiment, type State } from "./state.ts";
import { nextTier, unsurveyed } from "./tiers.ts";

export interface OpenStep {
  step: StepName;
  experiment: Experiment | null;
}
interface ClosedStep {
  step: StepName;
  reason: string;
}
export interface Steps {
  open: OpenStep[];
  closed: ClosedStep[];
}

const only = (step: StepName, experiment: Experiment | null = null, closed: ClosedStep[] = []): Steps => ({
  open: [{ step, experiment }],
  closed,
});

/** A second baseline run of the tests shows which of them flake. */
const baselineTestRuns = 2;

/**
 * Which step may start now, and why the others may not (method.md, 1 to 9). This is the order of the method; the loop, the
 * resume and every foreign mind go by it. Nothing is open when the session has ended.
 */
export function openSteps(state: State): Steps {
  if (!state.session || state.finished) return { open: [], closed: [] };
  if (!state.history) return only("history");
  if (state.session.tests !== null && state.testRuns.length < baselineTestRuns) return only("test");
  if (unsurveyed(state).length > 0) return only("survey");
  if (!state.calibration) return only("calibrate", null, [{ step: "profile", reason: "the baseline was not measured" }]);
  const experiment = openExperiment(state);
  if (experiment)
    return only(experimentStep(experiment, state), experiment, [
      { step: "choose", reason: `experiment ${experiment.number} is open` },
    ]);
  if (takeBackIsDue(state)) return only("milestone", null, [{ step: "choose", reason: "a kept change is being taken back" }]);
  if (milestoneIsDue(state, false)) return only("milestone", null, [{ step: "choose", reason: "a milestone is due" }]);
  const gate = profilingGate(state);
  if (!gate.open) return only("profile", null, [{ step: "choose", reason: gate.reason }]);
  if (!state.proposed || (!state.plateau && recorderIsDue(state))) return only("propose");
  if (state.plateau && milestoneIsDue(state, true)) return only("milestone");
  if (state.plateau) return only(nextTier(state) ? "escalate" : "finish");
  if (recoveryIsDue(state) !== null) return only("recover", null, [{ step: "choose", reason: "the session is stuck" }]);
  if (draftIsOpen(state)) return only("draft", null, [{ step: "choose", reason: "no candidate stands above the floor" }]);
  const stop = plateau(state);
  if (stop) return only("plateau", null, [{ step: "choose", reason: stop.why }]);
  return only("choose");
}

/** The first gate (method.md, 3): no experiment without a per-stage table that is newer than the last keep. */
function profilingGate(state: State): { open: true } | { open: false; reason: string } {
  if (state.profiles.length === 0) return { open: false, reason: "there is no per-stage table of this session yet" };
  if (!freshProfile(state)) return { open: false, reason: "the per-stage table is older than the last keep" };
  return { open: true };
}

function experimentStep(experiment: Experiment, state: State): StepName {
  if (!experiment.implemented) return "implement";
  if (experiment.verdict) return "settle";
  const next = nextMeasurement(experiment, state);
  if (next === null) return repairable(experiment, state) ? "rework" : "settle";
  return next.what === "tests" || next.what === "guard" ? "verify" : "measure";
}
