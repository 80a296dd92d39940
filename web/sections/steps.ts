import type { Report, ReportExperiment } from "../../src/vocabulary/report.ts";

export type Figure = "heap" | "process";

/** A row of the waterfall. Bytes are of the chosen figure. */
export type Step =
  | { kind: "keep"; experiment: ReportExperiment; before: number; after: number }
  | { kind: "smaller"; experiments: ReportExperiment[]; before: number; after: number }
  | { kind: "tried"; experiments: ReportExperiment[]; level: number };

/** So many keeps have a row of their own, the largest; the others stand together where they were made. */
const mostRows = 12;

const gainOf = (it: ReportExperiment, figure: Figure): number =>
  (it[figure].before ?? 0) - (it[figure].after ?? it[figure].before ?? 0);

/** What happened to the peak of one tier, in order. */
export function stepsOf(report: Report, tier: string, figure: Figure): Step[] {
  const all = report.experiments.filter((it) => it.tier === tier && it.status !== "open");
  const keeps = all.filter((it) => it.status === "keep");
  const large = new Set([...keeps].sort((a, b) => gainOf(b, figure) - gainOf(a, figure)).slice(0, mostRows));
  const steps: Step[] = [];
  for (const it of all) {
    const last = steps.at(-1);
    const before = it[figure].before ?? 0;
    const after = it[figure].after ?? before;
    if (it.status !== "keep") {
      if (last?.kind === "tried") last.experiments.push(it);
      else steps.push({ kind: "tried", experiments: [it], level: before });
    } else if (large.has(it)) steps.push({ kind: "keep", experiment: it, before, after });
    else {
      const group = steps.findLast((step) => step.kind !== "tried");
      if (group?.kind === "smaller") {
        group.experiments.push(it);
        group.after = after;
      } else steps.push({ kind: "smaller", experiments: [it], before, after });
    }
  }
  return merged(steps);
}

/** What was tried between two rows stands together. */
function merged(steps: readonly Step[]): Step[] {
  const found: Step[] = [];
  for (const step of steps) {
    const last = found.at(-1);
    if (step.kind === "tried" && last?.kind === "tried") last.experiments.push(...step.experiments);
    else found.push(step);
  }
  return found;
}

/** The figure that tells the story: the heap, unless only the process gained. */
export const leading = (report: Report): Figure => {
  const fell = (it: { before: number | null; after: number | null }) => (it.before ?? 0) - (it.after ?? it.before ?? 0);
  return fell(report.heap) <= 0 && fell(report.process) > 0 ? "process" : "heap";
};
