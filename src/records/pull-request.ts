import { testCounts } from "../method/excluded-tests.ts";
import { median } from "../method/noise.ts";
import type { Side } from "../vocabulary/comparison.ts";
import type { Measured, PullRequestRecord } from "../vocabulary/pull-request.ts";
import { chartText, difference } from "./chart.ts";
import { fenced, markdownTable } from "./markdown.ts";
import { mib } from "./mib.ts";

/** Characters that a pull request's body may have, with room for what is written by hand. */
const mostCharacters = 60_000;
/** A time that differs by no more than this is called neutral. */
const neutral = 0.05;

/**
 * The body of a pull request: what and how, why it is safe, the benchmark with table and chart, how to reproduce it, what it costs,
 * how it was tested. The chart is drawn in letters.
 */
export function pullRequestBody(record: PullRequestRecord): string {
  const parts = [
    lead(record),
    changes(record),
    `## Why it is safe\n\n${safety(record)}`,
    `## Benchmark\n\n${benchmark(record)}`,
    `<details><summary>Reproduce</summary>\n\n${reproduce(record)}\n</details>`,
    `## Trade-offs\n\n${tradeOffs(record)}`,
    `## Test plan\n\n${testPlan(record)}`,
  ].map((it) => it.trimEnd());
  const footer = `---\nPrepared with codeflash-memory ${record.program}: every figure above is from one recorded run.`;
  const story = `<details><summary>How it was found</summary>\n\n${quotedSummary(record)}\n</details>`;
  const all = [...parts, story, footer].join("\n\n");
  return `${all.length <= mostCharacters ? all : [...parts, footer].join("\n\n")}\n`;
}

/** The same text with the chart's picture above the one in letters. */
export function withPicture(body: string, record: PullRequestRecord, address: string): string {
  const chart = fenced(chartText(record)).trimEnd();
  return body.includes(address) ? body : body.replace(chart, () => `![Peak memory before and after](${address})\n\n${chart}`);
}

const figures = ({ target, comparison: it }: Measured): string =>
  `\`${target}\`: process peak ${mib(it.process.baseBytes)} → ${mib(it.process.headBytes)} MiB, ${difference(it.process.baseBytes, it.process.headBytes)}; heap peak ${mib(it.heap.baseBytes)} → ${mib(it.heap.headBytes)} MiB, ${difference(it.heap.baseBytes, it.heap.headBytes)}.`;

function lead(record: PullRequestRecord): string {
  const [first, ...others] = record.measured;
  const what = record.changes.length === 1 ? "This change lowers" : "These changes lower";
  const head = first ? `${what} the peak memory of ${figures(first)}` : "";
  return [head, ...others.map((it) => `- ${figures(it)}`)].join("\n");
}

/** Each change with its mechanism, in the words in which it was proposed; sizes in them are of the profile that it was found by. */
function changes(record: PullRequestRecord): string {
  const all = record.changes.map((it) => `- **${oneLine(it.summary)}**: ${oneLine(it.mechanism)}.`);
  return [...all, "", "Sizes in these sentences are of the profile by which the change was found."].join("\n");
}

function safety(record: PullRequestRecord): string {
  const reasons = [...new Set(record.changes.map((it) => `- ${oneLine(it.safety)}`))];
  return reasons.join("\n");
}

function benchmark(record: PullRequestRecord): string {
  const { machine, pairs } = record;
  const side = record.measured[0]?.head;
  const python = side ? side.provenance.interpreter.split(" ").slice(0, 2).join(" ") : "Python";
  return [
    `${machine.cpu}, ${machine.cores} cores, ${mib(machine.memoryBytes / 1024)} GiB RAM, ${machine.system}; ${python}, allocator ${side?.provenance.allocator ?? "-"}.`,
    `Median of ${pairs} alternating pairs of fresh processes, each commit in a fresh worktree, the same benchmark on both sides; heap by tracemalloc in runs of their own.`,
    `${table(record)}`,
    fenced(chartText(record)).trimEnd(),
    record.measured.map((it) => `- ${timing(it)}`).join("\n"),
  ].join("\n\n");
}

function table(record: PullRequestRecord): string {
  const rows = record.measured.flatMap(({ target, comparison: it, base, head, allocations }) => [
    [
      target,
      `base ${short(base)}`,
      mib(it.process.baseBytes),
      mib(it.heap.baseBytes),
      allocations ? String(allocations.base) : "-",
      "",
    ],
    [
      "",
      `head ${short(head)}`,
      mib(it.process.headBytes),
      mib(it.heap.headBytes),
      allocations ? String(allocations.head) : "-",
      difference(it.process.baseBytes, it.process.headBytes),
    ],
  ]);
  return markdownTable(["Target", "Ref", "Process peak MiB", "Heap peak MiB", "Allocations", "Delta"], rows).trimEnd();
}

const short = (side: Side): string => side.commit.slice(0, 12);

/** Times differ when every run of one side is slower than every run of the other, and by more than a little. */
function pace({ base, head, comparison: { timeRatio } }: Measured): "slower" | "faster" | null {
  const [before, after] = [base, head].map(({ samples }) => samples.flatMap((it) => it.targetMs ?? []));
  if (!before?.length || !after?.length || timeRatio === null || Math.abs(timeRatio - 1) <= neutral) return null;
  if (Math.min(...after) > Math.max(...before)) return "slower";
  return Math.max(...after) < Math.min(...before) ? "faster" : null;
}

function timing(it: Measured): string {
  const [before, after] = [it.base, it.head].map(({ samples }) => median(samples.flatMap((one) => one.targetMs ?? [])));
  if (before == null || after == null) return `\`${it.target}\`: time not known.`;
  const word = pace(it) ?? "timing neutral, within the spread of the runs";
  return `\`${it.target}\`: ${before.toFixed(0)} → ${after.toFixed(0)} ms; ${word}.`;
}

function reproduce(record: PullRequestRecord): string {
  return [
    "With codeflash-memory:",
    fenced(record.command, "sh"),
    `With nothing but git and Python, in a checkout: save as \`${record.benchmark.file}\` and run \`python ${record.benchmark.file}\`.`,
    fenced(record.benchmark.text, "python"),
  ]
    .map((it) => it.trimEnd())
    .join("\n\n");
}

function tradeOffs(record: PullRequestRecord): string {
  const costs = [...new Set(record.changes.flatMap((it) => it.costs.map(oneLine)))];
  const slower = record.measured.filter((it) => pace(it) === "slower");
  const all = [...costs.map((it) => `- ${it}`), ...slower.map((it) => `- ${timing(it)}`)];
  return all.length > 0 ? all.join("\n") : "None known.";
}

function testPlan(record: PullRequestRecord): string {
  const [first] = record.measured;
  const counts = first && [first.base, first.head].map((it) => testCounts(it.tests ?? undefined));
  const [base, head] = counts ?? [];
  const tests =
    base && head
      ? [
          `- [x] tests: ${base.passed} passed, ${base.failed} failed at the base; ${head.passed} passed, ${head.failed} failed here; none broken`,
        ]
      : ["- [ ] tests: none were run"];
  const outputs = record.measured.map(({ target, comparison }) =>
    comparison.outputEqual === true
      ? `- [x] \`${target}\` prints and returns the same`
      : `- [ ] \`${target}\`: its output differs from run to run and could not be compared`,
  );
  return [...tests, ...outputs].join("\n");
}

/** Headings of the summary go one level down, so that they do not end the part that they stand in. */
const quotedSummary = (record: PullRequestRecord): string => record.summary.replaceAll(/^#/gm, "##").trimEnd();

/** Words of a mind or a repository on one line that cannot open a tag or a block. */
const oneLine = (text: string): string =>
  text
    .replaceAll(/\s*\n\s*/g, " ")
    .replaceAll("<", "&lt;")
    .replace(/\.$/, "")
    .trim();
