import type { Side } from "../vocabulary/comparison.ts";
import { Failure } from "../vocabulary/failure.ts";
import type { Provenance, Sample, TestRun, TracedRun } from "../vocabulary/measurement.ts";
import type { Bench, Tests } from "../vocabulary/ports.ts";
import { wrongCode } from "../vocabulary/strays.ts";

/** A side before it is measured. */
export interface Ref {
  ref: string;
  commit: string;
  provenance: Provenance;
}

/** Heap runs on each side: two show that the figure repeats. */
const tracedRuns = 2;

/**
 * Correctness first, memory second (method.md, 15): the tests of both sides, then untraced runs in turns, then traced ones.
 * `tests` null: none are run. `tell` hears how far it is.
 */
export async function measureBoth(
  refs: readonly [Ref, Ref],
  ports: { bench: Bench; tests: Tests | null },
  pairs: number,
  tell: (line: string) => void,
): Promise<[Side, Side]> {
  const sides = refs.map((it) => ({ ...it, samples: [] as Sample[], traced: [] as TracedRun[], tests: null as TestRun | null }));
  for (const side of ports.tests ? sides : []) {
    tell(`[compare] tests at ${side.ref}`);
    side.tests = (await ports.tests?.run(side.commit)) ?? null;
    if (side.tests && side.tests.strays.length > 0) throw wrongCode(`At ${side.ref} a test`, side.tests.strays);
    if (side.tests?.collectError)
      throw new Failure(
        "tests-failed",
        `The tests of ${side.ref} cannot be collected: ${side.tests.collectError}`,
        "Mend them, or name others with --tests.",
      );
  }
  for (let pair = 0; pair < pairs; pair++) {
    tell(`[compare] pair ${pair + 1} of ${pairs}`);
    for (const side of pair % 2 === 0 ? sides : [...sides].reverse())
      side.samples.push(ran(side.ref, await ports.bench.sample(side.commit)));
  }
  for (let run = 0; run < tracedRuns; run++)
    for (const side of sides) side.traced.push(ran(side.ref, await ports.bench.traced(side.commit)));
  return sides as unknown as [Side, Side];
}

function ran<T extends Sample | TracedRun>(ref: string, run: T): T {
  if (run.witness.strays.length > 0) throw wrongCode(`At ${ref} the target`, run.witness.strays);
  if (run.timedOut)
    throw new Failure(
      "target-timed-out",
      `At ${ref} the target did not end within its time limit.`,
      "Give it less work, or raise --timeout SECONDS.",
    );
  if (run.exitCode !== 0)
    throw new Failure(
      "target-failed",
      `At ${ref} the target fails: ${run.error ?? `exit code ${run.exitCode}`}`,
      "Both sides must run to be compared.",
    );
  return run;
}
