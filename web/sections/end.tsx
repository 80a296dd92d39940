import type { Report } from "../../src/vocabulary/report.ts";
import { mib, mibOrDash, percent, sentence, short, size } from "../words.ts";
import { Command } from "./command.tsx";
import { Isolation } from "./isolation.tsx";

/** What the work taught about how this program uses memory. */
export function Discoveries({ report }: { report: Report }) {
  if (report.discoveries.length + report.signals.length === 0) return null;
  return (
    <section id="discoveries" aria-labelledby="discoveries-title">
      <header>
        <h2 id="discoveries-title">Discoveries</h2>
      </header>
      <ol class="prose">
        {report.discoveries.map((it) => (
          <li>
            {it.text} {it.experiment !== null && <a href={`#experiment-${it.experiment}`}>experiment {it.experiment}</a>}
          </li>
        ))}
      </ol>
      {report.signals.length > 0 && (
        <>
          <h3>Not about memory</h3>
          <ul class="prose">
            {report.signals.map((it) => (
              <li>{it}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** What stands where each tier stopped. */
export function Breakdown({ report }: { report: Report }) {
  if (report.plateaus.length === 0) return null;
  return (
    <section id="breakdown" aria-labelledby="breakdown-title">
      <header>
        <h2 id="breakdown-title">What remains, and why</h2>
      </header>
      {report.plateaus.map((it) => (
        <Plateau it={it} named={report.tiers.length > 1} />
      ))}
    </section>
  );
}

function Plateau({ it, named }: { it: Report["plateaus"][number]; named: boolean }) {
  return (
    <div class="stack">
      <p>
        {named && <b>Tier {it.tier}: </b>}
        {sentence(it.why)} {sentence(it.irreducible.replace("in the lines above", "in the lines below"))}
      </p>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th class="n">MiB</th>
              <th>Source</th>
              <th>Can it go?</th>
              <th>Why</th>
            </tr>
          </thead>
          <tbody>
            {it.breakdown.map((row) => (
              <tr>
                <td class="n">{mib(row.bytes)}</td>
                <td>
                  <code>{row.source}</code>
                </td>
                <td>{row.reducible ? <b class="warn">yes</b> : "no"}</td>
                <td class="quiet">{row.why}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {it.remaining.length > 0 && (
        <div>
          <h3>Remaining targets</h3>
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th>Target</th>
                  <th class="n">Saving, MiB</th>
                  <th>Effort</th>
                  <th>Needs</th>
                </tr>
              </thead>
              <tbody>
                {it.remaining.map((row) => (
                  <tr>
                    <td>{row.target}</td>
                    <td class="n">{mib(row.savingBytes)}</td>
                    <td class="quiet">{row.complexity}</td>
                    <td>{row.needs ? <code>--allow {row.needs}</code> : "–"}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </div>
      )}
      {it.blocked.length > 0 && (
        <details class="figures" open={it.blocked.length <= 4}>
          <summary>Blocked approaches ({it.blocked.length})</summary>
          <ul class="prose">
            {it.blocked.map((text) => (
              <li>{text}</li>
            ))}
          </ul>
        </details>
      )}
      <div>
        <h3>Secondary sweep</h3>
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th>Looked for</th>
                <th class="n">Sites</th>
                <th>Outcome</th>
              </tr>
            </thead>
            <tbody>
              {it.sweep.map((row) => (
                <tr>
                  <td>{row.kind}</td>
                  <td class="n">{row.sites}</td>
                  <td class="quiet">{row.outcome}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
    </div>
  );
}

/** Base against head measured afresh, with what a reviewer says. */
export function Milestones({ report }: { report: Report }) {
  if (report.milestones.length === 0) return null;
  return (
    <section id="milestones" aria-labelledby="milestones-title">
      <header>
        <h2 id="milestones-title">Measured afresh</h2>
        <p>At each milestone base and head run anew in fresh trees, with all tests and a review of the commits.</p>
      </header>
      <div class="scroll">
        <table class="wide">
          <thead>
            <tr>
              <th>Milestone</th>
              <th>Tier</th>
              <th class="n">Heap MiB</th>
              <th class="n">Process MiB</th>
              <th>Tests</th>
              <th>Review</th>
            </tr>
          </thead>
          <tbody>
            {report.milestones.flatMap((it) =>
              it.tiers.map((tier, index) => (
                <tr>
                  <td>{index === 0 && (it.tag ?? `${it.number} (${short(it.commit)})`)}</td>
                  <td>{tier.tier}</td>
                  <td class="n">
                    {mibOrDash(tier.heap.before)} → {mibOrDash(tier.heap.after)}{" "}
                    <span class="quiet">{percent(tier.heap.before, tier.heap.after)}</span>
                  </td>
                  <td class="n">
                    {mibOrDash(tier.process.before)} → {mibOrDash(tier.process.after)}{" "}
                    <span class="quiet">{percent(tier.process.before, tier.process.after)}</span>
                  </td>
                  <td>{it.tests ? `${it.tests.passed ?? "–"} pass, ${it.tests.failed ?? "–"} fail` : "–"}</td>
                  <td class="quiet">{index === 0 && reviewOf(it)}</td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function reviewOf(it: Report["milestones"][number]): string {
  const findings = it.findings.map((one) => `${one.file}:${one.line} ${one.text}`).join("; ") || "no findings";
  const replay = it.replay ? `; ${it.replay.ok ? "clean clone: " : ""}${it.replay.text}` : "";
  return `${it.objection ?? findings}${replay}`;
}

/** Under which conditions the figures hold, and how each can be had again. */
export function Provenance({ report }: { report: Report }) {
  const it = report.conditions;
  const facts: [string, string | null][] = [
    ["Interpreter", it.interpreter],
    ["Found by", it.runner],
    ["Allocator", it.allocator],
    ["Platform", it.platform],
    ["Command", it.command],
    ["Dependency lock", it.lockHash?.slice(0, 16) ?? null],
    ["Kind of project", it.library ? "library" : "application"],
    ["Tests", it.tests],
    ["Left out", report.tests.excluded.join(", ") || null],
    ["Pairs of runs", String(it.pairs)],
    ["Base", report.base],
    ["Head", `${report.head} (${report.branch})`],
    ["Not committed", it.uncommitted.join(", ") || null],
    ["Model", it.model && `${it.model}${it.cost === null ? "" : `, ${it.cost.toFixed(2)} US dollars`}`],
    ["Session", `${report.session}, codeflash-memory ${report.version}`],
  ];
  return (
    <section id="provenance" aria-labelledby="provenance-title">
      <header>
        <h2 id="provenance-title">Provenance</h2>
        <p>
          {size(report.heap.before)} and {size(report.heap.after)} are traced heap peaks; process peaks are what the operating
          system saw. MiB = 1,048,576 bytes.
        </p>
      </header>
      <dl class="wide">
        {facts.map(([name, text]) =>
          text === null ? null : (
            <>
              <dt>{name}</dt>
              <dd>
                <code>{text}</code>
              </dd>
            </>
          ),
        )}
      </dl>
      <Isolation isolation={it.isolation} />
      <h3>To see it for yourself</h3>
      {report.commands.map((one) => (
        <Command what={one.what} command={one.command} />
      ))}
      {report.notes.length > 0 && (
        <ul class="small quiet prose">
          {report.notes.map((note) => (
            <li>{note}</li>
          ))}
        </ul>
      )}
    </section>
  );
}
