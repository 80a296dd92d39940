import { describe, expect, it } from "vitest";
import { besideInput, crossDomain, inputBytes } from "../../src/method/inputs.ts";
import { plateau } from "../../src/method/plateau.ts";
import { advance, type Experiment, type State } from "../../src/method/state.ts";
import { sweep } from "../../src/method/sweep.ts";
import type { Inputs } from "../../src/vocabulary/measurement.ts";
import type { Settings } from "../../src/vocabulary/settings.ts";
import { began, fold, MiB, profileOf, proposal, ready, sample, traced } from "./state-builder.ts";

const inputs = (more: Partial<Inputs> = {}): Inputs => ({ fileBytes: 0, files: 0, argumentBytes: 0, often: null, ...more });

/** An experiment that was decided, as it stands in the state. */
function done(number: number, status: "keep" | "discard", gainMib: number): Experiment {
  const it_ = proposal(`p${number}`, gainMib);
  return {
    number,
    key: `k${number}`,
    proposal: it_,
    tier: "B",
    tierChecks: [],
    parent: "base",
    openedAt: 0,
    before: { heapBytes: 100 * MiB, processBytes: 130 * MiB },
    implemented: null,
    tests: [],
    guard: null,
    samples: { before: [], after: [] },
    traced: [],
    clocks: [],
    followed: { before: [], after: [] },
    tried: {},
    inspected: null,
    invalid: [],
    reworks: 0,
    gaveUp: false,
    verdict: {
      status,
      rule: status === "keep" ? "gain" : "correctness",
      reason: "",
      label: null,
      heapGainBytes: gainMib * MiB,
      processGainBytes: gainMib * MiB,
      slowdownRatio: 1,
      parked: false,
    },
    takenBack: null,
  };
}

/** A session with one candidate left, after these gains (kept) and so many discards. */
function having(gains: number[], discards = 0, settings: Partial<Settings> = {}, heapMib = 100): State {
  const left = proposal("left", 1, { technique: "drop-copy", site: { file: "app.py", qualname: "rest", line: 1 } });
  const state = ready([left], settings, heapMib);
  const experiments = [
    ...gains.map((gain, index) => done(index + 1, "keep", gain)),
    ...Array.from({ length: discards }, (_, index) => done(gains.length + index + 1, "discard", 0)),
  ];
  return { ...state, experiments };
}

/** What stands at the peak, by line: the candidate that is left is in `rest`. */
function holding(state: State, lines: [string, number][]): State {
  const profile = profileOf("base", 100);
  const place = { file: "app.py", line: 1, project: true, blocks: 1, averageBytes: 1 };
  const census = {
    projectLines: lines.map(([name, mib]) => ({ ...place, function: name, bytes: mib * MiB })),
  } as unknown as NonNullable<typeof profile.census>;
  return advance(state, { seq: 0, ts: 0, entry: { kind: "profiled", commit: "base", profile: { ...profile, census } } });
}

describe("a tier is at its plateau", () => {
  it("when nothing is left to try", () => {
    expect(plateau(ready([]))).toMatchObject({ rule: "exhausted", why: "no candidate stands above the floor" });
    expect(plateau(ready([proposal("x", 5)]))).toBeNull();
  });

  it("when 3 discards in a row meet a peak that is more than 85 % irreducible", () => {
    const fixed: [string, number][] = [
      ["a", 40],
      ["b", 30],
      ["c", 20],
    ];
    expect(plateau(holding(having([], 3), fixed))).toMatchObject({ rule: "irreducible" });
    expect(plateau(holding(having([], 2), fixed))).toBeNull();
    expect(plateau(holding(having([5], 2), fixed))).toBeNull();
    const open: [string, number][] = [
      ["rest", 40],
      ["b", 30],
      ["c", 20],
    ];
    expect(plateau(holding(having([], 3), open))).toBeNull();
  });

  it("when each of 3 keeps gave less than half of the one before, and the last less than 5 %", () => {
    expect(plateau(having([60, 20, 8, 3]))).toMatchObject({ rule: "diminishing" });
    expect(plateau(having([60, 20, 8, 5]))).toBeNull();
    expect(plateau(having([60, 20, 8]))).toBeNull();
    expect(plateau(having([200, 80, 30, 6]))).toBeNull();
  });

  it("but not by diminishing returns while the peak is above twice its input", () => {
    const with_ = (inputBytes_: number) => {
      const state = having([60, 20, 8, 3]);
      return { ...state, session: state.session && { ...state.session, inputBytes: inputBytes_ } };
    };
    expect(plateau(with_(49 * MiB))).toBeNull();
    expect(plateau(with_(51 * MiB))).toMatchObject({ rule: "diminishing" });
  });
});

describe("the input", () => {
  const seen = (it_: Inputs | null, given: number | null = null): State => {
    const first = began();
    if (first.kind !== "session-began") throw new Error("a session begins");
    const samples = [sample(130, { inputs: it_ }), sample(130)];
    return fold([
      { ...first, inputBytes: given },
      { kind: "calibrated", samples, traced: traced(100) },
    ]);
  };

  it("is what the target reads and is called with, unless the user says it", () => {
    const both = inputs({ fileBytes: 20 * MiB, argumentBytes: 5 * MiB });
    expect(inputBytes(seen(both))).toBe(25 * MiB);
    expect(inputBytes(seen(both, 7 * MiB))).toBe(7 * MiB);
    expect(inputBytes(seen(null))).toBeNull();
    expect(inputBytes(seen(inputs()))).toBeNull();
    expect(besideInput(seen(both))).toBe("the peak is 4.0 times the input of 25.0 MiB");
    expect(besideInput(seen(null))).toBeNull();
  });

  it("tells of other domains: waiting, the same file again and again, a statement that runs millions of times", () => {
    const calm = ready([]);
    expect(crossDomain(calm)).toEqual([]);
    const samples = [sample(1, { targetMs: 3000, cpuMs: 400, inputs: inputs({ often: { file: "conf.json", times: 400 } }) })];
    const slow = fold([{ kind: "calibrated", samples, traced: traced(1) }], calm);
    expect(crossDomain(slow)).toEqual([
      { domain: "latency", text: "the target waits: 0.4 s of processor time in 3.0 s" },
      { domain: "io", text: "conf.json is opened 400 times in one run" },
    ]);
    const node = {
      ...profileOf("base", 1),
      nodes: [
        {
          id: 0,
          parent: null,
          line: 9,
          endLine: 9,
          text: "",
          callee: null,
          deltaBytes: 0,
          riseBytes: 0,
          peakBytes: 0,
          count: 2_500_000,
          function: { file: "app.py", qualname: "inner", line: 8 },
        },
      ],
    };
    const hot = fold([{ kind: "profiled", commit: "base", profile: node }], calm);
    expect(crossDomain(hot)).toEqual([{ domain: "cpu", text: "app.py:9 (inner) runs 2.5 million times" }]);
  });
});

describe("the secondary sweep", () => {
  it("lists each of the four: fixed where, or why not", () => {
    const state = ready([]);
    expect(sweep(state).map((it) => it.outcome)).toEqual(
      Array(4).fill("looked for in the files that stand at the peak: none found"),
    );
    const slots = { ...done(1, "keep", 2), proposal: proposal("Row", 2, { sweep: "slots" }) };
    const forbidden = [
      {
        technique: "drop-json-round-trip",
        site: { file: "a.py", qualname: "f", line: 1 },
        subject: "x",
        evidenceBytes: 1,
        reason: "keys are no text",
      },
    ];
    const rows = sweep({ ...state, experiments: [slots], proposed: state.proposed && { ...state.proposed, forbidden } });
    expect(rows[0]).toMatchObject({ sites: 1, outcome: "experiment 1: keep" });
    expect(rows[2]).toMatchObject({ sites: 1, outcome: "a.py:f: keys are no text" });
  });
});
