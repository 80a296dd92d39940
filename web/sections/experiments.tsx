import { useEffect, useMemo, useState } from "preact/hooks";
import type { Report, ReportExperiment } from "../../src/vocabulary/report.ts";
import { Choice } from "../drawing/choice.tsx";
import { change, many, size } from "../words.ts";
import { Details } from "./experiment.tsx";

type Filter = "all" | "keep" | "rest";

/** Rows that are drawn at once; more when asked for. */
const atFirst = 60;

const asked = (): number | null => {
  const found = /^#experiment-(\d+)$/.exec(window.location.hash)?.[1];
  return found === undefined ? null : Number(found);
};

/** Every experiment, foldable: what was thought, changed, measured, decided. */
export function Experiments({ report }: { report: Report }) {
  const [filter, choose] = useState<Filter>("all");
  const [text, search] = useState("");
  const [most, show] = useState(atFirst);
  const [open, unfold] = useState<ReadonlySet<number>>(new Set());
  useEffect(() => {
    const follow = () => {
      const number = asked();
      if (number === null) return;
      choose("all");
      search("");
      show((it) => Math.max(it, report.experiments.findIndex((one) => one.number === number) + 20));
      unfold((it) => new Set([...it, number]));
      requestAnimationFrame(() => document.getElementById(`experiment-${number}`)?.scrollIntoView());
    };
    const all = () => unfold(new Set(report.experiments.filter((it) => it.status === "keep").map((it) => it.number)));
    follow();
    window.addEventListener("hashchange", follow);
    window.addEventListener("beforeprint", all);
    return () => {
      window.removeEventListener("hashchange", follow);
      window.removeEventListener("beforeprint", all);
    };
  }, [report]);
  const rows = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return report.experiments.filter(
      (it) =>
        (filter === "all" || (it.status === "keep") === (filter === "keep")) &&
        (wanted === "" ||
          `${it.number} ${it.description} ${it.summary} ${it.technique} ${it.site.file}:${it.site.qualname} ${it.reason}`
            .toLowerCase()
            .includes(wanted)),
    );
  }, [report, filter, text]);
  if (report.experiments.length === 0) return null;
  const toggle = (number: number, isOpen: boolean) =>
    unfold((it) => {
      const next = new Set(it);
      if (isOpen) next.add(number);
      else next.delete(number);
      return next;
    });
  return (
    <section id="experiments" aria-labelledby="experiments-title">
      <header>
        <h2 id="experiments-title">Experiments</h2>
        <p>One change each, measured against the commit before it in alternating pairs of fresh processes.</p>
      </header>
      <div class="tools">
        <Choice
          label="Which experiments"
          options={[
            ["all", `All ${report.counts.experiments}`],
            ["keep", `Kept ${report.counts.keeps}`],
            ["rest", `Not kept ${report.counts.experiments - report.counts.keeps}`],
          ]}
          value={filter}
          onChoose={choose}
        />
        <input
          type="search"
          placeholder="Search"
          aria-label="Search the experiments"
          value={text}
          onInput={(event) => search(event.currentTarget.value)}
        />
        {text !== "" && <span class="small quiet">{many(rows.length, "experiment")}</span>}
      </div>
      <div class="experiments">
        {rows.slice(0, most).map((it) => (
          <One key={it.number} it={it} open={open.has(it.number)} toggle={toggle} />
        ))}
      </div>
      {rows.length > most && (
        <p class="tools">
          <button type="button" onClick={() => show(most + 200)}>
            Show more ({rows.length - most} are left)
          </button>
          <button type="button" onClick={() => show(rows.length)}>
            Show all
          </button>
        </p>
      )}
    </section>
  );
}

const tags: Record<ReportExperiment["status"], string> = {
  keep: "keep",
  discard: "discard",
  crash: "crash",
  open: "open",
  "taken back": "back",
};

function One({ it, open, toggle }: { it: ReportExperiment; open: boolean; toggle: (number: number, open: boolean) => void }) {
  const { before, after } = it.label === "process only" ? it.process : it.heap;
  return (
    <details
      class="experiment"
      id={`experiment-${it.number}`}
      open={open}
      onToggle={(event) => toggle(it.number, event.currentTarget.open)}
    >
      <summary>
        <span class="number">{it.number}</span>
        <span class={`tag ${tags[it.status]}`}>{it.status}</span>
        <span class="name">{it.status === "keep" ? it.summary : it.description}</span>
        <span class="n">
          {before !== null && after !== null && it.status !== "open" ? (
            <>
              <span class="quiet">{size(before).split(" ")[0]} → </span>
              {size(after)} <span class={after < before ? "saved" : "quiet"}>{change(after - before)}</span>
            </>
          ) : (
            <span class="quiet">not measured</span>
          )}
        </span>
        {it.status !== "keep" && it.reason && <span class="reason quiet small">{it.reason}</span>}
      </summary>
      {open && <Details it={it} />}
    </details>
  );
}
