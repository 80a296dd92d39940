import type { Census, StageNode, StageRow, StageTable } from "../vocabulary/profile.ts";
import type { FunctionRef } from "../vocabulary/target.ts";

/** From which share of its growth on, one call carries a function's memory, so that the look goes inside it. */
export const carryingShare = 0.75;

interface Level {
  function: FunctionRef;
  nodes: StageNode[];
}

/** Statements of one activation path, grouped by function, heaviest function first. */
function levels(nodes: readonly StageNode[], parent: number | null): Level[] {
  const groups = new Map<string, Level>();
  for (const node of nodes) {
    if (node.parent !== parent) continue;
    const key = `${node.function.file}:${node.function.qualname}:${node.function.line}`;
    const group = groups.get(key) ?? { function: node.function, nodes: [] };
    group.nodes.push(node);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => highest(b) - highest(a));
}

const highest = (level: Level) => Math.max(...level.nodes.map((node) => node.peakBytes));

/** Heap when the function's first watched statement began. */
function entryBytes(level: Level): number {
  const first = level.nodes[0];
  return first ? Math.max(0, first.peakBytes - first.riseBytes) : 0;
}

/** Stages whose peaks differ by less than this share of the highest stand equally high. */
const equalShare = 0.005;

/** The stage that took it to its highest: of those that stood (nearly) there, the one that rose most to it. */
function dominantOf<T extends StageFigures>(stages: readonly T[]): T {
  const limit = (1 - equalShare) * Math.max(...stages.map((it) => it.peakBytes));
  return stages.filter((it) => it.peakBytes >= limit).reduce((best, it) => (it.riseBytes > best.riseBytes ? it : best));
}

/** `file.py:qualname`, or a qualname, or its last part. */
function matches(wanted: string, ref: FunctionRef): boolean {
  const [file, name] = wanted.includes(":")
    ? [wanted.slice(0, wanted.lastIndexOf(":")), wanted.slice(wanted.lastIndexOf(":") + 1)]
    : [null, wanted];
  if (file !== null && ref.file !== file && !ref.file.endsWith(`/${file}`)) return false;
  return ref.qualname === name || ref.qualname.endsWith(`.${name}`);
}

/**
 * Finds the pipeline function (measuring.md, 3): follow the one call through which most of the peak grows, until a function
 * is reached whose memory is spread over several of its own statements, or whose callees leave the project.
 * Null when the run reached no code of the project, or the wanted function was never entered.
 */
export function findPipeline(nodes: readonly StageNode[], wanted?: string): { level: Level; why: string } | null {
  if (wanted !== undefined) {
    const parents = new Set(nodes.map((node) => node.parent));
    const found = [...parents].flatMap((parent) => levels(nodes, parent)).filter((level) => matches(wanted, level.function));
    const level = found.sort((a, b) => highest(b) - highest(a))[0];
    return level ? { level, why: "named by --function" } : null;
  }
  let level = levels(nodes, null)[0];
  if (!level) return null;
  for (;;) {
    const node: StageNode = dominantOf(level.nodes);
    const grown = highest(level) - entryBytes(level);
    const inside: Level | undefined = levels(nodes, node.id)[0];
    const share = grown > 0 ? node.riseBytes / grown : 1;
    const single = level.nodes.length === 1;
    const rose = inside ? highest(inside) - (node.peakBytes - node.riseBytes) : 0;
    if (!inside || rose < carryingShare * node.riseBytes)
      return { level, why: single || share >= carryingShare ? "its dominant statement holds it itself" : spread(level) };
    if (!single && share < carryingShare) return { level, why: spread(level) };
    level = inside;
  }
}

const spread = (level: Level) => `its memory is spread over ${level.nodes.length} of its own statements`;

/** The per-stage table of the pipeline function. `processPeaks` maps a statement's line to what the operating system saw. */
export function stageTable(
  nodes: readonly StageNode[],
  processPeaks: ReadonlyMap<number, number>,
  wanted?: string,
): StageTable | null {
  const found = findPipeline(nodes, wanted);
  if (!found) return null;
  const { level, why } = found;
  return tableOf(level.function, why, entryBytes(level), level.nodes, processPeaks);
}

/** What a row of the table is made of. Bytes, as in the table. */
export interface StageFigures {
  line: number;
  text: string;
  callee: string | null;
  count: number;
  deltaBytes: number;
  /** Highest point above the stage's own start. */
  riseBytes: number;
  peakBytes: number;
}

/** The table of one function. `beforeBytes`: what stood when it was entered. */
export function tableOf(
  pipeline: FunctionRef,
  why: string,
  beforeBytes: number,
  stages: readonly StageFigures[],
  processPeaks: ReadonlyMap<number, number>,
): StageTable {
  const file = pipeline.file;
  const rows: StageRow[] = [];
  let cumulativeBytes = beforeBytes;
  if (beforeBytes > 0) {
    rows.push({
      name: "(before: imports, set-up)",
      file,
      line: pipeline.line,
      count: 1,
      deltaBytes: beforeBytes,
      cumulativeBytes,
      peakBytes: beforeBytes,
      processPeakBytes: null,
    });
  }
  const names = stages.map((stage) => stage.callee ?? stage.text);
  for (const [index, stage] of stages.entries()) {
    cumulativeBytes += stage.deltaBytes;
    const name = names[index] as string;
    rows.push({
      name: names.filter((it) => it === name).length > 1 ? `${name}:${stage.line}` : name,
      file,
      line: stage.line,
      count: stage.count,
      deltaBytes: stage.deltaBytes,
      cumulativeBytes,
      peakBytes: stage.peakBytes,
      processPeakBytes: processPeaks.get(stage.line) ?? null,
    });
  }
  return {
    pipeline,
    why,
    rows,
    dominant: stages.indexOf(dominantOf(stages)) + (beforeBytes > 0 ? 1 : 0),
    peakBytes: Math.max(...rows.map((row) => row.peakBytes)),
    beside: [],
  };
}

/**
 * What stands at the peak beside the stages: by lines that only other threads ran (the main one never entered their function),
 * and by nothing of the project.
 */
export function besideOf(census: Census, nodes: readonly StageNode[], threads: number): StageTable["beside"] {
  const entered = new Set(nodes.map((it) => `${it.function.file}:${it.function.qualname}`));
  const elsewhere = census.projectLines.filter((it) => it.function !== "<module>" && !entered.has(`${it.file}:${it.function}`));
  const rows = [
    { name: "other threads" as const, bytes: threads > 0 ? sum(elsewhere) : 0 },
    { name: "outside the project" as const, bytes: sum(census.areas.filter((it) => !inProject.has(it.area))) },
  ];
  return rows.filter((it) => it.bytes > 0);
}

const inProject = new Set<Census["areas"][number]["area"]>(["project", "arrays"]);
export const sum = (rows: readonly { bytes: number }[]) => rows.reduce((all, it) => all + it.bytes, 0);
