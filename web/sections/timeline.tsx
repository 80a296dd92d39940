import { useState } from "preact/hooks";
import type { Timeline as Line } from "../../src/vocabulary/profile.ts";
import type { Report, ReportProfile } from "../../src/vocabulary/report.ts";
import { useWidth } from "../drawing/width.ts";
import { mib, seconds, sentence, size } from "../words.ts";
import { Key, profileName, profilesOf } from "./stages.tsx";

interface Series {
  name: string;
  kind: "held" | "saved";
  line: Line;
  stages: { name: string; fromMs: number; toMs: number }[];
}

const height = 250;
const [left, right, top, bottom] = [40, 8, 22, 24];

/** Resident memory of the target's process while it runs, before and after, with what it was doing. */
export function Timeline({ report }: { report: Report }) {
  const all = profilesOf(report);
  const [first, last] = [all[0], all.at(-1)];
  const series: Series[] = [];
  if (first?.timeline) series.push(seriesOf(first, first.timeline, profileName(first, true), "held"));
  if (last?.timeline && last !== first) series.push(seriesOf(last, last.timeline, profileName(last, false), "saved"));
  if (series.length === 0) return null;
  const [before, after] = [series.find((it) => it.kind === "held"), series.find((it) => it.kind === "saved")];
  const shared = series.some((it) => it.line.processes > 1);
  return (
    <section id="time" aria-labelledby="time-title">
      <header>
        <h2 id="time-title">Memory over time</h2>
        <p>
          Resident memory of the process as the system saw it, from its start, imports included
          {shared ? "; of several processes together, where shared pages count more than once" : ""}.
        </p>
      </header>
      <div class="tools">
        <Key before={before?.name ?? "–"} after={after?.name ?? null} />
      </div>
      <Drawing series={series} />
      <p class="quiet small">
        {series.map(
          (it) =>
            `${sentence(`${it.name}: at most ${size(highest(it.line))}, in a run of ${seconds(lastMs(it.line))} with the looking on`)} `,
        )}
      </p>
    </section>
  );
}

function seriesOf(profile: ReportProfile, line: Line, name: string, kind: Series["kind"]): Series {
  const named = (at: number) => profile.table.rows.find((it) => it.line === at)?.name ?? `line ${at}`;
  return { name, kind, line, stages: line.spans.map((it) => ({ name: named(it.line), fromMs: it.fromMs, toMs: it.toMs })) };
}

const highest = (line: Line): number => Math.max(...line.points.map((it) => it[1]), 0);
const lastMs = (line: Line): number => line.points.at(-1)?.[0] ?? 0;

/** What stood at a moment: the last point that is not later. */
const at = (line: Line, ms: number): number | null =>
  ms > lastMs(line) ? null : (line.points.findLast((it) => it[0] <= ms)?.[1] ?? null);

function Drawing({ series }: { series: readonly Series[] }) {
  const [place, width] = useWidth<HTMLDivElement>();
  const [ms, look] = useState<number | null>(null);
  const untilMs = Math.max(...series.map((it) => lastMs(it.line)), 1);
  const most = niceTop(Math.max(...series.map((it) => highest(it.line)), 1));
  const strips = series.filter((it) => it.stages.length > 0);
  const whole = height + strips.length * 20;
  const x = (value: number) => left + (value / untilMs) * (width - left - right);
  const y = (bytes: number) => top + (1 - bytes / most) * (height - top - bottom);
  const inverse = (px: number) => Math.max(0, Math.min(untilMs, ((px - left) / (width - left - right)) * untilMs));
  return (
    <div class="timeline" ref={place} data-chart="timeline">
      <svg
        width={width}
        height={whole}
        viewBox={`0 0 ${width} ${whole}`}
        role="application"
        tabindex={0}
        aria-label={`Memory over ${untilMs} milliseconds: ${series.map((it) => `${it.name} at most ${size(highest(it.line))}`).join(", ")}. Arrow keys read it point by point.`}
        onPointerMove={(event) => look(inverse(event.offsetX))}
        onPointerLeave={() => look(null)}
        onKeyDown={(event) => {
          const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
          if (step === 0) return;
          event.preventDefault();
          look(Math.max(0, Math.min(untilMs, (ms ?? 0) + (step * untilMs) / 50)));
        }}
      >
        <Axes x={x} y={y} most={most} untilMs={untilMs} width={width} />
        {series.map((it) => (
          <g class={`series ${it.kind}`}>
            <path class="area" d={`${outline(it.line, x, y)}L${x(lastMs(it.line))},${y(0)}L${x(0)},${y(0)}Z`} />
            <path class="line" d={outline(it.line, x, y)} />
          </g>
        ))}
        {strips.map((it, index) => (
          <Strip series={it} x={x} y={height + index * 20} />
        ))}
        {ms !== null && <line class="cursor" x1={x(ms)} x2={x(ms)} y1={top} y2={whole} />}
      </svg>
      <p class="readout small" aria-live="polite">
        {ms === null ? (
          <span class="quiet noprint">Point at the picture, or use the arrow keys, to read it.</span>
        ) : (
          <>
            {seconds(ms)}:{" "}
            {series.map((it) => (
              <span class="value">
                <span class={`dot ${it.kind}`} /> {size(at(it.line, ms))}{" "}
                <span class="quiet">{it.stages.find((one) => one.fromMs <= ms && ms <= one.toMs)?.name ?? ""}</span>
              </span>
            ))}
          </>
        )}
      </p>
    </div>
  );
}

/** Steps, not slopes: nothing is known between two looks. */
function outline(line: Line, x: (ms: number) => number, y: (bytes: number) => number): string {
  let path = `M${x(0).toFixed(1)},${y(0).toFixed(1)}`;
  for (const [ms, bytes] of line.points) path += `L${x(ms).toFixed(1)},${y(bytes).toFixed(1)}`;
  return path;
}

function Axes(props: { x: (ms: number) => number; y: (bytes: number) => number; most: number; untilMs: number; width: number }) {
  const { x, y, most, untilMs, width } = props;
  const stepMs = niceStep(untilMs / (width < 480 ? 3 : 7));
  const ticks = Array.from({ length: Math.floor(untilMs / stepMs) + 1 }, (_, index) => index * stepMs);
  return (
    <g class="axes">
      {[0, 0.25, 0.5, 0.75, 1].map((part) => (
        <>
          <line x1={left} x2={width - right} y1={y(most * part)} y2={y(most * part)} />
          <text class="quiet" x={left - 8} y={y(most * part) + 4} text-anchor="end">
            {mib(most * part).replace(/\.0$/, "")}
          </text>
        </>
      ))}
      <text class="quiet" x={0} y={y(most) - 5}>
        MiB
      </text>
      {ticks.map((ms) => (
        <text class="quiet" x={x(ms)} y={height - 6} text-anchor={ms === 0 ? "start" : x(ms) > width - 30 ? "end" : "middle"}>
          {seconds(ms)}
        </text>
      ))}
    </g>
  );
}

/** Which stage ran when. A name that does not fit is told on pointing. */
function Strip({ series, x, y }: { series: Series; x: (ms: number) => number; y: number }) {
  return (
    <g class={`strip ${series.kind}`}>
      {series.stages.map((it, index) => {
        const width = Math.max(1, x(it.toMs) - x(it.fromMs) - 1);
        const letters = Math.floor((width - 8) / 6.2);
        return (
          <g>
            <title>
              {it.name}, {Math.round(it.fromMs)}–{Math.round(it.toMs)} ms
            </title>
            <rect class={index % 2 === 0 ? "even" : "odd"} x={x(it.fromMs)} y={y} width={width} height={16} rx={2} />
            {letters >= 4 && (
              <text x={x(it.fromMs) + 4} y={y + 12}>
                {it.name.length > letters ? `${it.name.slice(0, letters - 1)}…` : it.name}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}

/** A round number of milliseconds that is not below. */
function niceStep(ms: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(ms, 1)));
  return unit * ([1, 2, 5, 10].find((it) => it * unit >= ms) ?? 10);
}

/** A round number of MiB, a multiple of four, that is not below. */
function niceTop(bytes: number): number {
  const mebibytes = bytes / 1024 / 1024;
  const unit = 10 ** Math.floor(Math.log10(Math.max(mebibytes, 1)));
  const found = [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10].find((it) => it * unit >= mebibytes) ?? 10;
  return found * unit * 1024 * 1024;
}
