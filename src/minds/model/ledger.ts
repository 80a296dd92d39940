import { mibOrDash } from "../../records/mib.ts";
import { stageTableLines } from "../../records/stage-table.ts";
import type { Brief } from "../../vocabulary/draft.ts";
import { cut, data } from "./text.ts";

const most = 12;

/** What the session knows so far, in a few lines: every conversation starts clean and knows this. */
export function ledger(brief: Brief): string {
  const tried = brief.ledger.slice(-most).map((it) => {
    const figures = `heap ${mibOrDash(it.heapGainBytes)} MiB less, process ${mibOrDash(it.processGainBytes)}`;
    return `- ${it.experiment}. ${it.status}: ${it.technique} at ${it.site} (${cut(it.description, 60)}; ${figures})${it.status === "keep" ? "" : `: ${cut(it.reason, 140)}`}`;
  });
  const refused = brief.refused.slice(-5).map((it) => `- refused at ${it.gate}: ${cut(it.key, 100)}: ${cut(it.reason, 120)}`);
  const learned = brief.discoveries.slice(-6).map((it) => `- ${cut(it, 200)}`);
  const part = (title: string, lines: string[]) => (lines.length > 0 ? [`${title}:`, ...lines] : []);
  return [
    "The per-stage table:",
    ...stageTableLines(brief.profile.table, 90),
    ...part("Experiments so far", [...tried, ...refused]),
    ...part("Learned", learned),
    ...(brief.stuck === null ? [] : [`The session is stuck (${cut(brief.stuck, 160)}): look at it from another side.`]),
    ...(brief.history.learnings.trim() === ""
      ? []
      : ["Learned in sessions before this one:", data("learnings.md", cut(brief.history.learnings.trim(), 800))]),
    ...(brief.history.style === ""
      ? []
      : ["What the project asks of a change:", data("conventions.md", cut(brief.history.style, 1500))]),
    ...(brief.guidance.trim() === "" ? [] : ["What the user wishes:", data("guidance.md", cut(brief.guidance, 1500))]),
  ].join("\n");
}
