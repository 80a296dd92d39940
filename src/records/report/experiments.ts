import { brokenTests, testCounts } from "../../method/excluded-tests.ts";
import { median } from "../../method/noise.ts";
import type { Experiment, State } from "../../method/state.ts";
import type { EntryOf } from "../../vocabulary/journal.ts";
import type { Sample } from "../../vocabulary/measurement.ts";
import type { Checklist } from "../../vocabulary/proposal.ts";
import type { ReportExperiment } from "../../vocabulary/report.ts";
import { experimentCommand } from "./commands.ts";

/** Room for the texts of all experiments together: the page stays small however long the session was. */
const roomBytes = 1_800_000;
const [leastBytes, mostBytes] = [900, 60_000];

/** Every experiment in order. */
export function experimentsOf(state: State): ReportExperiment[] {
  const { session } = state;
  if (!session) return [];
  const room = Math.max(leastBytes, Math.min(mostBytes, Math.floor(roomBytes / Math.max(state.experiments.length, 1))));
  return state.experiments.map((it) => one(it, state, session, room));
}

function one(it: Experiment, state: State, session: EntryOf<"session-began">, room: number): ReportExperiment {
  const { proposal, verdict, implemented } = it;
  const text = cutter(Math.max(90, Math.min(2000, Math.floor(room / 20))));
  return {
    number: it.number,
    tier: it.tier,
    technique: proposal.technique,
    site: proposal.site,
    description: text(proposal.description),
    summary: text(proposal.summary),
    category: proposal.category,
    evidence: text(proposal.evidence),
    evidenceBytes: proposal.evidenceBytes,
    expectedBytes: proposal.expectedBytes,
    checklist: mapped(proposal.checklist, text),
    declaredCosts: proposal.declaredCosts.slice(0, 10).map(text),
    consent: proposal.consent,
    status: it.takenBack !== null ? "taken back" : (verdict?.status ?? "open"),
    rule: verdict?.rule ?? null,
    reason: it.takenBack !== null ? text(it.takenBack) : verdict && text(verdict.reason),
    label: verdict?.label ?? null,
    ...figures(it),
    tests: testsOf(it, state, text),
    guardExitCode: it.guard?.exitCode ?? null,
    reworks: it.reworks,
    invalid: it.invalid.slice(0, 5).map(text),
    findings: (implemented?.findings ?? []).slice(0, 10).map((found) => ({ ...found, text: text(found.text) })),
    commit: implemented?.commit ?? null,
    parent: it.parent,
    patch: implemented && patchOf(implemented, Math.floor(room / 2)),
    command: experimentCommand(it, session),
  };
}

function figures(
  it: Experiment,
): Pick<ReportExperiment, "heap" | "process" | "slowdownRatio" | "runs" | "functions" | "otherTiers"> {
  const after = (bytes: number, gain: number | null | undefined) => (gain === null || gain === undefined ? null : bytes - gain);
  const run = (sample: Sample) => ({ peakBytes: sample.peakBytes, targetMs: sample.targetMs });
  const heapBytes = it.traced.map((one) => one.heapPeakBytes);
  const heapAfter = median(heapBytes.filter((one) => one !== null));
  const clock = it.clocks.at(-1);
  return {
    heap: { before: it.before.heapBytes, after: after(it.before.heapBytes, it.verdict?.heapGainBytes) ?? heapAfter },
    process: { before: it.before.processBytes, after: after(it.before.processBytes, it.verdict?.processGainBytes) },
    slowdownRatio: it.verdict?.slowdownRatio ?? null,
    runs: { before: it.samples.before.map(run), after: it.samples.after.map(run), heapBytes },
    functions: (clock?.before ?? []).slice(0, 10).map(({ file, qualname, totalMs }) => ({
      file,
      qualname,
      beforeMs: totalMs,
      afterMs: clock?.after.find((other) => other.file === file && other.qualname === qualname)?.totalMs ?? null,
    })),
    otherTiers: it.tierChecks.map(({ tier, run: { heapPeakBytes } }) => ({ tier, heapPeakBytes })),
  };
}

function testsOf(it: Experiment, state: State, text: (it: string) => string): ReportExperiment["tests"] {
  const counts = testCounts(it.tests.at(-1));
  return counts && { passed: counts.passed, failed: brokenTests(state.testRuns, it.tests).slice(0, 10).map(text) };
}

function patchOf({ patch, changedLines }: EntryOf<"implemented">, most: number): ReportExperiment["patch"] {
  const kept = patch.length <= most ? patch : patch.slice(0, patch.lastIndexOf("\n", most) + 1 || most);
  return { text: kept, cutBytes: patch.length - kept.length, changedLines };
}

/** Cuts a text to so many letters. */
const cutter =
  (most: number) =>
  (text: string): string =>
    text.length > most ? `${text.slice(0, most - 1)}…` : text;

const mapped = (it: Checklist, text: (it: string) => string): Checklist => ({
  category: it.category,
  visible: text(it.visible),
  reducible: text(it.reducible),
  persistent: text(it.persistent),
  exercised: text(it.exercised),
  mechanism: text(it.mechanism),
  productionSafe: text(it.productionSafe),
  verifyCheaply: text(it.verifyCheaply),
});
