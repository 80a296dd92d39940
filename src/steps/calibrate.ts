import { mebibyte } from "../method/noise.ts";
import { peaksOf, type State } from "../method/state.ts";
import { Failure } from "../vocabulary/failure.ts";
import type { Entry } from "../vocabulary/journal.ts";
import type { RunOutcome, Sample } from "../vocabulary/measurement.ts";
import type { Ports } from "../vocabulary/ports.ts";
import { copyNotes, wrongCode } from "../vocabulary/strays.ts";

/** Measures the untouched target until its noise is known. */
export async function* calibrate(state: State, ports: Ports): AsyncGenerator<Entry> {
  yield { kind: "began", step: "calibrate", experiment: null, line: null };
  const { bench } = ports.at(state.tier);
  const samples: Sample[] = [];
  for (let run = 0; run < (state.session?.settings.pairs ?? 3); run++) {
    const sample = await bench.sample(state.commit);
    mustHaveRun(sample, sample.witness.strays);
    samples.push(sample);
  }
  const traced = await bench.traced(state.commit);
  mustHaveRun(traced, traced.witness.strays);
  const peaks = peaksOf(samples, traced);
  if (!peaks)
    throw new Failure(
      "harness-broken",
      "The target's peak could not be read.",
      "Run `codeflash-memory doctor` to see what this machine lacks.",
    );
  yield { kind: "calibrated", samples, traced };
  for (const text of copyNotes("The target", traced.witness)) yield { kind: "discovered", experiment: null, text };
  if (peaks.processBytes - peaks.heapBytes > Math.max(64 * mebibyte, peaks.heapBytes)) {
    yield {
      kind: "discovered",
      experiment: null,
      text: `The process peaks at ${(peaks.processBytes / mebibyte).toFixed(1)} MiB, Python's heap at ${(peaks.heapBytes / mebibyte).toFixed(1)} MiB: most of the memory is not Python's own (C libraries, interpreter, imports).`,
    };
  }
}

export function mustHaveRun(run: RunOutcome, strays: readonly string[]): void {
  if (run.timedOut) {
    throw new Failure(
      "target-timed-out",
      "The target did not end within its time limit.",
      "Give it less work, or raise --timeout SECONDS.",
    );
  }
  // before its failure, which may come of it
  if (strays.length > 0) throw wrongCode("The target", strays);
  if (run.exitCode !== 0) {
    throw new Failure(
      "target-failed",
      `The target fails before any change: ${run.error ?? `exit code ${run.exitCode}`}`,
      "Make it run first; nothing was changed.",
    );
  }
}
