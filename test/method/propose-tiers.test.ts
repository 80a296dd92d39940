import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { likelyBenchmarks, proposeTiers } from "../../src/method/propose-tiers.ts";
import { MiB } from "./state-builder.ts";

const weighed = (...peaks: number[]) => peaks.map((mib, index) => ({ name: `t${index}`, heapPeakBytes: mib * MiB }));

describe("tiers are proposed", () => {
  it.each([
    [[8, 31, 154], { b: "t0", a: "t1", s: "t2" }],
    [[31, 8, 154, 0.1], { b: "t1", a: "t0", s: "t2" }],
    [[10, 11], { b: "t0" }],
    [[10, 100], { b: "t0", a: "t1" }],
    [[2, 100, 20], { b: "t2", a: "t1" }],
    [[0.1, 0.2], {}],
    [[], {}],
  ])("from peaks of %j MiB", (peaks, expected) => {
    expect(proposeTiers(weighed(...peaks))).toEqual(expected);
  });

  it("never twice the same, and lightest first", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 5000, noNaN: true }), { maxLength: 12 }), (peaks) => {
        const tiers = Object.values(proposeTiers(weighed(...peaks)));
        expect(new Set(tiers).size).toBe(tiers.length);
        const bytes = tiers.map((name) => peaks[Number(name?.slice(1))] ?? 0);
        expect([...bytes].sort((a, b) => a - b)).toEqual(bytes);
      }),
    );
  });

  it("from the tests whose names speak of load first", () => {
    const ids = ["t.py::test_a", "t.py::test_large_file", "t.py::test_b[100000]", "t.py::test_c[x]"];
    expect(likelyBenchmarks(ids, 2)).toEqual(["t.py::test_large_file", "t.py::test_b[100000]"]);
    expect(likelyBenchmarks(ids, 9)).toHaveLength(4);
  });
});
