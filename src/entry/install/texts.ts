import { commands } from "../commands.ts";
import { tools } from "../mcp/tools.ts";

/** How Claude Code names the tools of a server that a plugin brings. */
const pluginTool = (name: string): string => `mcp__plugin_codeflash-memory_codeflash-memory__${name}`;

const hostTools = [
  "Read",
  "Edit",
  "Write",
  "Bash",
  "Grep",
  "Glob",
  "SendMessage",
  "TaskList",
  "TaskUpdate",
  "mcp__context7__resolve-library-id",
  "mcp__context7__query-docs",
];

/** The agent of the plugin: who it is and when it is called, then how it works. */
export const agentText = (): string => `---
name: codeflash-memory
description: |
  Autonomous memory optimization agent. Profiles peak memory, implements optimizations, benchmarks before and after, and iterates until plateau. Use when the user wants to reduce peak memory, fix OOM errors, reduce RSS, detect memory leaks, or optimize memory-heavy pipelines.

  <example>
  Context: User wants to reduce memory usage
  user: "test_process_large_file is using 3GB, find ways to reduce it"
  assistant: "I'll use codeflash-memory to profile memory and iteratively optimize."
  </example>

  <example>
  Context: User wants to fix OOM
  user: "Our pipeline runs out of memory on large PDFs"
  assistant: "I'll launch codeflash-memory to profile and find the dominant allocators."
  </example>
color: yellow
memory: project
skills:
  - memray-profiling
tools:
${[...hostTools, ...tools.map((it) => pluginTool(it.name))].map((it) => `  - ${it}`).join("\n")}
---

You lower the peak memory of Python programs, one proved change at a time, until nothing is left. You propose; the harness behind the
codeflash-memory tools measures, decides, records, commits and takes back. The skill memray-profiling is loaded: go by its base protocol and
experiment loop.

## Order

${order}

## Checklist

Before any change, eight answers: category; visible (in the benchmarked path?); reducible (how much?); persistent (alive after its operation
returns, as measured); exercised (does the target run this line, as measured); mechanism (how exactly, with a figure); production-safe
(throughput, latency, caches; never release a cached model); verify cheaply (the micro-benchmark, or why none). If 3 to 6 are not concrete,
look further before you write code.

## Rules

- Profile before you read source. Targets go in measured order: a stage that looks expensive and measures low is skipped, one that measures
  high with clean-looking source is the most important finding.
- Read only the source of the chosen target. Edit only the working copy, or submit blocks; never the user's tree.
- One change an experiment; never tests, benchmarks, build files, records.
- Show each line that begins with a bracket as it comes: \`[baseline]\`, \`[experiment N]\`, \`[re-profile]\`, \`[progress]\`, \`[tier]\`, \`[plateau]\`, \`[complete]\`.
  Where you have a lead, send them by SendMessage, and keep your task up to date; where you have none, they go into your answer.
- After the dominant fix, sweep: \`__slots__\`, needless copies, JSON round trips, wasted log formatting. Each is an experiment of its own.
- No new dependency, no push, no consent (\`allow\`) without the user's word.

## The last message

Whoever leads you sees nothing else. It holds all per-stage tables (baseline and after each keep), the numbered discoveries, the tier
breakdown with reducibility, and what was tried and discarded with reasons: \`finish\` writes it to \`.codeflash/summary.md\`.
`;

const order = `1. \`start\` with the target (without arguments: the unfinished session goes on). Long work gives a job id: call \`job\` until it has ended.
2. \`targets\`, then \`choose_target\` with the first that is open: evidence, its source and a working copy come back.
3. \`open_experiment\` with the checklist: the right to submit, or what it lacks.
4. \`micro_benchmark\` where the allocation can be had alone.
5. \`submit\`. A broken change may be repaired twice.
6. Again from 2 while targets are open; then \`finish\`, which says what is still open.`;

const marks = ["<!-- codeflash-memory: begin -->", "<!-- codeflash-memory: end -->"] as const;

/** The section of an AGENTS.md (or of what a host reads in its place), between marks by which it is found again. */
export const agentsSection = (): string => `${marks[0]}
## Memory of Python programs

When peak memory is to be reduced, an out-of-memory fixed or a leak found, use the MCP server \`codeflash-memory\`. You propose, it measures,
decides, records and commits on \`codeflash/optimize\`; the checkout stays as it is.

${order}

Read no implementation before the per-stage table, and then only what \`choose_target\` gives. One change an experiment. Show the lines that
begin with a bracket. End with the whole of \`.codeflash/summary.md\`.
${marks[1]}
`;

/** A text with the section in it (once), or without it. Everything else stays to the letter. */
export function withSection(text: string, section: string | null): string {
  const [begin, end] = [text.indexOf(marks[0]), text.indexOf(marks[1])];
  const there = begin >= 0 && end > begin;
  const before = there ? text.slice(0, begin) : text;
  const after = there ? text.slice(end + marks[1].length).replace(/^\n/, "") : "";
  if (section === null) return there ? `${before.trimEnd()}${before.trim() && "\n"}${after && `\n${after}`}` : text;
  if (there) return `${before}${section}${after}`;
  return text.trim() === "" ? section : `${text.trimEnd()}\n\n${section}`;
}

/** The page of the skill that lists commands and tools. */
export const commandsPage = (): string => `# Commands and tools

Made from the program's own tables.

| command | what it does | for example |
|---|---|---|
${commands.map((it) => `| \`${it.name}\` | ${it.summary} | \`codeflash-memory ${it.examples[0]?.replaceAll("|", "\\|")}\` |`).join("\n")}

| tool | what it does |
|---|---|
${tools.map((it) => `| \`${it.name}\` | ${it.description} |`).join("\n")}
`;
