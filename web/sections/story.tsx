import type { Report } from "../../src/vocabulary/report.ts";
import { change, duration, many, moment, outcomes, percent, sentence, size } from "../words.ts";
import { leading } from "./steps.ts";

/** What a reader knows after five seconds: the peak before and after, how, and whether to trust it. */
export function Story({ report }: { report: Report }) {
  const figure = leading(report);
  const { before, after } = report[figure];
  return (
    <div class="story">
      <p class="where">
        <b>{report.project}</b> <span class="mono">{report.target}</span>
      </p>
      <h1>
        <span class="hidden">{figure === "heap" ? "Heap peak" : "Process peak"} before and after: </span>
        <Peaks before={before} after={after} />
      </h1>
      <p class="lead">{inShort(report)}</p>
      <p class="quiet small">
        {outcomes[report.outcome]}
        {report.outcome === "plateau" ? "" : report.why ? ` (${report.why})` : ""} · {moment(report.startedAt)} ·{" "}
        {duration(report.lastAt - report.startedAt)} of work
      </p>
    </div>
  );
}

function Peaks({ before, after }: { before: number | null; after: number | null }) {
  const fell = percent(before, after);
  if (before === null) return <span class="figure">not measured yet</span>;
  if (after === null || after === before)
    return (
      <>
        <span class="figure">{size(before)}</span>
        <span class="delta quiet">unchanged so far</span>
      </>
    );
  const [number, unit] = size(after).split(" ");
  return (
    <>
      <span class="figure quiet">{size(before).split(" ")[0]}</span>
      <span class="arrow" aria-hidden="true">
        →
      </span>
      <span class="hidden"> to </span>
      <span class="figure">
        {number} <small>{unit}</small>
      </span>
      <span class={`delta ${after < before ? "saved" : "bad"}`}>{fell}</span>
    </>
  );
}

function inShort(report: Report): string {
  const { heap, process, counts, tests } = report;
  const parts = [fall("heap peak", heap), fall("process peak", process)].filter(Boolean).join(", ");
  const rest = counts.experiments - counts.keeps;
  const tried = `${many(counts.keeps, "change")} kept, ${rest} tried and not kept`;
  const passing = tests.passed === null ? "no tests: outputs were compared" : `${many(tests.passed, "test")} stay green`;
  return `${sentence(parts || "no figure yet")} ${tried}; ${passing}.`;
}

function fall(name: string, { before, after }: Report["heap"]): string {
  if (before === null) return "";
  const known = after !== null && after !== before;
  return known ? `${name} ${size(before)} → ${size(after)} (${change(after - before)} MiB)` : `${name} ${size(before)}`;
}
