import { figuresOf } from "../method/figures.ts";
import { mebibyte, median } from "../method/noise.ts";
import type { OpenStep } from "../method/open-steps.ts";
import { type Experiment, freshProfile, type State } from "../method/state.ts";
import { decide } from "../method/verdict.ts";
import type { Entry, Verdict } from "../vocabulary/journal.ts";
import type { Ports } from "../vocabulary/ports.ts";

/** Speaks the verdict and carries it out. Redone after a crash, it ends in the same place. */
export async function* settle(state: State, ports: Ports, { experiment }: OpenStep): AsyncGenerator<Entry> {
  if (!experiment) throw new Error("nothing is open to settle");
  let verdict = experiment.verdict;
  if (verdict === null) {
    const decided = decide(figuresOf(experiment, state));
    if (decided === "inconclusive") throw new Error("the plan ended before the verdict could be spoken");
    verdict = decided;
    yield* learn(experiment, verdict, state);
    yield { kind: "decided", experiment: experiment.number, verdict };
  }
  if (verdict.status === "keep") yield* keep(experiment, state, ports);
  const head = verdict.status === "keep" ? (experiment.implemented?.commit ?? state.commit) : state.commit;
  await ports.workspace.release([head]);
}

/** The last entry says that it is done: whatever came before it is said once more after a crash, or was said. */
async function* keep(experiment: Experiment, state: State, ports: Ports): AsyncGenerator<Entry> {
  const commit = experiment.implemented?.commit;
  if (!commit) throw new Error("a keep has a commit");
  const moved = await ports.workspace.keep(experiment.parent, commit);
  const heap = median(experiment.traced.flatMap((it) => (it.heapPeakBytes === null ? [] : [it.heapPeakBytes])));
  const process = median(experiment.samples.after.flatMap((it) => (it.peakBytes === null ? [] : [it.peakBytes])));
  yield { kind: "branch-moved", to: commit, ...moved };
  for (const { file, line, text } of experiment.implemented?.findings.filter((it) => it.kind === "configuration") ?? [])
    yield* discovery(experiment, state, `Configuration audit: ${file}:${line} ${text}; to remove it is a change of its own.`);
  yield {
    kind: "kept",
    experiment: experiment.number,
    commit,
    heapPeakBytes: heap ?? experiment.before.heapBytes,
    processPeakBytes: process ?? experiment.before.processBytes,
  };
}

function* discovery({ number }: Experiment, state: State, text: string): Generator<Entry> {
  const known = state.discoveries.some((it) => it.experiment === number && it.text === text);
  if (!known) yield { kind: "discovered", experiment: number, text };
}

/** What a discard teaches goes into the discoveries: what blocked it, or that the estimate was wrong. */
function* learn(experiment: Experiment, verdict: Verdict, state: State): Generator<Entry> {
  if (!verdict.parked) return;
  const place = freshProfile(state)?.peak.stack[0];
  const at = place ? ` The heap peaks at ${place.file}:${place.line} (${place.function}).` : "";
  const expected = (experiment.proposal.expectedBytes / mebibyte).toFixed(1);
  yield* discovery(
    experiment,
    state,
    `${experiment.proposal.description}: ${expected} MiB were expected and none came: something else holds the peak, so it is tried again after the next keep.${at}`,
  );
}
