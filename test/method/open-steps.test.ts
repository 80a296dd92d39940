import { describe, expect, it } from "vitest";
import { checklistGate } from "../../src/method/checklist.ts";
import { approachKey, candidates } from "../../src/method/choose-target.ts";
import { openSteps } from "../../src/method/open-steps.ts";
import { beginning } from "../../src/method/state.ts";
import type { Entry, Verdict } from "../../src/vocabulary/journal.ts";
import type { Proposal } from "../../src/vocabulary/proposal.ts";
import { began, fold, MiB, noHistory, profileOf, proposal, ready, sample, tests, traced } from "./state-builder.ts";

const step = (state: Parameters<typeof openSteps>[0]) => openSteps(state).open[0]?.step ?? null;

const opened = (number: number, it: Proposal, commit = "base"): Entry => ({
  kind: "opened",
  experiment: number,
  commit,
  key: approachKey(it),
  proposal: it,
});
const implemented = (number: number): Entry => ({
  kind: "implemented",
  experiment: number,
  commit: `c${number}`,
  refusal: null,
  patch: "",
  changedLines: 1,
  changed: [],
  findings: [],
});
const verdict = (status: Verdict["status"], more: Partial<Verdict> = {}): Verdict => ({
  status,
  rule: "gain",
  reason: "r",
  label: null,
  heapGainBytes: 10 * MiB,
  processGainBytes: 10 * MiB,
  slowdownRatio: 1,
  parked: false,
  ...more,
});

describe("the order of the steps", () => {
  it("is history, test, calibrate, profile, propose, choose", () => {
    let state = beginning;
    expect(step(state)).toBe(null);
    const entries: [Entry, string][] = [
      [began(), "history"],
      [{ kind: "history", history: noHistory }, "test"],
      [{ kind: "tested", experiment: null, repeat: 0, run: tests({ a: "passed" }) }, "test"],
      [{ kind: "tested", experiment: null, repeat: 1, run: tests({ a: "passed" }) }, "calibrate"],
      [{ kind: "calibrated", samples: [sample(130), sample(130)], traced: traced(100) }, "profile"],
      [{ kind: "profiled", commit: "base", profile: profileOf("base", 100) }, "propose"],
      [{ kind: "proposed", commit: "base", proposals: [proposal("x", 20)], forbidden: [], observed: null }, "choose"],
    ];
    for (const [entry, next] of entries) {
      state = fold([entry], state);
      expect(step(state)).toBe(next);
    }
  });

  it("is implement, verify, measure, settle inside an experiment, and a keep demands a fresh table", () => {
    const it_ = proposal("x", 20);
    let state = fold([opened(1, it_)], ready([it_]));
    expect(step(state)).toBe("implement");
    state = fold([implemented(1)], state);
    expect(step(state)).toBe("verify");
    state = fold([{ kind: "tested", experiment: 1, repeat: 0, run: tests({ a: "passed", b: "passed" }) }], state);
    expect(step(state)).toBe("measure");
    const pair = (index: number): Entry[] => [
      { kind: "sampled", experiment: 1, side: "before", pair: index, sample: sample(130) },
      { kind: "sampled", experiment: 1, side: "after", pair: index, sample: sample(110) },
    ];
    state = fold([{ kind: "traced", experiment: 1, run: traced(80) }, ...pair(0), ...pair(1), ...pair(2)], state);
    expect(step(state)).toBe("measure"); // the changed functions' time is still to be taken
    state = fold([{ kind: "clocked", experiment: 1, alone: true, before: [], after: [] }], state);
    expect(step(state)).toBe("measure"); // whether its runs changed what they may not
    state = fold([{ kind: "inspected", experiment: 1, changed: [], leftBytes: 0 }], state);
    expect(step(state)).toBe("settle");
    state = fold([{ kind: "decided", experiment: 1, verdict: verdict("keep") }], state);
    expect(step(state)).toBe("settle"); // decided, not yet carried out
    state = fold([{ kind: "kept", experiment: 1, commit: "c1", heapPeakBytes: 80 * MiB, processPeakBytes: 110 * MiB }], state);
    expect(step(state)).toBe("profile");
    expect(openSteps(state).closed[0]).toMatchObject({
      step: "choose",
      reason: "the per-stage table is older than the last keep",
    });
  });

  it("goes straight to the verdict when a test is broken twice", () => {
    const it_ = proposal("x", 20);
    const broken: Entry = { kind: "tested", experiment: 1, repeat: 0, run: tests({ a: "failed", b: "passed" }) };
    let state = fold([opened(1, it_), implemented(1), broken], ready([it_]));
    expect(step(state)).toBe("verify");
    state = fold([broken], state);
    expect(step(state)).toBe("settle");
  });

  it("stops when every candidate was tried", () => {
    const it_ = proposal("x", 20);
    const state = fold(
      [opened(1, it_), implemented(1), { kind: "decided", experiment: 1, verdict: verdict("discard", { rule: "no gain" }) }],
      ready([it_]),
    );
    expect(step(state)).toBe("plateau");
  });
});

describe("the choice", () => {
  it("is by measured bytes alone", () => {
    const all = [proposal("small", 2), proposal("large", 40), proposal("middle", 9)];
    expect(candidates(ready(all)).map((it) => it.subject)).toEqual(["large", "middle", "small"]);
  });

  it("never repeats a discarded approach, and tries a parked one again after a keep", () => {
    const [a, b] = [proposal("a", 40), proposal("b", 20)];
    let state = fold(
      [
        opened(1, a),
        implemented(1),
        { kind: "decided", experiment: 1, verdict: verdict("discard", { rule: "no gain", parked: true }) },
      ],
      ready([a, b]),
    );
    expect(candidates(state).map((it) => it.subject)).toEqual(["b"]);
    state = fold(
      [
        opened(2, b),
        implemented(2),
        { kind: "decided", experiment: 2, verdict: verdict("keep") },
        { kind: "kept", experiment: 2, commit: "c2", heapPeakBytes: 80 * MiB, processPeakBytes: 100 * MiB },
        { kind: "profiled", commit: "c2", profile: profileOf("c2", 80) },
        { kind: "proposed", commit: "c2", proposals: [a, b], forbidden: [], observed: null },
      ],
      state,
    );
    expect(candidates(state).map((it) => it.subject)).toEqual(["a"]);
    const discarded = fold(
      [
        opened(3, a, "c2"),
        implemented(3),
        { kind: "decided", experiment: 3, verdict: verdict("discard", { rule: "correctness" }) },
      ],
      state,
    );
    expect(candidates(discarded)).toEqual([]);
  });

  it("drops a technique that failed three times in one file for one reason", () => {
    const all = ["a", "b", "c", "d"].map((name, index) => proposal(name, 40 - index));
    const failed = all
      .slice(0, 3)
      .flatMap((it, index): Entry[] => [
        opened(index + 1, it),
        implemented(index + 1),
        { kind: "decided", experiment: index + 1, verdict: verdict("discard", { rule: "correctness" }) },
      ]);
    expect(candidates(fold(failed, ready(all)))).toEqual([]);
  });
});

describe("the checklist gate", () => {
  const profile = profileOf("base", 100);
  const gate = (it: Proposal, more = {}) => checklistGate(it, profile, { library: false, allow: [], ...more });
  const withAnswer = (name: string, text: string) => {
    const it = proposal("x", 20);
    return { ...it, checklist: { ...it.checklist, [name]: text } };
  };

  it("opens for concrete answers", () => expect(gate(proposal("x", 20))).toEqual({ open: true }));
  it.each(["reducible", "persistent", "exercised", "mechanism"])("refuses an empty, vague or figureless answer to %s", (name) => {
    for (const text of ["", "unknown", "maybe 3 MiB are freed", "it uses less memory then", "frees x for 0 MiB"]) {
      expect(gate(withAnswer(name, text))).toMatchObject({ open: false });
    }
  });
  it("refuses what the profile refutes", () => {
    expect(gate(proposal("x", 500))).toMatchObject({ open: false, reason: "it claims more memory than stood at the peak" });
    expect(gate(proposal("x", 0))).toMatchObject({ open: false });
    expect(gate(proposal("x", 20, { site: { file: "other.py", qualname: "f", line: 1 } }))).toMatchObject({ open: false });
  });
  it("closes import-time in a library unless allowed", () => {
    const it_ = proposal("x", 20, { category: "import-time" });
    const asked = { ...it_, checklist: { ...it_.checklist, category: "import-time" as const } };
    expect(gate(asked, { library: true })).toMatchObject({ open: false });
    expect(gate(asked, { library: true, allow: ["import-time"] })).toEqual({ open: true });
    expect(gate(asked)).toEqual({ open: true });
  });
});
