import type { StageTable } from "../vocabulary/profile.ts";
import type { FunctionWithin, ProcessStages } from "../vocabulary/quick.ts";
import { otherThreads, type PeakStacks, type Stack } from "../vocabulary/stacks.ts";
import { carryingShare, sum, tableOf } from "./pipeline.ts";

interface Level extends FunctionWithin {
  bytes: number;
  /** By the line under way at the peak. */
  lines: Map<number, { bytes: number; inside: Map<string, Level> }>;
}

/** Code that belongs to the statement that runs it. */
const inline = new Set(["<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>", "<lambda>"]);
const isProject = (file: string) => !file.startsWith("/") && !file.startsWith("<");

function levels(stacks: PeakStacks["stacks"]): Map<string, Level> {
  const tops = new Map<string, Level>();
  for (const { frames, bytes } of stacks.filter((it) => it.frames[0]?.file !== otherThreads)) {
    let known = tops;
    for (const { file, line, function: qualname } of frames) {
      if (!isProject(file) || (inline.has(qualname) && known !== tops)) continue;
      const key = `${file}:${qualname}`;
      const level = known.get(key) ?? { file, qualname, within: line, bytes: 0, lines: new Map() };
      known.set(key, level);
      level.bytes += bytes;
      const at = level.lines.get(line) ?? { bytes: 0, inside: new Map<string, Level>() };
      level.lines.set(line, at);
      at.bytes += bytes;
      known = at.inside;
    }
  }
  return tops;
}

const heaviest = <T extends { bytes: number }>(all: Iterable<T>): T | undefined =>
  [...all].reduce<T | undefined>((best, it) => (best === undefined || it.bytes > best.bytes ? it : best), undefined);

/**
 * The pipeline function by what stands at the peak (measuring.md, 3): follow the one line by which most of it came, until it is
 * spread over several lines or leaves the project. Null: most of it belongs to other threads, or none came through the project.
 */
export function pipelineByStacks(stacks: PeakStacks): { function: FunctionWithin; why: string } | null {
  const elsewhere = sum(stacks.stacks.filter((it) => it.frames[0]?.file === otherThreads));
  if (elsewhere > sum(stacks.stacks) / 2) return null;
  let level = heaviest(levels(stacks.stacks).values());
  while (level) {
    const line = heaviest(level.lines.values());
    const inside = line && heaviest(line.inside.values());
    const found = { file: level.file, qualname: level.qualname, within: level.within };
    if (!line || !inside) return { function: found, why: "what stands at the peak came by calls of it that leave the project" };
    if (line.bytes < carryingShare * level.bytes)
      return { function: found, why: `what stands at the peak came by ${level.lines.size} of its lines` };
    level = inside;
  }
  return null;
}

/** The table of what the operating system saw in each statement: resident memory in all its columns. */
export function processTable(stages: ProcessStages, why: string, { stacks }: PeakStacks): StageTable {
  const [threads, rest] = [
    (it: Stack) => it.frames[0]?.file === otherThreads,
    (it: Stack) => !it.frames.some((frame) => isProject(frame.file)),
  ];
  const beside: StageTable["beside"] = [
    { name: "other threads", bytes: sum(stacks.filter(threads)) },
    { name: "outside the project", bytes: sum(stacks.filter((it) => rest(it) && !threads(it))) },
  ];
  const table = tableOf(stages.function, why, stages.entryBytes, stages.rows, new Map());
  return { ...table, beside: beside.filter((it) => it.bytes > 0) };
}
