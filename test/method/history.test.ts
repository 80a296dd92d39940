import { describe, expect, it } from "vitest";
import { candidates } from "../../src/method/choose-target.ts";
import { commitSubject, failedBefore, failedElsewhere, keptBefore, revertedBefore } from "../../src/method/history.ts";
import { advance, type State } from "../../src/method/state.ts";
import { strategyOf } from "../../src/method/strategy.ts";
import type { History } from "../../src/vocabulary/history.ts";
import type { Entry, Verdict } from "../../src/vocabulary/journal.ts";
import type { Proposal } from "../../src/vocabulary/proposal.ts";
import { fold, MiB, noHistory, proposal, ready } from "./state-builder.ts";

const verdict = (rule: string, more: Partial<Verdict> = {}): Verdict => ({
  status: "discard",
  rule,
  reason: `because of ${rule}`,
  label: null,
  heapGainBytes: 0,
  processGainBytes: 0,
  slowdownRatio: 1,
  parked: false,
  ...more,
});

/** An experiment from its opening to its verdict. */
function tried(state: State, it: Proposal, outcome: Verdict): State {
  const experiment = state.experiments.length + 1;
  const made: Entry = {
    kind: "implemented",
    experiment,
    commit: `${state.commit}+${experiment}`,
    refusal: null,
    patch: "",
    changedLines: 1,
    changed: [],
    findings: [],
  };
  const key = `${it.technique} @ ${it.site.file}:${it.site.qualname} # ${it.subject}`;
  const opened: Entry = { kind: "opened", experiment, commit: state.commit, key, proposal: it };
  return fold([opened, made, { kind: "decided", experiment, verdict: outcome }], state);
}

const names = (state: State) => candidates(state).map((it) => it.subject);
const knowing = (state: State, more: Partial<History>): State =>
  advance(state, { seq: 0, ts: 0, entry: { kind: "history", history: { ...noHistory, ...more } } });

describe("what failed before", () => {
  const [a, b] = [proposal("a", 20), proposal("b", 10)];
  const earlier = tried(tried(ready([a, b]), a, verdict("correctness")), b, verdict("no gain", { parked: true }));
  const bans = (unchanged: boolean, target = "app.py") => failedBefore([{ state: earlier, unchanged: () => unchanged }], target);

  it("is left alone on the same target and the same code, with its reason", () => {
    expect(bans(true)).toMatchObject([{ summary: a.summary, why: "session s, experiment 1: because of correctness" }]);
    expect(names(knowing(ready([a, b]), { banned: bans(true) }))).toEqual(["b"]);
  });

  it("is tried again where the code changed, on another target, or when it was only parked or needed leave", () => {
    expect(bans(false)).toEqual([]);
    expect(bans(true, "other.py")).toEqual([]);
    const leave = tried(ready([a]), a, verdict("consent"));
    expect(failedBefore([{ state: leave, unchanged: () => true }], "app.py")).toEqual([]);
  });

  it("counts other people's rows and their reverts", () => {
    const row = (status: string, text: string) => ["c", "app.py", "1", "2", "-", "0.1", "1", "0", status, text].join("\t");
    const rows = [
      row("discard", `${a.summary} — a test fails`),
      row("discard", `${b.summary} — needs consent: slow`),
      row("keep", b.summary),
    ];
    expect(failedElsewhere(rows, "app.py")).toMatchObject([{ summary: a.summary, why: "results.tsv: a test fails" }]);
    const long = proposal("c", 5, { summary: `Free ${"x".repeat(90)} at once` });
    const subject = `Revert "${commitSubject(long.summary)}"`;
    const reverted = revertedBefore([{ commit: "0123456789abcdef", subject, files: [] }]);
    expect(names(knowing(ready([b, long]), { banned: reverted }))).toEqual(["b"]);
  });
});

describe("what was kept before", () => {
  it("breaks ties, and nothing but ties", () => {
    const at = (file: string, mib: number) => proposal(file, mib, { site: { file, qualname: "f", line: 1 } });
    const kept = tried(ready([]), at("hot.py", 1), verdict("gain", { status: "keep" }));
    const history = { kept: keptBefore([kept, kept, kept]) };
    expect(history.kept).toHaveLength(3);
    const all = [at("cold.py", 10), at("hot.py", 10), at("large.py", 11)];
    expect(names(knowing(ready(all), {}))).toEqual(["large.py", "cold.py", "hot.py"]);
    expect(names(knowing(ready(all), history))).toEqual(["large.py", "hot.py", "cold.py"]);
  });
});

describe("strategy rotation", () => {
  it("puts the next strategy first after 3 failures on the same kind of allocation, until one of it is kept", () => {
    const format = proposal("format", 5, { strategy: "format", technique: "narrow-dtype" });
    const other = proposal("weights", 4, {
      category: "model-weights",
      checklist: { ...proposal("x", 1).checklist, category: "model-weights" },
    });
    const site = (n: number) => ({ file: `f${n}.py`, qualname: "f", line: 1 });
    const all = [1, 2, 3, 4].map((n) => proposal(`p${n}`, 20 - n, { technique: `t${n}`, site: site(n) }));
    let state = ready([...all, format, other]);
    for (const [n, it] of all.slice(0, 3).entries()) {
      expect(strategyOf(state, "data-structures"), `after ${n}`).toBe("allocations");
      state = tried(state, it, verdict("correctness"));
    }
    expect(strategyOf(state, "data-structures")).toBe("format");
    expect(strategyOf(state, "model-weights")).toBe("allocations");
    expect(names(state)).toEqual(["format", "weights", "p4"]);
  });
});

describe("pairs", () => {
  const none = verdict("no gain", { parked: true });
  const edit = (file: string, start: number) => [{ file, start, end: start + 1, text: "" }];
  const [a, b] = [proposal("a", 20, { edits: edit("app.py", 0) }), proposal("b", 12, { edits: edit("app.py", 9) })];

  it("are tried when no single change is left and each alone gave nothing", () => {
    const one = tried(ready([a, b]), a, none);
    expect(names(one)).toEqual(["b"]);
    const both = tried(one, b, none);
    const [pair, ...more] = candidates(both);
    expect(more).toEqual([]);
    expect(pair).toMatchObject({ technique: "free-dead-local + free-dead-local", expectedBytes: 12 * MiB });
    expect(pair?.edits).toHaveLength(2);
    expect(names(tried(both, pair as Proposal, none))).toEqual([]);
  });

  it("are never made of edits that meet, nor of what failed for another reason", () => {
    const same = proposal("same", 12, { edits: edit("app.py", 0) });
    expect(names(tried(tried(ready([a, same]), a, none), same, none))).toEqual([]);
    expect(names(tried(tried(ready([a, b]), a, none), b, verdict("correctness")))).toEqual([]);
  });
});
