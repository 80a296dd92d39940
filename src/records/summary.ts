import { excludedTests, testCounts } from "../method/excluded-tests.ts";
import { spending, spendingOn } from "../method/spending.ts";
import { before, keeps, type State } from "../method/state.ts";
import { shortCommit } from "../vocabulary/commit.ts";
import { plateauText } from "./handoff.ts";
import { completeLine } from "./lines.ts";
import { markdownTable } from "./markdown.ts";
import { mib } from "./mib.ts";
import { spendingText } from "./spending.ts";
import { stageTables } from "./stage-tables.ts";

/** The final summary (method.md, 11): tables, discoveries, breakdown, what was discarded and why. */
export function summary(state: State): string {
  const cost = spendingText(state);
  const discarded = state.experiments.filter((it) => it.verdict && it.verdict.status !== "keep");
  const parts = [
    `## Per-stage tables\n\n${stageTables(state.profiles)}`,
    `## Kept\n\n${markdownTable(
      ["exp#", "what", "heap MiB", "process MiB", "commit"],
      keeps(state).map((it) => [
        String(it.number),
        it.proposal.summary,
        it.verdict?.heapGainBytes == null ? "-" : mib(-it.verdict.heapGainBytes),
        it.verdict?.processGainBytes == null ? "-" : mib(-it.verdict.processGainBytes),
        shortCommit(it.implemented?.commit ?? "-"),
      ]),
    )}`,
    `## Tried and discarded\n\n${markdownTable(
      ["exp#", "what", "reason"],
      discarded.map((it) => [String(it.number), it.proposal.description, it.verdict?.reason ?? ""]),
    )}`,
    `## Key discoveries\n\n${state.discoveries.map((it, index) => `${index + 1}. ${it.text}`).join("\n") || "none"}`,
    `## Tier breakdown\n\n${plateauText(state)}`,
    ...(cost === null ? [] : [`## Model\n\n${cost}`]),
    completeLine(state),
  ];
  const why = nothingReducible(state);
  return `${(why === null ? parts : [...parts, why]).map((it) => it.trimEnd()).join("\n\n")}\n`;
}

/** Said when nothing was kept: why, with the heaviest reasons first. */
export function nothingReducible(state: State): string | null {
  if (keeps(state).length > 0) return null;
  const discards = state.experiments.flatMap((it) => (it.verdict ? [`${it.proposal.description}: ${it.verdict.reason}`] : []));
  const forbidden = [...(state.proposed?.forbidden ?? [])]
    .sort((a, b) => b.evidenceBytes - a.evidenceBytes)
    .map((it) => `${it.technique} at ${it.site.file}:${it.site.qualname}: ${it.reason}`);
  const reasons = [...discards, ...forbidden].slice(0, 5);
  return `nothing reducible found: ${reasons.length > 0 ? reasons.join("; ") : "no recipe of the catalogue fits what stands at the peak"}`;
}

/** The one object that `optimize --json` prints; its schema is generated from entry/output.ts. */
export function summaryFigures(state: State) {
  const first = before(state);
  return {
    heapPeakBytes: { before: first?.heapBytes ?? null, after: state.peaks?.heapBytes ?? null },
    processPeakBytes: {
      before: first?.processBytes ?? null,
      after: state.peaks?.processBytes ?? null,
    },
    experiments: state.experiments.flatMap((it) =>
      it.verdict
        ? [
            {
              number: it.number,
              technique: it.proposal.technique,
              description: it.proposal.description,
              status: it.verdict.status,
              reason: it.verdict.reason,
              label: it.verdict.label,
              commit: it.implemented?.commit ?? null,
              heapDeltaBytes: it.verdict.heapGainBytes === null ? null : -it.verdict.heapGainBytes,
              processDeltaBytes: it.verdict.processGainBytes === null ? null : -it.verdict.processGainBytes,
              model: spendingOn(state, it.number),
            },
          ]
        : [],
    ),
    tables: state.profiles.map((it) => ({ experiment: it.experiment, table: it.profile.table })),
    discoveries: state.discoveries.map((it) => it.text),
    plateau: state.plateau ? { rule: state.plateau.rule, why: state.plateau.why, irreducible: state.plateau.irreducible } : null,
    tests: {
      passed: testCounts(state.testRuns.at(-1))?.passed ?? null,
      failed: testCounts(state.testRuns.at(-1))?.failed ?? null,
      excluded: excludedTests(state.testRuns),
    },
    model: spending(state),
    nothingReducible: nothingReducible(state),
    durationMs: state.lastAt - state.startedAt,
  };
}
