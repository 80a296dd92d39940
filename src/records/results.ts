import { testCounts } from "../method/excluded-tests.ts";
import { median } from "../method/noise.ts";
import type { Experiment, State } from "../method/state.ts";
import { shortCommit } from "../vocabulary/commit.ts";
import { mibOrDash } from "./mib.ts";

export const resultsHeader =
  "commit\ttarget_test\ttarget_mb\tpeak_memory_mb\ttotal_allocs\telapsed_s\ttests_passed\ttests_failed\tstatus\tdescription";

/** A field never breaks its row: tabs and line ends become visible escapes. */
const field = (text: string): string =>
  text.replaceAll("\\", "\\\\").replaceAll("\t", "\\t").replaceAll("\n", "\\n").replaceAll("\r", "\\r");

/** Rows of experiments that results.tsv shows at most; baselines always stay. */
const mostRows = 1000;

/**
 * results.tsv (method.md, 12): other people's rows as they are, then for each session the baseline row and one row an experiment
 * that was decided. Of a long history the newest experiments are shown; `all` leaves none out.
 */
export function resultsTsv(states: readonly State[], all = false): string {
  const foreign = states.at(-1)?.history?.foreignRows ?? [];
  const rows = [...foreign, ...states.flatMap(rowsOf)];
  const surplus = all ? 0 : rows.filter((it) => !isBaseline(it)).length - mostRows;
  let left = 0;
  const shown = surplus <= 0 ? rows : rows.filter((it) => isBaseline(it) || ++left > surplus);
  return `${[resultsHeader, ...shown].join("\n")}\n`;
}

/** Whether results.tsv leaves out rows that the whole history has. */
export const isRotated = (states: readonly State[]): boolean => resultsTsv(states) !== resultsTsv(states, true);

const isBaseline = (row: string): boolean => row.split("\t")[8] === "baseline";

/** Rows of a results.tsv that none of these sessions wrote. */
export function foreignRows(text: string, states: readonly State[]): string[] {
  const ours = new Set(states.flatMap(rowsOf));
  const columns = resultsHeader.split("\t").length;
  return text
    .split(/\r?\n/)
    .filter((it) => it !== "" && it !== resultsHeader && !ours.has(it) && it.split("\t").length === columns);
}

function rowsOf(state: State): string[] {
  const rows: string[] = [];
  const { session } = state;
  const nameOf = (tier: string) => session?.tiers.find((it) => it.name === tier)?.targetName ?? "-";
  for (const { tier, samples, traced } of state.survey) {
    const counts = testCounts(state.testRuns.at(-1));
    rows.push(
      [
        session ? shortCommit(session.base) : "-",
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
    shortCommit(it.implemented?.commit ?? "-"),
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
