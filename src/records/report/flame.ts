import type { ReportFlame } from "../../vocabulary/report.ts";
import type { FlameNode } from "../flame/tree.ts";

/** Nodes of one flame graph that a page holds. */
const mostNodes = 50_000;

/** The tree as columns, largest child first. Of too many nodes the smallest are left out, never a child without its parent. */
export function flameColumns(root: FlameNode, peakBytes: number, most = mostNodes): ReportFlame {
  const least = leastBytes(root, most);
  const names = indexed<string>((it) => it);
  const frames = indexed<[number, number, number]>((it) => it.join());
  const flame: ReportFlame = { peakBytes, names: names.all, frames: frames.all, depth: [], frame: [], bytes: [], leftOut: 0 };
  const todo = root.children.map((node) => ({ node, depth: 0 })).reverse();
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const { node, depth } = next;
    if (node.bytes < least || !node.frame || flame.bytes.length >= most) {
      flame.leftOut += 1;
      continue;
    }
    const { function: name, file, line } = node.frame;
    flame.depth.push(depth);
    flame.frame.push(frames.of([names.of(name), names.of(file), line]));
    flame.bytes.push(Math.round(node.bytes));
    for (let index = node.children.length - 1; index >= 0; index--)
      todo.push({ node: node.children[index] as FlameNode, depth: depth + 1 });
  }
  return flame;
}

/** The size that a node must have so that no more than so many are left. */
function leastBytes(root: FlameNode, most: number): number {
  const sizes: number[] = [];
  const todo = [...root.children];
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    sizes.push(node.bytes);
    todo.push(...node.children);
  }
  return sizes.length <= most ? 0 : (sizes.sort((a, b) => b - a)[most] as number) + 1;
}

/** Each thing once, by its key. */
function indexed<T>(key: (it: T) => string): { all: T[]; of(it: T): number } {
  const all: T[] = [];
  const known = new Map<string, number>();
  return {
    all,
    of: (it) => {
      const name = key(it);
      const found = known.get(name) ?? all.push(it) - 1;
      known.set(name, found);
      return found;
    },
  };
}
