import { crossDomain } from "../method/inputs.ts";
import { mebibyte } from "../method/noise.ts";
import { pictureOf } from "../method/picture.ts";
import { besideOf, stageTable } from "../method/pipeline.ts";
import { advance, type State } from "../method/state.ts";
import { Failure } from "../vocabulary/failure.ts";
import type { Entry } from "../vocabulary/journal.ts";
import type { Ports, Profiler } from "../vocabulary/ports.ts";
import type { Profile } from "../vocabulary/profile.ts";
import type { PeakStacks } from "../vocabulary/stacks.ts";

/** The per-stage table of the current head: before the first experiment and again after every keep. */
export async function* profile(state: State, ports: Ports): AsyncGenerator<Entry> {
  const again = state.profiles.some((it) => it.tier === state.tier);
  yield { kind: "began", step: "profile", experiment: null, line: again ? "[re-profile] After fix..." : null };
  const taken = await takeProfile(ports.at(state.tier).profiler, state.commit, state.session?.settings.function, !again);
  const { profile: found, stacks } = taken;
  const profiled = { kind: "profiled", commit: state.commit, profile: found } as const;
  yield profiled;
  if (!again || stacks !== null) yield pictured(state.commit, stacks);
  const known = advance(state, { seq: 0, ts: state.lastAt, entry: profiled });
  for (const { domain, text } of again ? [] : crossDomain(known)) yield { kind: "cross-domain", domain, signal: text };
  const stage = found.table.rows[found.table.dominant];
  if (stage && stage.peakBytes - stage.cumulativeBytes > Math.max(mebibyte, 0.2 * stage.peakBytes)) {
    const text = `Inside ${stage.name} the heap stands ${((stage.peakBytes - stage.cumulativeBytes) / mebibyte).toFixed(1)} MiB above what the stage leaves behind: its peak is transient.`;
    if (!state.discoveries.some((it) => it.text === text)) yield { kind: "discovered", experiment: null, text };
  }
}

/** The stacks at the peak of a profiled commit of the current tier. */
export async function* picture(state: State, { tree, peak }: Profile, ports: Ports): AsyncGenerator<Entry> {
  yield pictured(tree, await ports.at(state.tier).profiler.stacks(tree, peak));
}

const pictured = (commit: string, stacks: PeakStacks | null) =>
  ({ kind: "pictured", commit, picture: stacks && pictureOf(stacks) }) as const;

/** Light passes, each in a fresh process: the stage tree, what the operating system saw per stage, who is at the peak. */
export async function takeProfile(
  profiler: Profiler,
  commit: string,
  wanted: string | undefined,
  withStacks = false,
): Promise<{ profile: Profile; stacks: PeakStacks | null }> {
  const { nodes, peak, threads, notes } = await profiler.tree(commit);
  const heap = stageTable(nodes, new Map(), wanted);
  if (!heap) throw noStages(wanted);
  const [seen, taken] = await Promise.all([profiler.stages(commit, heap.pipeline), profiler.census(commit, peak, withStacks)]);
  const stages = stageTable(nodes, seen.peaks, wanted) ?? heap;
  const table = taken.census ? { ...stages, beside: besideOf(taken.census, nodes, threads) } : stages;
  const { census } = taken;
  const profile = { tree: commit, nodes, peak, table, census, timeline: seen.timeline, notes: [...notes, ...taken.notes] };
  return { profile, stacks: taken.stacks };
}

function noStages(wanted: string | undefined): Failure {
  return wanted === undefined
    ? new Failure(
        "target-failed",
        "The target ran no code of this project.",
        "Name a target that does, or check which folder you are in.",
      )
    : new Failure("wrong-use", `The target never entered a function ${wanted}.`, "Leave --function out to have it found.");
}
