import type { Frame, PeakStacks } from "../../vocabulary/stacks.ts";

/** A frame with all that was asked for below it. */
export interface FlameNode {
  frame: Frame | null;
  bytes: number;
  blocks: number;
  children: FlameNode[];
}

/** The import machinery stands between every two modules and says nothing. */
const importing = "<frozen importlib";

/** The stacks merged from the outermost frame on; children in order of size. */
export function flameTree({ stacks }: PeakStacks): FlameNode {
  const root: FlameNode = { frame: null, bytes: 0, blocks: 0, children: [] };
  const index = new Map<FlameNode, Map<string, FlameNode>>();
  for (const stack of stacks) {
    let node = root;
    add(node, stack.bytes, stack.blocks);
    for (const frame of stack.frames) {
      if (frame.file.startsWith(importing)) continue;
      node = childOf(node, frame, index);
      add(node, stack.bytes, stack.blocks);
    }
  }
  sort(root);
  return root;
}

function add(node: FlameNode, bytes: number, blocks: number): void {
  node.bytes += bytes;
  node.blocks += blocks;
}

function childOf(node: FlameNode, frame: Frame, index: Map<FlameNode, Map<string, FlameNode>>): FlameNode {
  const known = index.get(node) ?? new Map<string, FlameNode>();
  index.set(node, known);
  const key = `${frame.file}\0${frame.line}\0${frame.function}`;
  const found = known.get(key) ?? { frame, bytes: 0, blocks: 0, children: [] };
  if (!known.has(key)) {
    known.set(key, found);
    node.children.push(found);
  }
  return found;
}

function sort(root: FlameNode): void {
  const todo = [root];
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    node.children.sort((a, b) => b.bytes - a.bytes);
    todo.push(...node.children);
  }
}
