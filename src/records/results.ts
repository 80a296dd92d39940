import { testCounts } from "../method/excluded-tests.ts";
import { median } from "../method/noise.ts";
import type { Experiment, State } from "../method/state.ts";
import { mibOrDash } from "./mib.ts";

export const resultsHeader =
  "commit\ttarget_test\ttarget_mb\tpeak_memory_mb\ttotal_allocs\telapsed_s\ttests_passed\ttests_failed\tstatus\tdescription";

/** A field never breaks its row: tabs and line ends become visible escapes. */
const field = (text: string): string =>
  text.replaceAll("\\", "\\\\").replaceAll("\t", "\\t").replaceAll("\n", "\\n").replaceAll("\r", "\\r");

/** results.tsv (method.md, 12): for each session the baseline row, then one row an experiment that was decided. */
export function resultsTsv(states: readonly State[]): string {
  return `${[resultsHeader, ...states.flatMap(rowsOf)].join("\n")}\n`;
}

function rowsOf(state: State): string[] {
  const rows: string[] = [];
  const { session } = state;
  const nameOf = (tier: string) => session?.tiers.find((it) => it.name === tier)?.targetName ?? "-";
  for (const { tier, samples, traced } of state.survey) {
    const counts = testCounts(state.testRuns.at(-1));
    rows.push(
      [
        session?.base.slice(0, 12) ?? "-",
        nameOf(tier),
        mibOrDash(traced.heapPeakBytes),
        mibOrDash(median(samples.flatMap((it) => it.peakBytes ?? []))),
        "-",
        seconds(median(samples.map((it) => it.durationMs))),
        counts?.passed ?? "-",
        counts?.failed ?? "-",
        "baseline",
        `${nameOf(tier)} before any change`,
      ]
        .map((it) => field(String(it)))
        .join("\t"),
    );
  }
  for (const experiment of state.experiments) if (experiment.verdict) rows.push(row(experiment, nameOf(experiment.tier)));
  return rows;
}

const seconds = (durationMs: number | null): string => (durationMs === null ? "-" : (durationMs / 1000).toFixed(2));

function row(it: Experiment, target: string): string {
  const counts = testCounts(it.tests.at(-1));
  const heap = median(it.traced.flatMap((run) => run.heapPeakBytes ?? []));
  const process = median(it.samples.after.flatMap((sample) => sample.peakBytes ?? []));
  const elapsed = median(it.samples.after.map((sample) => sample.durationMs));
  const verdict = it.verdict?.status === "keep" ? it.proposal.summary : `${it.proposal.summary} — ${it.verdict?.reason}`;
  return [
    it.implemented?.commit?.slice(0, 12) ?? "-",
    target,
    mibOrDash(heap),
    mibOrDash(process),
    "-",
    seconds(elapsed),
    counts?.passed ?? "-",
    counts?.failed ?? "-",
    it.verdict?.status ?? "-",
    verdict,
  ]
    .map((value) => field(String(value)))
    .join("\t");
}
