import type { ReportExperiment } from "../../src/vocabulary/report.ts";
import { mibOrDash, percent, short, size } from "../words.ts";
import { Command } from "./command.tsx";
import { Diff } from "./diff.tsx";

/** All that is known of one experiment. */
export function Details({ it }: { it: ReportExperiment }) {
  return (
    <div class="details">
      <p class="verdict">
        <b>{verdictWord(it)}</b> {it.reason}
        {it.rule && <span class="quiet"> (rule: {it.rule.replaceAll("-", " ")})</span>}
      </p>
      <dl>
        <Fact name="What">
          {it.summary}{" "}
          <span class="quiet">
            ({it.technique}, {it.category.replaceAll("-", " ")})
          </span>
        </Fact>
        <Fact name="Where">
          <code>
            {it.site.file}:{it.site.line} {it.site.qualname}
          </code>
        </Fact>
        <Fact name="Evidence">{it.evidence}</Fact>
        <Fact name="Mechanism">{it.checklist.mechanism}</Fact>
        <Fact name="Expected">
          {size(it.expectedBytes)} of {size(it.evidenceBytes)}
        </Fact>
        {it.declaredCosts.length > 0 && <Fact name="Costs">{it.declaredCosts.join("; ")}</Fact>}
        {it.consent && <Fact name="Needs leave">--allow {it.consent}</Fact>}
      </dl>
      <Figures it={it} />
      <Notes it={it} />
      <details class="figures">
        <summary>The checklist before the edit</summary>
        <dl>
          <Fact name="1 Category">{it.checklist.category}</Fact>
          <Fact name="2 Visible">{it.checklist.visible}</Fact>
          <Fact name="3 Reducible">{it.checklist.reducible}</Fact>
          <Fact name="4 Persistent">{it.checklist.persistent}</Fact>
          <Fact name="5 Exercised">{it.checklist.exercised}</Fact>
          <Fact name="6 Mechanism">{it.checklist.mechanism}</Fact>
          <Fact name="7 Safe">{it.checklist.productionSafe}</Fact>
          <Fact name="8 Cheap check">{it.checklist.verifyCheaply}</Fact>
        </dl>
      </details>
      {it.patch && it.patch.text !== "" && <Diff patch={it.patch} number={it.number} />}
      {it.command && <Command what="Measure it again" command={it.command} />}
      {it.commit && (
        <p class="quiet small">
          commit <code>{short(it.commit)}</code> on <code>{short(it.parent)}</code>
        </p>
      )}
    </div>
  );
}

function verdictWord(it: ReportExperiment): string {
  if (it.status === "keep") return it.label ? `Kept (${it.label}):` : "Kept:";
  if (it.status === "taken back") return "Kept, then taken back:";
  if (it.status === "open") return "Under way.";
  return it.status === "crash" ? "Crashed:" : "Discarded:";
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** The runs behind the verdict. */
function Figures({ it }: { it: ReportExperiment }) {
  const { runs } = it;
  const pairs = Math.max(runs.before.length, runs.after.length);
  if (pairs === 0 && runs.heapBytes.length === 0 && !it.tests) return null;
  const times = (side: "before" | "after") =>
    runs[side].map((run) => (run.targetMs === null ? "–" : `${Math.round(run.targetMs)}`));
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Measured</th>
            <th class="n">Before</th>
            <th class="n">After</th>
            <th class="n">Change</th>
            <th>Runs</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <td>Heap peak, MiB</td>
            <td class="n">{mibOrDash(it.heap.before)}</td>
            <td class="n">{mibOrDash(it.heap.after)}</td>
            <td class="n">{percent(it.heap.before, it.heap.after) ?? "–"}</td>
            <td class="quiet">{runs.heapBytes.map(mibOrDash).join(" · ")}</td>
          </tr>
          <tr>
            <td>Process peak, MiB</td>
            <td class="n">{mibOrDash(it.process.before)}</td>
            <td class="n">{mibOrDash(it.process.after)}</td>
            <td class="n">{percent(it.process.before, it.process.after) ?? "–"}</td>
            <td class="quiet">
              {runs.before.map((run, index) => (
                <span class="run">
                  {mibOrDash(run.peakBytes)} → {mibOrDash(runs.after[index]?.peakBytes ?? null)}
                </span>
              ))}
            </td>
          </tr>
          {pairs > 0 && (
            <tr>
              <td>Time, ms</td>
              <td class="n">{times("before").join(" · ")}</td>
              <td class="n">{times("after").join(" · ")}</td>
              <td class="n">{timeRatio(runs)}</td>
              <td />
            </tr>
          )}
          {it.functions.map((one) => (
            <tr>
              <td>
                <code>{one.qualname}</code> alone, ms
              </td>
              <td class="n">{one.beforeMs?.toFixed(1) ?? "–"}</td>
              <td class="n">{one.afterMs?.toFixed(1) ?? "–"}</td>
              <td class="n">{one.beforeMs && one.afterMs ? `×${(one.afterMs / one.beforeMs).toFixed(2)}` : "–"}</td>
              <td />
            </tr>
          ))}
          {it.otherTiers.map((one) => (
            <tr>
              <td>Heap peak of tier {one.tier}, MiB</td>
              <td />
              <td class="n">{mibOrDash(one.heapPeakBytes)}</td>
              <td />
              <td />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Of the middle runs. Times of runs that had company on the machine are in it: it tells the order, the verdict goes by its own rule. */
function timeRatio(runs: ReportExperiment["runs"]): string {
  const middle = (side: "before" | "after") => {
    const times = runs[side].flatMap((run) => (run.targetMs === null ? [] : [run.targetMs])).sort((a, b) => a - b);
    return times[Math.floor((times.length - 1) / 2)];
  };
  const [before, after] = [middle("before"), middle("after")];
  return before && after !== undefined ? `×${(after / before).toFixed(2)}` : "–";
}

function Notes({ it }: { it: ReportExperiment }) {
  const notes = [
    it.tests && (it.tests.failed.length > 0 ? `Tests broken: ${it.tests.failed.join(", ")}` : `${it.tests.passed} tests pass`),
    it.guardExitCode !== null && `guard command: exit code ${it.guardExitCode}`,
    it.reworks > 0 && `repaired ${it.reworks} times`,
    ...it.invalid.map((why) => `invalid run, measured again: ${why}`),
    ...it.findings.map((one) => `${one.file}:${one.line} ${one.text}${one.blocking ? " (blocking)" : ""}`),
  ].filter((note) => typeof note === "string");
  return notes.length === 0 ? null : (
    <ul class="small">
      {notes.map((note) => (
        <li>{note}</li>
      ))}
    </ul>
  );
}
