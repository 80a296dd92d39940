import { testCounts } from "../method/excluded-tests.ts";
import type { Comparison, Side } from "../vocabulary/comparison.ts";
import { markdownTable } from "./markdown.ts";
import { mib, signedMib } from "./mib.ts";

type Row = [figure: string, base: string, head: string, difference: string, said: string];

function rows(base: Side, head: Side, found: Comparison): Row[] {
  const figure = (name: string, it: Comparison["heap"]): Row => {
    const difference = it.headBytes - it.baseBytes;
    const share = (difference / Math.max(it.baseBytes, 1)) * 100;
    const percent = `${share > 0 ? "+" : ""}${share.toFixed(1)} %`;
    return [
      name,
      mib(it.baseBytes),
      mib(it.headBytes),
      `${signedMib(difference)} (${percent})`,
      `${it.change} (noise ${mib(it.noiseBytes)})`,
    ];
  };
  const tests = [base, head].map((it) => testCounts(it.tests ?? undefined));
  const told = tests.map((it) => (it ? `${it.passed} passed, ${it.failed} failed` : "-"));
  return [
    figure("process peak, MiB", found.process),
    figure("heap peak, MiB", found.heap),
    [
      "time",
      "1.00",
      found.timeRatio === null ? "-" : found.timeRatio.toFixed(2),
      "",
      found.timeRatio === null ? "not known" : "ratio of medians",
    ],
    ["output", "", "", "", found.outputEqual === null ? "differs from run to run" : found.outputEqual ? "the same" : "DIFFERENT"],
    ...(base.tests
      ? [
          [
            "tests",
            told[0] ?? "-",
            told[1] ?? "-",
            "",
            found.broken.length > 0 ? `broken: ${found.broken.slice(0, 3).join(", ")}` : "none broken",
          ] as Row,
        ]
      : []),
  ];
}

const head = ["", "base", "head", "difference", ""];

/** The comparison for a terminal. */
export function comparisonLines(base: Side, other: Side, found: Comparison): string[] {
  const table = [head, ...rows(base, other, found)];
  const widths = head.map((_, column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  return [
    `[compare] ${base.ref} (${base.commit.slice(0, 12)}) against ${other.ref} (${other.commit.slice(0, 12)}), ${base.samples.length} alternating pairs`,
    ...table.map((row) =>
      `  ${row.map((cell, column) => (column === 0 || column === 4 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ")}`.trimEnd(),
    ),
    `[compare] ${verdict(found)}`,
  ];
}

function verdict(found: Comparison): string {
  const percent = `${Math.abs(found.share * 100).toFixed(1)} %`;
  const metric = found.metric === "process-peak" ? "process peak" : "heap peak";
  if (found.change === "no difference")
    return `no difference above the noise of ${mib(found.noiseBytes)} MiB (${metric}; ${found.why})`;
  const bytes = mib(Math.abs(found.headBytes - found.baseBytes));
  return `head needs ${bytes} MiB ${found.change === "lower" ? "less" : "more"}, ${percent} of the base's ${metric} (${found.why})`;
}

/** The same as Markdown, for a pull request or a comment. */
export function comparisonMarkdown(target: string, base: Side, other: Side, found: Comparison, notes: readonly string[]): string {
  const { provenance } = other;
  return `### Peak memory of \`${target}\`

${verdict(found)[0]?.toUpperCase()}${verdict(found).slice(1)}.

${markdownTable(head, rows(base, other, found))}
Base \`${base.commit.slice(0, 12)}\`, head \`${other.commit.slice(0, 12)}\`, ${base.samples.length} alternating pairs of fresh processes in fresh worktrees. ${provenance.interpreter}, allocator ${provenance.allocator}, ${provenance.platform}.
${notes.map((it) => `\n- ${it}`).join("")}
`;
}
