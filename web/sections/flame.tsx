import { useMemo, useState } from "preact/hooks";
import type { Report, ReportFlame } from "../../src/vocabulary/report.ts";
import { Choice } from "../drawing/choice.tsx";
import {
  type Box,
  boxesOf,
  foundBytes,
  interesting,
  type Node,
  ownerOf,
  treeOf,
  type View,
  weight,
} from "../drawing/flame-layout.ts";
import { useWidth } from "../drawing/width.ts";
import { change, many, share, size } from "../words.ts";
import { profilesOf } from "./stages.tsx";

const rowHeight = 19;
const letterWidth = 6.6;

/** What stands at the peak by call stack: before, after, and what differs. */
export function Flame({ report }: { report: Report }) {
  const all = profilesOf(report);
  const before = all[0]?.flame ?? null;
  const after = all.length > 1 ? (all.at(-1)?.flame ?? null) : null;
  if (!before && !after) return null;
  return (
    <section id="flame" aria-labelledby="flame-title">
      <header>
        <h2 id="flame-title">Who asked for what stands at the peak</h2>
        <p>
          Each box is a call, as wide as the memory at the peak that was asked for in it and below. Callers are on top, from the
          first call of the project on.
        </p>
      </header>
      <Graph before={before} after={after} />
    </section>
  );
}

function Graph({ before, after }: { before: ReportFlame | null; after: ReportFlame | null }) {
  const [view, show] = useState<View>(before ? "before" : "after");
  const [text, search] = useState("");
  const tree = useMemo(
    () => treeOf(view === "after" ? null : before, view === "before" ? null : after, view !== "difference"),
    [before, after, view],
  );
  const wanted = text.trim().toLowerCase();
  const found = (node: Node) => `${node.name} ${node.file}:${node.line}`.toLowerCase().includes(wanted);
  const hit = wanted === "" ? null : foundBytes(tree, view, found);
  return (
    <>
      <div class="tools">
        {before && after && (
          <Choice
            label="Which peak"
            options={[
              ["before", "Before"],
              ["after", "After"],
              ["difference", "Difference"],
            ]}
            value={view}
            onChoose={show}
          />
        )}
        <input
          type="search"
          placeholder="Search function or file"
          aria-label="Search the flame graph for a function or file"
          value={text}
          onInput={(event) => search(event.currentTarget.value)}
        />
        <span class="small quiet" aria-live="polite">
          {hit === null
            ? `${size(weight(tree, view))} in all`
            : hit === 0
              ? "nothing found"
              : `found: ${size(hit)}, ${share(hit, weight(tree, view))}`}
        </span>
      </div>
      <Boxes key={view} tree={tree} view={view} found={wanted === "" ? null : found} />
      <p class="small quiet legend">
        {view === "difference" ? (
          <>
            <span class="dot less" /> less than before <span class="dot more" /> more <span class="dot other" /> the same
          </>
        ) : (
          <>
            <span class="dot project" /> the project <span class="dot library" /> libraries <span class="dot other" /> the
            interpreter
          </>
        )}
      </p>
      <Largest tree={tree} view={view} leftOut={(view === "before" ? before : after)?.leftOut ?? 0} />
    </>
  );
}

function Boxes({ tree, view, found }: { tree: Node; view: View; found: ((node: Node) => boolean) | null }) {
  const [place, width] = useWidth<HTMLDivElement>(1000);
  const [focus, zoom] = useState(() => interesting(tree, view));
  const [current, point] = useState(focus);
  const boxes = useMemo(() => boxesOf(focus, view, width), [focus, view, width]);
  const rows = Math.max(...boxes.map((it) => it.row)) + 1;
  const move = (event: KeyboardEvent) => {
    const next = neighbour(current, event.key, boxes);
    if (event.key === "Enter" || event.key === " ") zoom(current);
    else if (event.key === "Escape") zoom(tree);
    else if (!next) return;
    else point(next);
    event.preventDefault();
  };
  return (
    <div class="flame" ref={place} data-chart="flame">
      <div class="frame">
        <svg
          width={width}
          height={rows * rowHeight}
          viewBox={`0 0 ${width} ${rows * rowHeight}`}
          tabindex={0}
          role="application"
          aria-label="Flame graph. Arrow keys: up to the caller, down to the largest call below, left and right to its neighbours. Enter zooms, Escape shows all."
          aria-describedby="flame-current"
          onKeyDown={move}
        >
          {boxes.map((it) => (
            <Drawn
              box={it}
              view={view}
              dim={found !== null && !found(it.node)}
              current={it.node === current}
              onPoint={point}
              onZoom={zoom}
            />
          ))}
        </svg>
      </div>
      <p class="readout small" id="flame-current" aria-live="polite">
        <code>{current.parent ? `${current.name} (${current.file}:${current.line})` : "all"}</code>{" "}
        {view === "difference"
          ? `${size(current.before)} → ${size(current.after)} (${change(current.after - current.before)})`
          : `${size(weight(current, view))}, ${share(weight(current, view), weight(tree, view))}`}{" "}
        {focus !== tree && (
          <button type="button" onClick={() => zoom(tree)}>
            Show all
          </button>
        )}
      </p>
    </div>
  );
}

/** Where an arrow key leads to, among what is drawn. */
function neighbour(node: Node, key: string, boxes: readonly Box[]): Node | null {
  const drawn = new Set(boxes.map((it) => it.node));
  if (key === "ArrowUp") return node.parent;
  if (key === "ArrowDown") return node.children.find((it) => drawn.has(it)) ?? null;
  const siblings = (node.parent?.children ?? []).filter((it) => drawn.has(it));
  const index = siblings.indexOf(node);
  if (key === "ArrowRight") return siblings[index + 1] ?? null;
  if (key === "ArrowLeft") return siblings[index - 1] ?? null;
  return null;
}

function Drawn(props: {
  box: Box;
  view: View;
  dim: boolean;
  current: boolean;
  onPoint: (node: Node) => void;
  onZoom: (node: Node) => void;
}) {
  const { box, view, dim, current, onPoint, onZoom } = props;
  const { node, x, width, row } = box;
  const letters = Math.floor((width - 8) / letterWidth);
  const label = box.outer > 0 ? `${box.outer} outer calls` : node.parent ? node.name : "all";
  const whole = node.parent && letters > label.length + 8 ? `${label}  ${short(node)}` : label;
  const text = whole.length <= letters ? whole : letters >= 3 ? `${whole.slice(0, letters - 1)}…` : "";
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are handled by the drawing as a whole
    <g
      class={`box ${colour(node, view)}${dim ? " dim" : ""}${current ? " current" : ""}`}
      onPointerEnter={() => onPoint(node)}
      onClick={() => onZoom(node)}
    >
      <rect x={x + 0.5} y={row * rowHeight} width={Math.max(width - 1, 0.5)} height={rowHeight - 1.5} rx={1.5} />
      {text !== "" && (
        <text x={x + 5} y={row * rowHeight + 13}>
          {text}
        </text>
      )}
    </g>
  );
}

const short = (node: Node): string => `${node.file.split("/").at(-1)}:${node.line}`;

/** Whose code it is; in the difference, what it gained or gave back. */
function colour(node: Node, view: View): string {
  if (!node.parent) return "root";
  if (view === "difference") {
    const delta = node.after - node.before;
    if (Math.abs(delta) < 0.02 * Math.max(node.before, node.after)) return "other";
    return delta < 0 ? (delta < -0.5 * node.before ? "less strong" : "less") : delta > 0.5 * node.after ? "more strong" : "more";
  }
  const owner = ownerOf(node);
  return owner === "interpreter" ? "other" : owner;
}

/** The same in words: the innermost calls that hold most. */
function Largest({ tree, view, leftOut }: { tree: Node; view: View; leftOut: number }) {
  const rows = useMemo(() => {
    const own: { node: Node; bytes: number }[] = [];
    const todo = [tree];
    for (let node = todo.pop(); node; node = todo.pop()) {
      const self = (side: "before" | "after") =>
        (node as Node)[side] - (node as Node).children.reduce((sum, it) => sum + it[side], 0);
      if (node.parent) own.push({ node, bytes: view === "difference" ? self("after") - self("before") : self(view) });
      todo.push(...node.children);
    }
    return own.sort((a, b) => Math.abs(b.bytes) - Math.abs(a.bytes)).slice(0, 12);
  }, [tree, view]);
  return (
    <details class="figures">
      <summary>The largest of them in words</summary>
      <ul class="plain">
        {rows.map(({ node, bytes }) => (
          <li>
            <b class="n">{view === "difference" ? `${change(bytes)} MiB` : size(bytes)}</b>{" "}
            <code>
              {node.name} ({node.file}:{node.line})
            </code>
          </li>
        ))}
      </ul>
      {leftOut > 0 && <p class="quiet">{many(leftOut, "smaller call")} are not drawn.</p>}
    </details>
  );
}
