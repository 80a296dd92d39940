import type { StageNode, StageRow, StageTable } from "../vocabulary/profile.ts";
import type { FunctionRef } from "../vocabulary/target.ts";

/** From which share of its growth on, one call carries a function's memory, so that the look goes inside it. */
const carryingShare = 0.75;

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

function dominantNode(level: Level): StageNode {
  return level.nodes.reduce((best, node) =>
    node.peakBytes > best.peakBytes || (node.peakBytes === best.peakBytes && node.riseBytes > best.riseBytes) ? node : best,
  );
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
    const node = dominantNode(level);
    const grown = highest(level) - entryBytes(level);
    const inside: Level | undefined = levels(nodes, node.id)[0];
    const share = grown > 0 ? node.riseBytes / grown : 1;
    const single = level.nodes.length === 1;
    if (!inside)
      return {
        level,
        why: single || share >= carryingShare ? "its dominant statement calls no function of the project" : spread(level),
      };
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
  const before = entryBytes(level);
  const rows: StageRow[] = [];
  let cumulativeBytes = before;
  if (before > 0) {
    rows.push({
      name: "(before: imports, set-up)",
      file: level.function.file,
      line: level.function.line,
      count: 1,
      deltaBytes: before,
      cumulativeBytes,
      peakBytes: before,
      processPeakBytes: null,
    });
  }
  const names = level.nodes.map((node) => node.callee ?? node.text);
  for (const [index, node] of level.nodes.entries()) {
    cumulativeBytes += node.deltaBytes;
    const name = names[index] as string;
    rows.push({
      name: names.filter((it) => it === name).length > 1 ? `${name}:${node.line}` : name,
      file: node.function.file,
      line: node.line,
      count: node.count,
      deltaBytes: node.deltaBytes,
      cumulativeBytes,
      peakBytes: node.peakBytes,
      processPeakBytes: processPeaks.get(node.line) ?? null,
    });
  }
  const dominant = dominantNode(level);
  return {
    pipeline: level.function,
    why,
    rows,
    dominant: level.nodes.indexOf(dominant) + (before > 0 ? 1 : 0),
    peakBytes: Math.max(...rows.map((row) => row.peakBytes)),
  };
}
