import type { ReportFlame } from "../../src/vocabulary/report.ts";

/** A frame in a flame graph with what stands below it, before and after. */
export interface Node {
  name: string;
  file: string;
  line: number;
  before: number;
  after: number;
  parent: Node | null;
  children: Node[];
  depth: number;
}

export type View = "before" | "after" | "difference";

const top = (): Node => ({
  name: "all",
  file: "",
  line: 0,
  before: 0,
  after: 0,
  parent: null,
  children: [],
  depth: 0,
});

/**
 * One tree of both sides. By line where one side is looked at; for the difference by function alone, since the lines of a
 * changed file have moved.
 */
export function treeOf(before: ReportFlame | null, after: ReportFlame | null, byLine: boolean): Node {
  const root = top();
  const index = new Map<Node, Map<string, Node>>();
  for (const [flame, side] of [
    [before, "before"],
    [after, "after"],
  ] as const)
    if (flame) add(root, flame, side, byLine, index);
  const todo = [root];
  for (let node = todo.pop(); node; node = todo.pop()) {
    node.children.sort((a, b) => Math.max(b.before, b.after) - Math.max(a.before, a.after));
    todo.push(...node.children);
  }
  return root;
}

function add(
  root: Node,
  flame: ReportFlame,
  side: "before" | "after",
  byLine: boolean,
  index: Map<Node, Map<string, Node>>,
): void {
  const path: Node[] = [];
  flame.depth.forEach((depth, at) => {
    path.length = Math.min(path.length, depth);
    const parent = path.at(-1) ?? root;
    const [nameIndex, fileIndex, line] = flame.frames[flame.frame[at] ?? 0] ?? [0, 0, 0];
    const [name = "?", file = "?"] = [flame.names[nameIndex], flame.names[fileIndex]];
    const bytes = flame.bytes[at] ?? 0;
    const known = index.get(parent) ?? new Map<string, Node>();
    index.set(parent, known);
    const key = `${name}\0${file}\0${byLine ? line : ""}`;
    const node = known.get(key) ?? { ...top(), name, file, line, parent, depth: parent.depth + 1 };
    if (!known.has(key)) {
      known.set(key, node);
      parent.children.push(node);
    }
    node[side] += bytes;
    if (parent === root) root[side] += bytes;
    path.push(node);
  });
}

export interface Box {
  node: Node;
  x: number;
  width: number;
  row: number;
  /** Stands for so many outer calls; 0: it is a call itself. */
  outer: number;
}

/** Narrower boxes cannot be seen or hit. */
const leastWidth = 1;

export const weight = (node: Node, view: View): number =>
  view === "difference" ? Math.max(node.before, node.after) : node[view];

/** The boxes below a chosen frame that are wide enough. Of those above it the last two are shown, and one box for all others. */
export function boxesOf(focus: Node, view: View, width: number): Box[] {
  const above: Node[] = [];
  for (let node = focus.parent; node; node = node.parent) above.unshift(node);
  const outer = above.length > 3 ? above.splice(0, above.length - 2).length : 0;
  const boxes: Box[] = above.map((node, at) => ({ node, x: 0, width, row: at + (outer > 0 ? 1 : 0), outer: 0 }));
  if (outer > 0) boxes.unshift({ node: rootOf(focus), x: 0, width, row: 0, outer });
  const todo: Box[] = [{ node: focus, x: 0, width, row: boxes.length, outer: 0 }];
  for (let box = todo.pop(); box; box = todo.pop()) {
    boxes.push(box);
    const children = box.node.children.reduce((sum, it) => sum + weight(it, view), 0);
    const whole = Math.max(weight(box.node, view), children, 1);
    let x = box.x;
    for (const child of box.node.children) {
      const own = (weight(child, view) / whole) * box.width;
      if (own >= leastWidth) todo.push({ node: child, x, width: own, row: box.row + 1, outer: 0 });
      x += own;
    }
  }
  return boxes;
}

function rootOf(node: Node): Node {
  let root = node;
  while (root.parent) root = root.parent;
  return root;
}

/** Whose code a frame is. */
export function ownerOf({ file }: Node): "project" | "library" | "interpreter" {
  if (file.startsWith("<")) return "interpreter";
  return file.startsWith("/") || /^[A-Za-z]:[\\/]/.test(file) ? "library" : "project";
}

/** Share of all memory that a frame must hold for what calls it to be of no interest. */
const nearlyAll = 0.9;

/** Where it becomes interesting: the outermost frame of the project, where nearly all memory passes through it; else the root. */
export function interesting(root: Node, view: View): Node {
  let node = root;
  for (;;) {
    const next = node.children[0];
    if (!next || weight(next, view) < nearlyAll * weight(root, view)) return root;
    if (ownerOf(next) === "project") return node.parent ? next : root;
    node = next;
  }
}

/** Bytes in frames that a search finds, each once: below a found frame nothing is counted again. */
export function foundBytes(root: Node, view: View, found: (node: Node) => boolean): number {
  let sum = 0;
  const todo = [root];
  for (let node = todo.pop(); node; node = todo.pop()) {
    if (node.parent && found(node)) sum += weight(node, view);
    else todo.push(...node.children);
  }
  return sum;
}
