import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Figures } from "../../src/method/figures.ts";
import { otherOutcome } from "../../src/method/outcomes.ts";
import { decide, rules } from "../../src/method/verdict.ts";
import { Settings } from "../../src/vocabulary/settings.ts";
import { MiB } from "./state-builder.ts";

const figures = (more: Partial<Figures> = {}): Figures => ({
  settings: Settings.parse({}),
  floors: { heapBytes: 0.0625 * MiB, processBytes: 0.65 * MiB, leastProcessBytes: 0.65 * MiB },
  heapBeforeBytes: 100 * MiB,
  heapGains: [20 * MiB],
  processGains: [18 * MiB, 18 * MiB, 18 * MiB],
  processBeforeBytes: 130 * MiB,
  crash: null,
  refusal: null,
  broken: [],
  outputChanged: false,
  changesPublic: null,
  unsafe: null,
  reaches: [],
  tampered: null,
  otherOutcome: null,
  otherAnswer: null,
  holdsBack: null,
  doesNotScale: null,
  guardFailed: null,
  targetSlowdown: 1,
  functionSlowdown: 1,
  movedTo: null,
  grownTier: null,
  consent: null,
  changedLines: 1,
  sweep: false,
  expectedBytes: 20 * MiB,
  confirmed: false,
  timeConfirmed: true,
  ...more,
});
const reach = (name: string, leave: "runtime", stated: boolean) => ({ place: "a.py:3", name, leave, stated, outward: false });
const small = { heapGains: [1 * MiB], processGains: [1 * MiB, 1 * MiB, 1 * MiB] };

describe("the verdict", () => {
  const table: [string, Partial<Figures>, string, string][] = [
    ["a clear gain", {}, "keep", "gain"],
    ["a refused edit", { refusal: "no longer parses" }, "discard", "refused"],
    ["a crash", { crash: "MemoryError" }, "crash", "crash"],
    ["a broken test", { broken: ["t::a"] }, "discard", "correctness"],
    ["another output", { outputChanged: true }, "discard", "correctness"],
    ["something unsafe", { unsafe: "a.py:3: `rows.clear()` releases the caller's object" }, "discard", "review"],
    ["a public type", { changesPublic: "a.py:3: load returns a generator" }, "discard", "consent"],
    [
      "a public type with consent",
      { changesPublic: "a.py:3: load returns a generator", settings: Settings.parse({ allow: ["api"] }) },
      "keep",
      "gain",
    ],
    ["a heavier tier that grows", { grownTier: { tier: "A", bytes: 2 * MiB } }, "discard", "regression"],
    ["a failing guard", { guardFailed: "ruff" }, "discard", "guard"],
    ["a heap that rose", { heapGains: [-1 * MiB] }, "discard", "regression"],
    [
      "a process that rose, confirmed",
      { processGains: [-2 * MiB, -2 * MiB, -2 * MiB], confirmed: true },
      "discard",
      "regression",
    ],
    [
      "a process that may have risen, behind noise",
      {
        processGains: [-1 * MiB, -1 * MiB],
        confirmed: true,
        floors: { heapBytes: 0.0625 * MiB, processBytes: 4 * MiB, leastProcessBytes: 0.65 * MiB },
      },
      "discard",
      "noise",
    ],
    ["gc.disable, and not a word of it", { reaches: [reach("gc.disable", "runtime", false)] }, "discard", "reach"],
    ["gc.disable with a reason", { reaches: [reach("gc.disable", "runtime", true)] }, "discard", "consent"],
    [
      "gc.disable with a reason and leave",
      { reaches: [reach("gc.disable", "runtime", true)], settings: Settings.parse({ allow: ["runtime"] }) },
      "keep",
      "gain",
    ],
    ["a run that rewrote a test", { tampered: "test_a.py" }, "discard", "integrity"],
    [
      "a function that gives something else",
      { otherOutcome: { text: "a.py:f gives list of another content", byType: false } },
      "discard",
      "same outcome",
    ],
    [
      "the same, with leave",
      {
        otherOutcome: { text: "a.py:f gives list of another content", byType: false },
        settings: Settings.parse({ allow: ["api"] }),
      },
      "keep",
      "gain",
    ],
    [
      "a target that answers another input otherwise, with leave",
      { otherAnswer: { text: "an input made by a seed", byType: false }, settings: Settings.parse({ allow: ["api"] }) },
      "discard",
      "same outcome",
    ],
    [
      "a target that answers by another type, with leave",
      { otherAnswer: { text: "a repeated call", byType: true }, settings: Settings.parse({ allow: ["api"] }) },
      "keep",
      "gain",
    ],
    ["a result that is kept for the next call", { holdsBack: "12 MiB stay behind" }, "discard", "repeat"],
    ["a saving at one size only", { doesNotScale: "at twice the input it saves 0 MiB" }, "discard", "scale"],
    ["memory on disk", { movedTo: { to: "disk", consent: "mmap" } }, "discard", "moved"],
    [
      "memory on disk, with leave",
      { movedTo: { to: "disk", consent: "mmap" }, settings: Settings.parse({ allow: ["mmap"] }) },
      "keep",
      "gain",
    ],
    ["memory in a child", { movedTo: { to: "a child process", consent: null } }, "discard", "moved"],
    ["a change that needs leave", { consent: "api" }, "discard", "consent"],
    ["2.5 times as slow", { targetSlowdown: 2.5 }, "discard", "slower"],
    ["1.6 times as slow", { targetSlowdown: 1.6 }, "discard", "slower"],
    ["slower by more than the peak fell", { targetSlowdown: 1.3 }, "discard", "slower"],
    ["a function that became 2.2 times slower", { functionSlowdown: 2.2 }, "discard", "slower"],
    ["a confirmed small gain", { ...small, confirmed: true }, "keep", "small gain"],
    ["a small gain for many lines", { ...small, confirmed: true, changedLines: 90 }, "discard", "small gain"],
    ["nothing", { heapGains: [0], processGains: [0, 0, 0] }, "discard", "no gain"],
  ];
  it.each(table)("%s", (_, more, status, rule) => {
    expect(decide(figures(more))).toMatchObject({ status, rule });
  });

  it("asks for more runs before it speaks on a small gain, a risen process peak or a longer time", () => {
    expect(decide(figures({ targetSlowdown: 1.6, timeConfirmed: false }))).toBe("inconclusive");
    expect(decide(figures(small))).toBe("inconclusive");
    expect(decide(figures({ processGains: [-2 * MiB, -2 * MiB, -2 * MiB] }))).toBe("inconclusive");
  });

  it("asks for leave where a function gives another type, with what it would save", () => {
    const row = (kind: string, outcome: string) => [
      [{ file: "a.py", qualname: "f", calls: 1, rows: [{ given: "x", kind, outcome }] }],
    ];
    const list = row("gives list", "r a");
    const told = (after: string) => {
      const verdict = decide(figures({ otherOutcome: otherOutcome(list, row(after, "s a")) }));
      return verdict === "inconclusive" ? verdict : verdict.reason;
    };
    expect(told("a generator")).toMatch(/^needs consent: api \(a\.py:f is a generator where it gave list, .*; would save \d/);
    expect(told("raises ValueError")).not.toMatch(/^needs consent/);
    expect(told("gives list")).not.toMatch(/^needs consent/);
  });

  it("keeps with leave what needs it", () => {
    expect(decide(figures({ consent: "api", settings: Settings.parse({ allow: ["api"] }) }))).toMatchObject({ status: "keep" });
    expect(decide(figures({ targetSlowdown: 2.5, settings: Settings.parse({ allow: ["slow"] }) }))).toMatchObject({
      status: "keep",
    });
  });

  it("labels a gain that only one figure sees", () => {
    expect(decide(figures({ processGains: [0, 0, 0] }))).toMatchObject({ status: "keep", label: "heap only" });
    expect(decide(figures({ heapGains: [0] }))).toMatchObject({ status: "keep", label: "process only" });
  });

  it("parks what gave nothing although memory was measured there", () => {
    expect(decide(figures({ heapGains: [0], processGains: [0, 0, 0] }))).toMatchObject({ parked: true });
    expect(decide(figures({ heapGains: [0], processGains: [0, 0, 0], expectedBytes: 0 }))).toMatchObject({ parked: false });
  });

  it("has a reason for every rule of the list in the table above", () => {
    expect(new Set(table.map(([, , , rule]) => rule))).toEqual(new Set(rules.map((rule) => rule.name)));
  });

  it("never keeps without a gain above the floor in every run, whatever the noise", () => {
    const gains = fc.array(fc.integer({ min: -40 * MiB, max: 40 * MiB }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(gains, gains, fc.boolean(), (heapGains, processGains, confirmed) => {
        const given = figures({ heapGains, processGains, confirmed });
        const verdict = decide(given);
        if (verdict === "inconclusive" || verdict.status !== "keep") return;
        const heap = heapGains.every((gain) => gain > given.floors.heapBytes);
        const process = processGains.every((gain) => gain > given.floors.processBytes);
        expect(heap || process).toBe(true);
      }),
    );
  });

  it("is not made a keep by more noise, whatever made it a discard", () => {
    const gains = fc.array(fc.integer({ min: -10 * MiB, max: 10 * MiB }), { minLength: 1, maxLength: 4 });
    const more = fc.record({
      heapGains: gains,
      processGains: gains,
      confirmed: fc.boolean(),
      timeConfirmed: fc.boolean(),
      targetSlowdown: fc.double({ min: 0.5, max: 3, noNaN: true }),
      changedLines: fc.integer({ min: 1, max: 80 }),
      consent: fc.constantFrom(null, "mmap"),
      processBeforeBytes: fc.integer({ min: MiB, max: 400 * MiB }),
    });
    fc.assert(
      fc.property(more, fc.integer({ min: 1, max: 20 * MiB }), (given, noise) => {
        const calm = decide(figures(given));
        const { floors } = figures();
        const noisy = decide(figures({ ...given, floors: { ...floors, processBytes: floors.processBytes + noise } }));
        if (calm !== "inconclusive" && calm.status !== "keep" && noisy !== "inconclusive") expect(noisy.status).not.toBe("keep");
      }),
      { numRuns: 5000 },
    );
  });
});
