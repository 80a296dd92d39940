import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { approachKey } from "../../src/method/choose-target.ts";
import { beginning, type State } from "../../src/method/state.ts";
import { handoff, notesOf } from "../../src/records/handoff.ts";
import { linesOf } from "../../src/records/lines.ts";
import { fenced, markdownTable } from "../../src/records/markdown.ts";
import { resultsHeader, resultsTsv } from "../../src/records/results.ts";
import { nothingReducible, summary } from "../../src/records/summary.ts";
import type { Entry } from "../../src/vocabulary/journal.ts";
import { fold, MiB, profileOf, proposal, ready, sample, tests, traced } from "../method/state-builder.ts";

function finished(description = "raw text"): { state: State; lines: string[] } {
  const it_ = proposal("raw", 20, { description });
  const lost = proposal("other", 10);
  const verdict = {
    rule: "gain",
    reason: "saves 20.0 MiB",
    label: null,
    heapGainBytes: 20 * MiB,
    processGainBytes: 18 * MiB,
    slowdownRatio: 1,
    parked: false,
  };
  const entries: Entry[] = [
    { kind: "opened", experiment: 1, commit: "base", key: approachKey(it_), proposal: it_ },
    { kind: "began", step: "implement", experiment: 1, line: "[experiment 1] Implementing: x" },
    { kind: "implemented", experiment: 1, commit: "c1", refusal: null, patch: "", changedLines: 1, changed: [], findings: [] },
    { kind: "tested", experiment: 1, repeat: 0, run: tests({ a: "passed", b: "passed" }) },
    { kind: "traced", experiment: 1, run: traced(80) },
    { kind: "sampled", experiment: 1, side: "before", pair: 0, sample: sample(130) },
    { kind: "sampled", experiment: 1, side: "after", pair: 0, sample: sample(112) },
    { kind: "decided", experiment: 1, verdict: { status: "keep", ...verdict } },
    { kind: "kept", experiment: 1, commit: "c1", heapPeakBytes: 80 * MiB, processPeakBytes: 112 * MiB },
    { kind: "profiled", commit: "c1", profile: profileOf("c1", 80) },
    { kind: "proposed", commit: "c1", proposals: [lost], forbidden: [], observed: null },
    { kind: "opened", experiment: 2, commit: "c1", key: approachKey(lost), proposal: lost },
    { kind: "implemented", experiment: 2, commit: "c2", refusal: null, patch: "", changedLines: 1, changed: [], findings: [] },
    {
      kind: "decided",
      experiment: 2,
      verdict: {
        ...verdict,
        status: "discard",
        rule: "correctness",
        reason: "a test that passed before fails: a",
        heapGainBytes: null,
        processGainBytes: null,
      },
    },
    { kind: "discovered", experiment: 2, text: "something non-obvious" },
    {
      kind: "plateau",
      rule: "exhausted",
      why: "every candidate was tried (2 experiments)",
      breakdown: [{ bytes: 50 * MiB, source: "app.py:3 (main)", reducible: false, why: "working data" }],
      irreducible: "62 % of the peak",
      blocked: ["b"],
      remaining: [],
      sweep: [{ kind: "slots", sites: 0, outcome: "none found" }],
    },
    { kind: "finished", outcome: "plateau", why: "every candidate was tried" },
  ];
  let state = ready([it_, lost]);
  const lines: string[] = [];
  for (const entry of entries) {
    state = fold([entry], state);
    lines.push(...linesOf(entry, state));
  }
  return { state, lines };
}

describe("what people are told", () => {
  it("are the method's lines in its order", () => {
    expect(finished().lines).toEqual([
      "[experiment 1] Target: raw text (data-structures, 20.0 MiB)",
      "[experiment 1] Implementing: x",
      "[experiment 1] 100.0 MiB -> 80.0 MiB (-20.0 MiB)",
      "[experiment 1] KEEP",
      "[experiment 1] target: raw text, result: KEEP, delta: -20.0 MiB (-20.0%), mechanism: Free raw before the next stage",
      "[re-profile] main:",
      ...[
        "  Stage         Delta MiB  Cumul MiB   Peak MiB",
        "  load              +80.0       80.0       80.0",
        "  Peak: 80.0 MiB",
      ],
      "[experiment 2] Target: other (data-structures, 10.0 MiB)",
      "[experiment 2] DISCARD — a test that passed before fails: a",
      "[experiment 2] target: other, result: DISCARD, delta: not measured, mechanism: Free other before the next stage",
      "[learned] something non-obvious",
      "[plateau] every candidate was tried (2 experiments)",
      "[complete] 2 experiments, 1 keep, 20.0 MiB saved, peak 100.0 MiB → 80.0 MiB (-20.0 %); 62 % of the peak",
    ]);
  });

  it("ends in a summary with every part", () => {
    const text = summary(finished().state);
    for (const part of [
      "## Per-stage tables",
      "Baseline",
      "After experiment 1",
      "## Kept",
      "## Tried and discarded",
      "a test that passed before fails",
      "1. something non-obvious",
      "## Tier breakdown",
      "[complete]",
    ])
      expect(text).toContain(part);
    expect(nothingReducible(finished().state)).toBe(null);
    expect(nothingReducible(ready([]))).toMatch(/^nothing reducible found: /);
  });
});

describe("results.tsv", () => {
  it("has the header, the baseline and a row an experiment", () => {
    const rows = resultsTsv([finished().state]).trimEnd().split("\n");
    expect(rows[0]).toBe(resultsHeader);
    expect(rows.map((row) => row.split("\t")[8])).toEqual(["status", "baseline", "keep", "discard"]);
    expect(rows[2]).toBe("c1\tapp.py\t80.0\t112.0\t-\t0.10\t2\t0\tkeep\tFree raw before the next stage");
  });
  it("keeps every row on one line with ten fields, whatever a description holds", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const it_ = proposal("x", 1, { summary: `${text}\t\n` });
        const state = fold(
          [
            { kind: "opened", experiment: 1, commit: "base", key: "k", proposal: it_ },
            {
              kind: "decided",
              experiment: 1,
              verdict: {
                status: "discard",
                rule: "r",
                reason: text,
                label: null,
                heapGainBytes: null,
                processGainBytes: null,
                slowdownRatio: null,
                parked: false,
              },
            },
          ],
          ready([it_]),
        );
        const rows = resultsTsv([state]).trimEnd().split("\n");
        expect(rows.length).toBe(3);
        expect(rows.every((row) => row.split("\t").length === 10)).toBe(true);
      }),
    );
  });
});

describe("HANDOFF.md", () => {
  it("has its sections in their order", () => {
    const headings = handoff(finished().state, notesOf(null)).match(/^## .*$/gm);
    expect(headings).toEqual(
      [
        "Environment",
        "Goal",
        "Repos",
        "Tiers",
        "Cross-Tier Baseline",
        "Baseline",
        "Current state",
        "Optimizations Kept",
        "What Was Tried and Discarded",
        "Key Discoveries",
        "Tier plateau",
        "Reviews",
        "PRs",
        "Resume here",
        "Notes",
      ].map((it) => `## ${it}`),
    );
  });
  it("keeps the user's notes to the letter", () => {
    const mine = "## Notes\n\nDo not touch `load`.\n\n## My own heading\n\ttabs  and spaces\n";
    const once = handoff(finished().state, notesOf(`# HANDOFF\n\n## Goal\n\nold\n\n${mine}`));
    expect(once.endsWith(mine)).toBe(true);
    expect(handoff(finished().state, notesOf(once))).toBe(once);
  });
  it("is the same for the same journal", () =>
    expect(handoff(finished().state, notesOf(null))).toBe(handoff(finished().state, notesOf(null))));
  it("starts empty-handed without breaking", () => expect(handoff(beginning, notesOf(null))).toBe("## Notes\n\n"));
});

describe("text from a repository", () => {
  it("breaks neither table nor fence", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const rows = markdownTable(["a", "b"], [[text, "x"]])
          .trimEnd()
          .split("\n");
        expect(rows.length).toBe(3);
        expect(
          fenced(text)
            .split("\n")
            .filter((line) => line === fenced(text).split("\n")[0]).length,
        ).toBe(2);
      }),
    );
  });
});
