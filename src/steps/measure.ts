import { type NextMeasurement, nextMeasurement } from "../method/measure-plan.ts";
import type { OpenStep } from "../method/open-steps.ts";
import { advance, type Experiment, type State } from "../method/state.ts";
import { Failure } from "../vocabulary/failure.ts";
import type { Entry } from "../vocabulary/journal.ts";
import type { Ports } from "../vocabulary/ports.ts";

/** Runs what the verdict still needs, one run an entry, until the plan says that it can be spoken. */
export async function* measure(state: State, ports: Ports, open: OpenStep): AsyncGenerator<Entry> {
  const number = open.experiment?.number;
  if (number === undefined) throw new Error("nothing is open to measure");
  yield { kind: "began", step: open.step, experiment: number, line: null };
  let known = state;
  for (;;) {
    const experiment = known.experiments.find((it) => it.number === number);
    const next = experiment ? nextMeasurement(experiment, known) : null;
    if (!experiment || next === null) return;
    const entry = await run(next, experiment, known, ports);
    const strays = straysOf(entry);
    if (strays.length > 0) {
      if (experiment.invalid.length > 0) {
        throw new Failure(
          "wrong-code-measured",
          `The measured process imports ${strays[0]} instead of the candidate, twice in a row.`,
          "See `codeflash-memory doctor`; nothing was kept from this experiment.",
        );
      }
      yield { kind: "invalid", experiment: number, reason: `the run imported ${strays[0]}` };
      return;
    }
    yield entry;
    known = advance(known, { seq: 0, ts: known.lastAt, entry });
  }
}

async function run(next: NextMeasurement, experiment: Experiment, state: State, ports: Ports): Promise<Entry> {
  const number = experiment.number;
  const candidate = experiment.implemented?.commit ?? experiment.parent;
  const { bench } = ports.at(experiment.tier);
  switch (next.what) {
    case "tests":
      return {
        kind: "tested",
        experiment: number,
        repeat: experiment.tests.length,
        run: await ports.tests.run(candidate, next.alone),
      };
    case "guard": {
      const command = state.session?.settings.guard ?? "";
      return { kind: "guarded", experiment: number, ...(await ports.tests.guard(candidate, command)) };
    }
    case "traced":
      return { kind: "traced", experiment: number, run: await bench.traced(candidate) };
    case "sample": {
      const commit = next.side === "before" ? experiment.parent : candidate;
      return {
        kind: "sampled",
        experiment: number,
        side: next.side,
        pair: next.pair,
        sample: await bench.sample(commit, next.alone),
      };
    }
    case "tier":
      return {
        kind: "tier-checked",
        experiment: number,
        tier: next.tier,
        run: await ports.at(next.tier).bench.traced(candidate),
      };
    case "inspect":
      return { kind: "inspected", experiment: number, ...(await ports.workspace.inspect(candidate, experiment.parent)) };
    case "follow": {
      const commit = next.side === "before" ? experiment.parent : candidate;
      const functions = await bench.outcomes(commit, experiment.implemented?.changed ?? []);
      return { kind: "followed", experiment: number, side: next.side, functions };
    }
    case "try": {
      const trial = await bench.trial(next.side === "before" ? experiment.parent : candidate);
      return { kind: "tried", experiment: number, side: next.side, trial };
    }
    case "clock": {
      const changed = experiment.implemented?.changed ?? [];
      const { alone } = next;
      const before = await bench.clock(experiment.parent, changed, alone);
      // What is new has no time to be compared with: its time stays with the function that calls it.
      const both = changed.filter((it) => before.some((one) => one.file === it.file && one.qualname === it.qualname));
      const after = both.length > 0 ? await bench.clock(candidate, both, alone) : [];
      return { kind: "clocked", experiment: number, alone, before, after };
    }
  }
}

function straysOf(entry: Entry): readonly string[] {
  if (entry.kind === "sampled") return entry.sample.witness.strays;
  if (entry.kind === "traced" || entry.kind === "tier-checked") return entry.run.witness.strays;
  return entry.kind === "tested" ? entry.run.strays : [];
}
