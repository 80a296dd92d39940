import type { Report, ReportHeld } from "../../src/vocabulary/report.ts";
import { Bar } from "../drawing/bar.tsx";
import { change, mibOrDash, size, tail } from "../words.ts";
import { Key, profileName, profilesOf } from "./stages.tsx";

interface Row {
  key: string;
  name: string;
  note: string;
  before: number | null;
  after: number | null;
}

/** What the memory at the peak is: by category, by type, by line that asked for it. */
export function Held({ report }: { report: Report }) {
  const all = profilesOf(report);
  const first = all[0];
  const last = all.at(-1);
  const before = first?.held ?? null;
  const after = last !== first ? (last?.held ?? null) : null;
  if (!first || !last || (!before && !after)) return null;
  const names = { before: profileName(first, true), after: last === first ? null : profileName(last, false) };
  return (
    <section id="held" aria-labelledby="held-title">
      <header>
        <h2 id="held-title">What holds it</h2>
        <p>
          Every byte at the peak by category, each once; the objects alive at it by type; the lines of the project behind them.
        </p>
      </header>
      <div class="tools">
        <Key before={names.before} after={names.after} />
      </div>
      <div class="two wide">
        <List title="By category" rows={categoryRows(before, after)} single={!names.after} most={8} />
        <List title="By type" rows={typeRows(before, after)} single={!names.after} most={9} />
      </div>
      <List title="By line" rows={lineRows(before, after)} single={!names.after} most={8} />
    </section>
  );
}

function joined<T>(
  before: readonly T[],
  after: readonly T[],
  key: (it: T) => string,
  row: (it: T) => Omit<Row, "key" | "before" | "after">,
  bytes: (it: T) => number,
  known: { before: boolean; after: boolean },
): Row[] {
  const keys = [...new Set([...before, ...after].map(key))];
  const sum = (all: readonly T[], name: string) =>
    all.filter((it) => key(it) === name).reduce((total, it) => total + bytes(it), 0);
  const rows = keys.map((name) => {
    const one = [...after, ...before].find((it) => key(it) === name) as T;
    return {
      key: name,
      ...row(one),
      before: known.before ? sum(before, name) : null,
      after: known.after ? sum(after, name) : null,
    };
  });
  return rows.sort((a, b) => Math.max(b.before ?? 0, b.after ?? 0) - Math.max(a.before ?? 0, a.after ?? 0));
}

const known = (before: ReportHeld | null, after: ReportHeld | null) => ({ before: before !== null, after: after !== null });

const categoryRows = (before: ReportHeld | null, after: ReportHeld | null): Row[] =>
  joined(
    before?.categories ?? [],
    after?.categories ?? [],
    (it) => it.category,
    (it) => ({ name: it.category.replaceAll("-", " "), note: it.holders.join(", ") }),
    (it) => it.bytes,
    known(before, after),
  );

const typeRows = (before: ReportHeld | null, after: ReportHeld | null): Row[] =>
  joined(
    before?.types ?? [],
    after?.types ?? [],
    (it) => it.type,
    (it) => ({
      name: tail(it.type),
      note: `${it.count.toLocaleString("en")} alive${it.heldBy ? `, held by ${it.heldBy.path}` : ""}`,
    }),
    (it) => it.bytes,
    known(before, after),
  );

/** Lines move when a file changes, so they are joined by their function where both sides have the same number of them. */
const lineRows = (before: ReportHeld | null, after: ReportHeld | null): Row[] =>
  joined(
    before?.lines ?? [],
    after?.lines ?? [],
    (it) => `${it.file} ${it.function}`,
    (it) => ({ name: it.function, note: it.file }),
    (it) => it.bytes,
    known(before, after),
  );

function List({ title, rows, single, most }: { title: string; rows: readonly Row[]; single: boolean; most: number }) {
  const whole = Math.max(...rows.map((it) => Math.max(it.before ?? 0, it.after ?? 0)), 1);
  const draw = (row: Row) => (
    <li class="step">
      <span class="name">
        {row.name}
        <span class="quiet small note">{row.note}</span>
      </span>
      <span class="pair">
        <Bar parts={[{ from: 0, to: (row.before ?? 0) / whole, kind: "held" }]} height={8} />
        {!single && <Bar parts={[{ from: 0, to: (row.after ?? 0) / whole, kind: "saved" }]} height={8} />}
      </span>
      <span class="n">
        {single ? (
          size(row.before)
        ) : (
          <>
            {mibOrDash(row.before)} → {mibOrDash(row.after)}
            <span class="small quiet">{row.before === null || row.after === null ? "" : change(row.after - row.before)}</span>
          </>
        )}
      </span>
    </li>
  );
  return (
    <div class="list" data-chart={title.toLowerCase().replaceAll(" ", "-")}>
      <h3>{title}</h3>
      <ol class="stages narrow">{rows.slice(0, most).map(draw)}</ol>
      {rows.length > most && (
        <details class="figures">
          <summary>{rows.length - most} more</summary>
          <ol class="stages narrow">{rows.slice(most, most + 30).map(draw)}</ol>
        </details>
      )}
    </div>
  );
}
