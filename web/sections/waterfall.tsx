import { useState } from "preact/hooks";
import type { Report, ReportExperiment } from "../../src/vocabulary/report.ts";
import { Bar } from "../drawing/bar.tsx";
import { Choice } from "../drawing/choice.tsx";
import { change, many, short, size } from "../words.ts";
import { type Figure, leading, type Step, stepsOf } from "./steps.ts";

/** How the peak came down, change by change; what was tried in vain is marked where it was tried. */
export function Waterfall({ report }: { report: Report }) {
  const [figure, choose] = useState<Figure>(leading(report));
  const tiers = report.tiers.filter((it) => report.experiments.some((one) => one.tier === it.name));
  const shown = tiers.length > 0 ? tiers : report.tiers.filter((it) => it.current);
  return (
    <section id="waterfall" aria-labelledby="waterfall-title">
      <header>
        <h2 id="waterfall-title">How the peak came down</h2>
        <Choice
          label="Which peak"
          options={[
            ["heap", "Heap"],
            ["process", "Process"],
          ]}
          value={figure}
          onChoose={choose}
        />
      </header>
      {shown.map((tier) => (
        <Tier key={tier.name} report={report} tier={tier} figure={figure} named={report.tiers.length > 1} />
      ))}
    </section>
  );
}

function Tier(props: { report: Report; tier: Report["tiers"][number]; figure: Figure; named: boolean }) {
  const { report, tier, figure, named } = props;
  const steps = stepsOf(report, tier.name, figure);
  const changes = steps.filter((it) => it.kind !== "tried");
  const first = changes[0]?.before ?? tier[figure].before ?? 0;
  const last = tier[figure].after ?? tier[figure].before ?? 0;
  const whole = Math.max(first, last, ...steps.map((it) => (it.kind === "tried" ? it.level : it.before)), 1);
  return (
    <ol class="waterfall" data-chart="waterfall">
      {named && (
        <li class="quiet small">
          Tier {tier.name}: <span class="mono">{tier.target}</span>
        </li>
      )}
      <li class="step end">
        <span class="name">At the start</span>
        <Bar parts={[{ from: 0, to: first / whole, kind: "held" }]} />
        <span class="n">{size(first)}</span>
      </li>
      {steps.map((step) => (
        <Row step={step} whole={whole} />
      ))}
      <li class="step end">
        <span class="name">Now</span>
        <Bar parts={[{ from: 0, to: last / whole, kind: "held" }]} />
        <span class="n">
          <b>{size(last)}</b>
        </span>
      </li>
    </ol>
  );
}

function Row({ step, whole }: { step: Step; whole: number }) {
  if (step.kind === "tried") return <Tried experiments={step.experiments} level={step.level / whole} />;
  const { before, after } = step;
  const rises = after > before;
  return (
    <li class="step">
      <span class="name">
        {step.kind === "keep" ? (
          <a href={`#experiment-${step.experiment.number}`}>
            <span class="number">{step.experiment.number}</span>
            <span>{step.experiment.summary}</span>
          </a>
        ) : (
          <span class="quiet">{many(step.experiments.length, "smaller change")}</span>
        )}
      </span>
      <Bar
        parts={[
          { from: 0, to: Math.min(before, after) / whole, kind: "soft" },
          { from: Math.min(before, after) / whole, to: Math.max(before, after) / whole, kind: rises ? "bad" : "saved" },
        ]}
      />
      <span class={`n ${rises ? "bad" : "saved"}`}>{change(after - before)}</span>
    </li>
  );
}

/** One mark each, as far as there is room; the words say how many and lead to them. */
function Tried({ experiments, level }: { experiments: readonly ReportExperiment[]; level: number }) {
  const marks = experiments.slice(0, 24);
  return (
    <li class="step tried">
      <span class="name quiet">
        {many(experiments.length, "attempt")} not kept:{" "}
        {experiments.slice(0, 3).map((it, index) => (
          <>
            {index > 0 && ", "}
            <a href={`#experiment-${it.number}`} title={`${it.description}: ${it.reason ?? ""}`}>
              {it.number}
            </a>
          </>
        ))}
        {experiments.length > 3 && ", …"}
      </span>
      <svg class="marks" width="100%" height="12" aria-hidden="true">
        {/* biome-ignore lint/a11y/noSvgWithoutTitle: only moves the marks */}
        <svg x={`${Math.min(level, 0.97) * 100}%`} overflow="visible">
          {marks.map((it, index) => (
            <path class={`try ${it.status === "crash" ? "crash" : ""}`} d={`M${-4 - index * 9},2 l4,4 l-4,4 l-4,-4 z`}>
              <title>
                {it.number}: {it.description} ({it.status})
              </title>
            </path>
          ))}
        </svg>
      </svg>
      <span class="n" />
    </li>
  );
}

/** Where the work stands: what of the remaining peak could still go and why the rest stays. */
export function Left({ report }: { report: Report }) {
  const plateau = report.plateaus.at(-1);
  const rows = plateau?.breakdown ?? [];
  const peak = report.heap.after ?? 0;
  const known = rows.reduce((sum, it) => sum + it.bytes, 0);
  const whole = Math.max(peak, known, 1);
  let from = 0;
  const parts = rows.map((it) => {
    const part = {
      from: from / whole,
      to: (from + it.bytes) / whole,
      kind: it.reducible ? "warn" : "held",
      title: it.source,
    } as const;
    from += it.bytes;
    return part;
  });
  if (!plateau)
    return (
      <div class="left">
        <h3>What is left</h3>
        <p class="quiet">
          {size(report.heap.after)} stand at the peak. Which of it can go is told when the work has come to its plateau
          {report.head === report.base ? "" : ` (head: ${short(report.head)})`}.
        </p>
      </div>
    );
  return (
    <div class="left" data-chart="left">
      <h3>
        What is left: {size(peak)} <span class="quiet">— {plateau.irreducible.replace(/ \([^)]*in the lines above\)/, "")}</span>
      </h3>
      <Bar parts={parts} height={12} />
      <ul>
        {rows.slice(0, 4).map((it) => (
          <li>
            <span class={`dot ${it.reducible ? "warn" : "held"}`} aria-hidden="true" />
            <b class="n">{size(it.bytes)}</b> <code>{it.source}</code> <span class="quiet">{it.why}</span>
          </li>
        ))}
      </ul>
      {rows.length > 4 && (
        <p class="small">
          <a href="#breakdown">All {rows.length} lines, what blocks them, what remains</a>
        </p>
      )}
    </div>
  );
}
