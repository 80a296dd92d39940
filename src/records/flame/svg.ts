import type { PeakStacks } from "../../vocabulary/stacks.ts";
import { mib } from "../mib.ts";
import { escaped } from "../xml.ts";
import { frameName } from "./collapsed.ts";
import { type FlameNode, flameTree } from "./tree.ts";

const rowHeight = 18;
const fontSize = 11;
/** Of the monospaced font that the text is drawn with, in pixels at that size. */
const letterWidth = 6.7;
/** Narrower boxes are not drawn: nobody could see or hit them. */
const leastWidth = 0.5;
const deepest = 120;

interface Box {
  node: FlameNode;
  x: number;
  width: number;
  depth: number;
}

/** The boxes that are wide enough to be seen, left to right by size, outermost first. */
function boxes(root: FlameNode, width: number): Box[] {
  const found: Box[] = [];
  const todo: Box[] = [{ node: root, x: 0, width, depth: 0 }];
  for (let box = todo.pop(); box !== undefined; box = todo.pop()) {
    found.push(box);
    let x = box.x;
    for (const child of box.node.children) {
      const share = (child.bytes / Math.max(root.bytes, 1)) * width;
      if (share >= leastWidth && box.depth < deepest) todo.push({ node: child, x, width: share, depth: box.depth + 1 });
      x += share;
    }
  }
  return found;
}

/** The colour says whose code it is: the project's warm, libraries' cool, no frame grey. */
function colourClass(node: FlameNode): string {
  if (!node.frame) return "r";
  const { file } = node.frame;
  if (file.startsWith("<")) return "i";
  return file.startsWith("/") || /^[A-Za-z]:[\\/]/.test(file) ? "l" : "p";
}

/**
 * A flame graph that stands alone: no script, no outside font, readable in dark and light. Hovering tells each box in full.
 * `width` in pixels.
 */
export function flameSvg(stacks: PeakStacks, options: { title: string; width: number }): string {
  const { title, width } = options;
  const all = boxes(flameTree(stacks), width - 20);
  const height = 46 + rowHeight * (1 + Math.max(...all.map((it) => it.depth))) + 10;
  const total = stacks.stacks.reduce((sum, it) => sum + it.bytes, 0);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>
svg{background:#fff;font:${fontSize}px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}text{fill:#1b1b1b;pointer-events:none}.h{font-size:14px;font-weight:600}.s{fill:#555}
rect{stroke:#fff;stroke-width:.6}.r{fill:#d5d5d5}.i{fill:#e3e3e3}.p{fill:#f2a65a}.l{fill:#9cc3e6}g:hover rect{stroke:#000}
@media(prefers-color-scheme:dark){svg{background:#16181d}text{fill:#111}.h,.s{fill:#e8e8e8}rect{stroke:#16181d}.r{fill:#8a8f98}.i{fill:#767b84}.p{fill:#e0954a}.l{fill:#6fa3d0}}
</style>
<text class="h" x="10" y="20">${escaped(title)}</text>
<text class="s" x="10" y="37">${mib(total)} MiB at the peak, by call stack (${stacks.source}); orange: the project, blue: libraries</text>
${all.map((it) => drawn(it, total)).join("\n")}
</svg>
`;
}

function drawn({ node, x, width, depth }: Box, total: number): string {
  const name = node.frame ? frameName(node.frame) : "all";
  const share = ((node.bytes / Math.max(total, 1)) * 100).toFixed(1);
  const letters = Math.floor((width - 6) / letterWidth);
  const shown = fitting(node.frame ? [name, `${node.frame.function}:${node.frame.line}`, node.frame.function] : ["all"], letters);
  const top = 46 + depth * rowHeight;
  const text = letters < 3 ? "" : `<text x="${(x + 13).toFixed(1)}" y="${top + 13}">${escaped(shown)}</text>`;
  return `<g><title>${escaped(name)}: ${mib(node.bytes)} MiB (${share} %), ${node.blocks} blocks</title><rect class="${colourClass(node)}" x="${(x + 10).toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="${rowHeight - 1}"/>${text}</g>`;
}

/** The longest of the names that fits; the last one cut where none does. */
function fitting(names: readonly string[], letters: number): string {
  const last = names.at(-1) ?? "";
  return names.find((it) => it.length <= letters) ?? `${last.slice(0, letters - 1)}…`;
}
