import { candidates } from "../method/choose-target.ts";
import { before, keeps, openExperiment, type State } from "../method/state.ts";
import type { Entry, StepName } from "../vocabulary/journal.ts";
import { sparkline } from "./heat.ts";
import { mib } from "./mib.ts";

/** What is done now, as the last `began` entry said it. `sinceMs`: milliseconds since 1970. */
export interface Now {
  step: StepName | null;
  experiment: number | null;
  sinceMs: number;
}

const doing: Record<StepName, string> = {
  history: "reading the history",
  test: "running the tests before any change",
  survey: "measuring the tiers",
  calibrate: "measuring the baseline",
  profile: "profiling: where the memory goes",
  propose: "looking for changes",
  recover: "looking again from the start",
  draft: "asking the second mind",
  choose: "choosing the next target",
  implement: "making the change",
  rework: "having the change repaired",
  verify: "running the tests on the change",
  measure: "measuring before and after",
  settle: "deciding",
  plateau: "looking at what is left",
  milestone: "milestone: base against head, afresh",
  escalate: "going to a heavier tier",
  finish: "finishing",
};

/** What is done now, after one more entry. */
export const nowAfter = (now: Now, entry: Entry, atMs: number): Now =>
  entry.kind === "began" ? { step: entry.step, experiment: entry.experiment, sinceMs: atMs } : now;

/** `7 s`, `2 min 41 s`, `1 h 5 min`. */
export function elapsed(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** Heap peaks of the tier that is worked on: before any change, then after each keep. Bytes. */
export function peaksSoFar(state: State): number[] {
  const first = before(state)?.heapBytes;
  const after = keeps(state)
    .filter((it) => it.tier === state.tier)
    .map((it) => it.before.heapBytes - (it.verdict?.heapGainBytes ?? 0));
  return first === undefined ? [] : [first, ...after];
}

/** The step under way, for the line that moves: `experiment 3: measuring before and after`. */
export const stepText = ({ step, experiment }: Now): string =>
  step === null ? "starting" : `${experiment === null ? "" : `experiment ${experiment}: `}${doing[step]}`;

/** What stands below the moving line: the peak so far as a falling line, and what is tried next. */
export function standing(state: State): string[] {
  const peaks = peaksSoFar(state);
  const [first, last] = [peaks[0], peaks.at(-1)];
  if (first === undefined || last === undefined) return [];
  const kept = keeps(state).length;
  const decided = state.experiments.filter((it) => it.verdict !== null).length;
  const open = openExperiment(state)?.key;
  const next = candidates(state).find((it) => !open?.includes(it.description));
  const share = first > 0 ? ` (-${(((first - last) / first) * 100).toFixed(1)} %)` : "";
  const fall = peaks.length > 1 ? `${mib(first)} → ${mib(last)} MiB${share}  ${sparkline(peaks, 24)}` : `${mib(first)} MiB`;
  return [
    `  heap peak ${fall}   ${kept} kept, ${decided - kept} discarded`,
    ...(next ? [`  next: ${next.description} (${mib(next.expectedBytes)} MiB)`] : []),
  ];
}
