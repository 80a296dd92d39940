import { useState } from "preact/hooks";
import type { StageRow } from "../../src/vocabulary/profile.ts";
import type { Report, ReportProfile } from "../../src/vocabulary/report.ts";
import { Bar } from "../drawing/bar.tsx";
import { change, mib, mibOrDash, short, size } from "../words.ts";

/** The profiles of one tier, oldest first. */
export const profilesOf = (report: Report): ReportProfile[] => {
  const current = report.tiers.find((it) => it.current)?.name;
  return report.profiles.filter((it) => it.tier === current);
};

export const profileName = (it: ReportProfile, first: boolean): string =>
  first ? "at the start" : it.experiment === null ? `at ${short(it.commit)}` : `after experiment ${it.experiment}`;

/** The same stage in two tables: by name and, where a name is there more than once, by which of them it is. */
function pairs(
  before: readonly StageRow[],
  after: readonly StageRow[],
): { name: string; before: StageRow | null; after: StageRow | null }[] {
  const keyed = (rows: readonly StageRow[]) => {
    const seen = new Map<string, number>();
    return rows.map((row) => {
      const count = seen.get(row.name) ?? 0;
      seen.set(row.name, count + 1);
      return { key: `${row.name}\0${count}`, row };
    });
  };
  const [left, right] = [keyed(before), keyed(after)];
  const gone = left.filter((it) => !right.some((other) => other.key === it.key));
  const rows = right.map(({ key, row }) => ({
    name: row.name,
    before: left.find((it) => it.key === key)?.row ?? null,
    after: row,
  }));
  for (const { row } of gone) {
    const at = before.indexOf(row);
    rows.splice(Math.min(at, rows.length), 0, { name: row.name, before: row, after: null as unknown as StageRow });
  }
  return rows;
}

/** Per stage: how high the heap stood inside it, before and after, with a mark where it stood when the stage had ended. */
export function Stages({ report }: { report: Report }) {
  const all = profilesOf(report);
  const [chosen, choose] = useState<string | null>(null);
  const first = all[0];
  const last = all.find((it) => it.commit === chosen) ?? all.at(-1);
  if (!first || !last) return null;
  const rows = pairs(first.table.rows, last === first ? [] : last.table.rows);
  const shown = last === first ? first.table.rows.map((row) => ({ name: row.name, before: row, after: null })) : rows;
  const whole = Math.max(first.table.peakBytes, last.table.peakBytes, 1);
  const { pipeline } = first.table;
  return (
    <section id="stages" aria-labelledby="stages-title">
      <header>
        <h2 id="stages-title">Stage by stage</h2>
        <p>
          The stages of <code>{pipeline.qualname}</code> in order. Bars: how high the heap stood inside the stage; the line in a
          bar: where it stood when the stage had ended.
        </p>
      </header>
      <div class="tools">
        <Key before={profileName(first, true)} after={last === first ? null : profileName(last, false)} />
        {all.length > 2 && (
          <label class="small quiet">
            compare with{" "}
            <select value={last.commit} onChange={(event) => choose(event.currentTarget.value)}>
              {all.slice(1).map((it) => (
                <option value={it.commit}>{profileName(it, false)}</option>
              ))}
            </select>
          </label>
        )}
      </div>
      <ol class="stages" data-chart="stages">
        {shown.map((row) => (
          <Stage row={row} whole={whole} single={last === first} />
        ))}
      </ol>
      <details class="figures">
        <summary>The tables in figures</summary>
        <div class="two">
          <Table profile={first} name={profileName(first, true)} />
          {last !== first && <Table profile={last} name={profileName(last, false)} />}
        </div>
      </details>
    </section>
  );
}

export function Key({ before, after }: { before: string; after: string | null }) {
  return (
    <p class="key small">
      <span class="dot held" aria-hidden="true" /> {before}
      {after && (
        <>
          <span class="dot saved" aria-hidden="true" /> {after}
        </>
      )}
    </p>
  );
}

function Stage(props: {
  row: { name: string; before: StageRow | null; after: StageRow | null };
  whole: number;
  single: boolean;
}) {
  const { row, whole, single } = props;
  const bar = (it: StageRow | null, kind: "held" | "saved") => (
    <Bar
      parts={it ? [{ from: 0, to: it.peakBytes / whole, kind }] : []}
      marks={it ? [it.cumulativeBytes / whole] : []}
      height={11}
    />
  );
  const [before, after] = [row.before?.peakBytes ?? null, row.after?.peakBytes ?? null];
  const differs = before !== null && after !== null ? after - before : null;
  return (
    <li class="step">
      <span class="name">
        <code>{row.name}</code>
        {(row.before ?? row.after)?.count !== 1 && <span class="quiet small"> ×{(row.before ?? row.after)?.count}</span>}
      </span>
      <span class="pair">
        {bar(row.before, "held")}
        {!single && bar(row.after, "saved")}
      </span>
      <span class="n">
        {single ? (
          size(before)
        ) : (
          <>
            {mibOrDash(before)} → {mibOrDash(after)}
            <span class={`small ${differs === null || differs > 0 ? "quiet" : "saved"}`}>
              {differs === null ? (row.after ? "new" : "gone") : change(differs)}
            </span>
          </>
        )}
      </span>
    </li>
  );
}

function Table({ profile, name }: { profile: ReportProfile; name: string }) {
  return (
    <div class="scroll">
      <table>
        <caption>
          {name}: peak {size(profile.table.peakBytes)}
        </caption>
        <thead>
          <tr>
            <th>Stage</th>
            <th class="n">Delta MiB</th>
            <th class="n">Cumul MiB</th>
            <th class="n">Peak MiB</th>
            <th class="n">Process MiB</th>
          </tr>
        </thead>
        <tbody>
          {profile.table.rows.map((it) => (
            <tr>
              <td>
                <code>{it.name}</code>
              </td>
              <td class="n">{change(it.deltaBytes)}</td>
              <td class="n">{mib(it.cumulativeBytes)}</td>
              <td class="n">{mib(it.peakBytes)}</td>
              <td class="n">{mibOrDash(it.processPeakBytes)}</td>
            </tr>
          ))}
          {profile.table.beside.map((it) => (
            <tr class="quiet">
              <td>{it.name}</td>
              <td />
              <td />
              <td class="n">{mib(it.bytes)}</td>
              <td />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
