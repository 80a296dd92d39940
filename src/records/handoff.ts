import { excludedTests, whyExcluded } from "../method/excluded-tests.ts";
import { floors } from "../method/noise.ts";
import { before, keeps, type State } from "../method/state.ts";
import { shortCommit } from "../vocabulary/commit.ts";
import type { EntryOf } from "../vocabulary/journal.ts";
import { isolationLine } from "./isolation.ts";
import { beforeAfter } from "./lines.ts";
import { markdownTable } from "./markdown.ts";
import { mib } from "./mib.ts";
import { stageTables } from "./stage-tables.ts";

/** The heading under which the user's own words stand; they survive every rewrite to the letter. */
const notesHeading = "## Notes";

/** Everything from the Notes heading of an earlier HANDOFF.md on, or an empty section. */
export function notesOf(handoff: string | null): string {
  const at = handoff?.search(/^## Notes$/m) ?? -1;
  return handoff !== null && at >= 0 ? handoff.slice(at) : `${notesHeading}\n\n`;
}

/** HANDOFF.md (method.md, 12) from the state alone; `notes` is the user's section, heading included. */
export function handoff(state: State, notes: string): string {
  const { session } = state;
  if (!session) return notes;
  const sections = [
    `# HANDOFF — memory of ${session.targetName}\n\nSession ${session.session} · branch codeflash/optimize @ ${shortCommit(state.commit)} · base ${shortCommit(session.base)}${session.branch ? ` (${session.branch})` : ""}`,
    `## Environment\n\n${environment(state)}`,
    `## Goal\n\nLower the peak memory of \`${session.targetName}\`; ${session.tests ? `green must stay: ${session.tests.args || "all tests that pytest finds"}` : "no tests (--allow untested)"}.`,
    `## Repos\n\n${session.repos.map((at) => (at === "" ? session.root : `- ${session.root}/${at}`)).join("\n")}`,
    `## Tiers\n\n${session.tiers.map((it) => `- ${it.name}: \`${it.targetName}\`${it.name === state.tier ? " (worked on)" : ""}`).join("\n")}`,
    `## Cross-Tier Baseline\n\n${crossTier(state)}`,
    `## Baseline\n\n${baseline(state)}`,
    `## Current state\n\n${current(state)}`,
    `## Optimizations Kept\n\n${kept(state)}`,
    `## What Was Tried and Discarded\n\n${discarded(state)}`,
    `## Key Discoveries\n\n${state.discoveries.map((it, index) => `${index + 1}. ${it.text}`).join("\n") || "none yet"}`,
    `## Tier plateau\n\n${plateauText(state)}`,
    `## Reviews\n\n${reviews(state)}`,
    `## PRs\n\n${pullRequests(state)}`,
    `## Resume here\n\n${resume(state)}`,
    notes.trimEnd(),
  ];
  return `${sections.map((it) => it.trimEnd()).join("\n\n")}\n`;
}

function environment(state: State): string {
  const session = state.session;
  if (!session) return "";
  const { provenance } = session;
  const excluded = excludedTests(state.testRuns);
  const floor = state.calibration
    ? floors(state.calibration.samples, state.peaks?.heapBytes ?? 0, session.settings.thresholds)
    : null;
  return [
    `- interpreter: ${provenance.interpreter} (${session.runner}), allocator ${provenance.allocator}, ${provenance.platform}`,
    `- ${session.library ? "library" : "application"}; memray ${session.memray ? "available" : "not used"}; lock ${provenance.lockHash?.slice(0, 12) ?? "none"}`,
    `- command: \`${provenance.command}\``,
    ...(state.isolation ? [`- isolation: ${isolationLine(state.isolation)}`] : []),
    ...(floor ? [`- noise floor: heap ${mib(floor.heapBytes)} MiB, process ${mib(floor.processBytes)} MiB`] : []),
    ...(excluded.length > 0 ? ["- tests left out, since they fail or flake before any change:"] : []),
    ...excluded.map((it) => `  - ${it}: ${whyExcluded(it, state.testRuns)}`),
    ...state.signals.map((it) => `- not of memory: ${it}`),
    ...state.notes.map((it) => `- ${it}`),
  ].join("\n");
}

function baseline(state: State): string {
  const first = state.profiles[0];
  return first ? stageTables([first]) : "not measured yet";
}

function current(state: State): string {
  const first = before(state);
  if (!first || !state.peaks) return "not measured yet";
  const head = `Heap peak ${mib(first.heapBytes)} MiB → ${mib(state.peaks.heapBytes)} MiB; process peak ${mib(first.processBytes)} MiB → ${mib(state.peaks.processBytes)} MiB.`;
  return state.profiles.length > 1 ? `${head}\n\n${stageTables(state.profiles.slice(1))}` : head;
}

function kept(state: State): string {
  return (
    keeps(state)
      .map((it, index) => {
        const costs = it.proposal.declaredCosts.length > 0 ? ` Costs: ${it.proposal.declaredCosts.join("; ")}.` : "";
        const label = it.verdict?.label ? ` (${it.verdict.label})` : "";
        return `${index + 1}. **${it.proposal.summary}** \`${shortCommit(it.implemented?.commit ?? "-")}\` — ${it.proposal.checklist.mechanism} ${it.verdict ? beforeAfter(it, it.verdict) : ""}${label}.${costs}`;
      })
      .join("\n") || "none yet"
  );
}

function discarded(state: State): string {
  const rows = state.experiments
    .filter((it) => it.verdict && it.verdict.status !== "keep")
    .map((it) => [
      String(it.number),
      it.proposal.description,
      it.verdict?.reason ?? "",
      `.codeflash/experiments/${String(it.number).padStart(3, "0")}/`,
    ]);
  return markdownTable(["exp#", "what", "specific reason", "patch"], rows);
}

function reviews(state: State): string {
  const rows = state.milestones.map((it) => {
    const findings = it.findings.map((found) => `${found.file}:${found.line} ${found.text}`).join("; ") || "no findings";
    const replay = it.replay ? `; ${it.replay.ok ? "replayed from a clean clone: " : ""}${it.replay.text}` : "";
    return `- Milestone ${it.number} (\`${shortCommit(it.commit)}\`${it.tag ? `, ${it.tag}` : ""}): ${it.objection ?? findings}${replay}`;
  });
  const back = state.experiments.flatMap((it) =>
    it.takenBack ? [`- experiment ${it.number} was taken back: ${it.takenBack}`] : [],
  );
  return [...rows, ...back].join("\n") || "none yet";
}

function pullRequests({ pullRequests: all }: State): string {
  const rows = all.map((it) => [it.branch, it.title, it.address ?? it.state, it.evidence]);
  return markdownTable(["branch", "title", "state", "evidence"], rows);
}

/** The table of method.md, 2.2: every tier before any change. */
function crossTier(state: State): string {
  const tiers = state.session?.tiers ?? [];
  const rows = state.survey.map((row, index) => {
    const bytes = row.traced.heapPeakBytes ?? 0;
    const first = state.survey[0];
    const ratio = bytes / Math.max(first?.traced.heapPeakBytes ?? 1, 1);
    const name = tiers.find((it) => it.name === row.tier)?.targetName ?? "";
    const baseline = tiers.length === 1 ? "the only tier" : "Baseline for iteration";
    const note = index === 0 ? baseline : `${ratio.toFixed(1)}x Tier ${first?.tier}`;
    return [row.tier, name, mib(bytes), note];
  });
  return markdownTable(["Tier", "Test", "Peak MiB", "Notes"], rows);
}

/** What stands at the plateau of every tier that was worked on, the current one last. */
export function plateauText(state: State): string {
  const left = state.left.map((it) => `#### Tier ${it.tier}\n\n${onePlateau(it.plateau)}\n\nLeft: ${it.why}.`);
  if (!state.plateau) return [...left, "not reached yet"].join("\n\n");
  return [...left, ...(left.length > 0 ? [`#### Tier ${state.tier}`] : []), onePlateau(state.plateau)].join("\n\n");
}

function onePlateau(it: EntryOf<"plateau">): string {
  return [
    `${it.rule}: ${it.why}`,
    `### Current tier breakdown\n\n${markdownTable(
      ["#", "Size MiB", "Source", "Reducible?"],
      it.breakdown.map((row, index) => [
        String(index + 1),
        mib(row.bytes),
        row.source,
        `${row.reducible ? "yes" : "NO"} — ${row.why}`,
      ]),
    )}`,
    `### Irreducibility summary\n\n${it.irreducible}.`,
    `### Blocked approaches\n\n${it.blocked.map((line) => `- ${line}`).join("\n") || "none"}`,
    `### Remaining targets\n\n${markdownTable(
      ["Target", "Saving MiB", "Complexity", "Needs"],
      it.remaining.map((row) => [row.target, mib(row.savingBytes), row.complexity, row.needs ? `--allow ${row.needs}` : "-"]),
    )}`,
    `### Secondary sweep\n\n${markdownTable(
      ["Looked for", "Sites", "Outcome"],
      it.sweep.map((row) => [row.kind, String(row.sites), row.outcome]),
    )}`,
  ].join("\n\n");
}

function resume(state: State): string {
  if (state.finished)
    return `Finished: ${state.finished.why}. The kept changes are on codeflash/optimize; your checkout was not touched.`;
  return "Run the same command again: it goes on after the last finished step.";
}
