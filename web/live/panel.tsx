import { useEffect, useRef, useState } from "preact/hooks";
import { duration, many, moment, size } from "../words.ts";
import { chosen, connection, follow, guidance, loadGuidance, report, saveGuidance, sessions, setStop, told } from "./store.ts";

/** What is going on now, above the page: the step, its output, and the two ways to steer. */
export function Panel() {
  const row = sessions.value.find((it) => it.session === (chosen.value ?? sessions.value[0]?.session));
  return (
    <div class="live">
      <div class="tools">
        <Sessions />
        <Connection />
      </div>
      {row?.problem && <p class="bad">{row.problem}</p>}
      {row && <Now running={row.running} />}
      <Output open={row?.running ?? false} />
      <Steering running={row?.running ?? false} />
    </div>
  );
}

function Sessions() {
  const rows = sessions.value;
  if (rows.length === 0) return <span class="quiet">No session yet. Begin with: codeflash-memory optimize &lt;target&gt;</span>;
  return (
    <label class="sessions">
      <span class="quiet small">Session </span>
      <select
        value={chosen.value ?? rows[0]?.session}
        onChange={(event) => {
          const id = event.currentTarget.value;
          chosen.value = id === rows[0]?.session ? null : id;
          follow(id);
        }}
      >
        {rows.map((it) => (
          <option value={it.session}>
            {it.running ? "● " : ""}
            {moment(it.startedAt)} · {it.target} · {size(it.heapBytes.before)} → {size(it.heapBytes.after)} · {it.keeps}/
            {it.experiments} kept
          </option>
        ))}
      </select>
    </label>
  );
}

const states = {
  connecting: "connecting…",
  open: "live",
  lost: "connection lost: trying again…",
  refused: "the server has ended: run `codeflash-memory serve` again",
};

function Connection() {
  return (
    <span class={`tag ${connection.value === "open" ? "keep" : "discard"}`} role="status" data-connection={connection.value}>
      {states[connection.value]}
    </span>
  );
}

/** The step under way and for how long. */
function Now({ running }: { running: boolean }) {
  const [now, tick] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const last = told.value.at(-1);
  const step = told.value.findLast((it) => it.step !== null);
  const open = report.value?.now;
  if (!last) return null;
  if (!running)
    return (
      <p class="now quiet">
        {report.value?.outcome === "unfinished"
          ? "Nobody works on it now; the same command goes on from here."
          : "It has ended; this is what it found."}
      </p>
    );
  return (
    <p class="now" role="status">
      <span class="pulse" aria-hidden="true" />
      <b>{open?.step ?? step?.step ?? "working"}</b>
      {open?.experiment ? ` of experiment ${open.experiment}` : ""}
      <span class="quiet"> for {duration(Math.max(0, now - (step?.ts ?? last.ts)))}</span>
    </p>
  );
}

/** The newest lines; it stays at the end as long as the reader does. */
function Output({ open }: { open: boolean }) {
  const place = useRef<HTMLPreElement>(null);
  const stays = useRef(true);
  const lines = told.value.flatMap((it) => it.lines.map((text, index) => ({ key: `${it.seq}.${index}`, text })));
  useEffect(() => {
    if (stays.current && place.current) place.current.scrollTop = place.current.scrollHeight;
  }, [lines.length]);
  return (
    <details class="output" open={open}>
      <summary class="small quiet">Output ({many(lines.length, "line")})</summary>
      <pre
        tabindex={0}
        ref={place}
        data-output
        onScroll={(event) => {
          const it = event.currentTarget;
          stays.current = it.scrollHeight - it.scrollTop - it.clientHeight < 30;
        }}
      >
        {lines.slice(-800).map((it) => (
          <span key={it.key}>{`${it.text}\n`}</span>
        ))}
      </pre>
    </details>
  );
}

function Steering({ running }: { running: boolean }) {
  const [text, write] = useState<string | null>(null);
  const [answer, tell] = useState("");
  useEffect(() => {
    loadGuidance();
  }, []);
  const known = guidance.value;
  const current = text ?? known?.text ?? "";
  const save = async () => {
    const problem = await saveGuidance(current, known?.text ?? "");
    tell(problem ?? "Saved. It is read before the next experiment.");
    if (problem === null) write(null);
  };
  const stop = async () => {
    const problem = await setStop(!(known?.stop ?? false));
    tell(problem ?? "");
    if (problem === null) write(null);
  };
  return (
    <div class="steering">
      <div class="tools">
        {(running || known?.stop) && (
          <button type="button" onClick={stop}>
            {known?.stop ? "Let it go on" : "Stop after this experiment"}
          </button>
        )}
        {known?.stop && <span class="small warn">guidance.md says stop: no further experiment is begun.</span>}
      </div>
      <details>
        <summary class="small quiet">Guide it: what to leave alone, what matters</summary>
        <p class="small quiet">
          This is <code>.codeflash/guidance.md</code>. In a block <code>```toml</code>:{" "}
          <code>avoid = ["file.py", "technique"]</code>. All else is prose that a model reads; nothing in it is run.
        </p>
        <textarea
          rows={7}
          aria-label="guidance.md"
          spellcheck={false}
          value={current}
          onInput={(event) => write(event.currentTarget.value)}
        />
        <div class="tools">
          <button type="button" onClick={save} disabled={text === null}>
            Save
          </button>
          {text !== null && (
            <button
              type="button"
              onClick={() => {
                write(null);
                loadGuidance();
              }}
            >
              Read it again
            </button>
          )}
        </div>
      </details>
      <p class="small" role="status">
        {answer}
        {known?.problem && <span class="bad"> {known.problem}</span>}
      </p>
    </div>
  );
}
