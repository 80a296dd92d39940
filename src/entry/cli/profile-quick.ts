import { targetName } from "../../adapters/python/discover.ts";
import { pipelineByStacks, processTable } from "../../method/quick-look.ts";
import { linesByStacks, nativeLines } from "../../records/at-the-peak.ts";
import { profileCsv } from "../../records/csv.ts";
import { fenced } from "../../records/markdown.ts";
import { mib } from "../../records/mib.ts";
import { stageTableLines } from "../../records/stage-table.ts";
import { copyNotes } from "../../vocabulary/strays.ts";
import type { measuringInPlace, Project } from "../compose.ts";
import type { Invocation } from "../invocation.ts";
import { outputVersion, type ProfileOutput } from "../output.ts";
import { memrayOf, writePictures, writeTables } from "./profile-files.ts";
import type { Talk } from "./talk.ts";

export type Ports = Parameters<Parameters<typeof measuringInPlace<number>>[2]>[0];

/**
 * Two runs: memray tells the lines that stand at the peak and by them the pipeline function, the operating system tells how high
 * the process stood in each of its statements. Null, with the reason told: it takes the full look.
 */
export async function quickLook(project: Project, ports: Ports, invocation: Invocation, out: Talk): Promise<number | null> {
  const memray = await memrayOf(project, out);
  const stacks =
    memray.kind === "there" ? await out.during("asking memray", () => ports.nativeStacks("worktree", memray.overlay)) : null;
  const found = stacks && pipelineByStacks(stacks);
  if (!stacks || !found) {
    if (memray.kind === "there")
      out.say(["  note: memray saw little that the main thread asked for in the project; taking the full look"]);
    return null;
  }
  const { stages, sample, notes } = await out.during("asking the operating system", () =>
    ports.processStages("worktree", found.function),
  );
  if (!stages) {
    out.say([...notes, "taking the full look"].map((it) => `  note: ${it}`));
    return null;
  }
  const name = targetName(project.target);
  const table = processTable(stages, found.why, stacks);
  const peakBytes = sample.peakBytes ?? table.peakBytes;
  const partial = stacks.partial === null ? [] : [stacks.partial];
  const told = [...notes, ...partial, ...copyNotes("The target", sample.witness)];
  out.say([
    `[baseline] ${name}: process peak ${mib(peakBytes)} MiB; memray ${mib(stacks.peakBytes)} MiB (a quick look: two runs)`,
    `[baseline] Per-stage profiling, resident memory: ${table.pipeline.qualname} (${table.why})`,
    ...stageTableLines(table, out.width, out.bars),
    ...nativeLines(stacks, out.width, out.bars),
    ...told.map((note) => `  note: ${note}`),
  ]);
  const lines = linesByStacks(stacks);
  const texts = {
    csv: () => profileCsv(table, lines),
    markdown: () =>
      `# Peak memory of \`${name}\`\n\n${fenced([...stageTableLines(table), ...nativeLines(stacks, 100)].join("\n"))}`,
  };
  const files = [
    ...(await writePictures(invocation, name, out, async () => stacks)),
    ...(await writeTables(invocation, texts, out)),
  ];
  const answer: ProfileOutput = {
    schema: outputVersion,
    command: "profile",
    look: "quick",
    target: name,
    heapPeakBytes: null,
    processPeakBytes: peakBytes,
    processPeakIsLowerBound: sample.peakIsLowerBound,
    processes: sample.treePeak?.processes ?? null,
    nativePeakBytes: stacks.peakBytes,
    figures: { finds: "memray", cause: null, why: "a quick look: memray finds, the operating system measures" },
    targetMs: sample.targetMs,
    table,
    dominantStage: table.rows[table.dominant] ?? null,
    growth: [],
    lines: lines.slice(0, 20),
    types: [],
    categories: [],
    settings: [],
    files,
    notes: told,
    provenance: project.provenance,
  };
  await out.answer(answer);
  return sample.exitCode === 0 ? 0 : 1;
}
