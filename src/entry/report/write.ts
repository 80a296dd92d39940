import { join } from "node:path";
import { writeAtomic } from "../../adapters/disk/files.ts";
import type { State } from "../../method/state.ts";
import { mibOrDash } from "../../records/mib.ts";
import { reportOf } from "../../records/report/report.ts";
import { escaped } from "../../records/xml.ts";
import type { Report } from "../../vocabulary/report.ts";
import { page } from "./page.ts";

export const reportPath = (home: string): string => join(home, ".codeflash", "report.html");

/** Writes the page of a session as one file. Null: it has not begun. */
export async function writeReport(path: string, state: State): Promise<Report | null> {
  const report = reportOf(state);
  if (!report) return null;
  const { html } = await page({
    program: "report",
    title: `${report.project}: ${mibOrDash(report.heap.before)} → ${mibOrDash(report.heap.after)} MiB`,
    data: report,
    connects: false,
    without: inWords(report),
  });
  await writeAtomic(path, html);
  return report;
}

/** For a reader without scripts: the figures and what was kept. */
function inWords(report: Report): string {
  const kept = report.experiments.filter((it) => it.status === "keep");
  return `<h1>${escaped(report.project)}</h1>
<p>Heap peak of ${escaped(report.target)}: ${mibOrDash(report.heap.before)} → ${mibOrDash(report.heap.after)} MiB; process peak ${mibOrDash(report.process.before)} → ${mibOrDash(report.process.after)} MiB.</p>
<ol>${kept.map((it) => `<li>${escaped(it.summary)}</li>`).join("")}</ol>
<p>The drawings need scripts. HANDOFF.md in the same folder says all of it in words.</p>`;
}
