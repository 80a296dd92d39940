import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { companion, groups, joined, type Kept, titleOf, topicOf } from "../../src/method/pull-requests.ts";
import type { Experiment } from "../../src/method/state.ts";
import { fold, MiB, proposal, ready } from "./state-builder.ts";

function kept(order: number, files: string[], gainMib = 1, summary = `Free thing ${order} before the peak`): Kept {
  const state = fold(
    [
      { kind: "opened", experiment: 1, commit: "base", key: "k", proposal: proposal("x", 2, { summary }) },
      {
        kind: "decided",
        experiment: 1,
        verdict: {
          status: "keep",
          rule: "gain",
          reason: "",
          label: null,
          heapGainBytes: gainMib * MiB,
          processGainBytes: null,
          slowdownRatio: null,
          parked: false,
        },
      },
    ],
    ready([]),
  );
  return { order, files, experiment: state.experiments[0] as Experiment };
}
const orders = (all: readonly { kept: readonly Kept[] }[]) => all.map((it) => it.kept.map((one) => one.order));

describe("groups of kept changes", () => {
  it("are apart where they share no file, biggest first, and together where they do, in the order in which they were made", () => {
    const all = [kept(0, ["a.py"], 3), kept(1, ["b.py"], 9), kept(2, ["a.py", "c.py"], 1), kept(3, ["d.py"], 2)];
    expect(orders(groups(all))).toEqual([[1], [0, 2], [3]]);
  });

  it("join what a later change ties together", () => {
    expect(orders(groups([kept(0, ["a.py"]), kept(1, ["b.py"]), kept(2, ["a.py", "b.py"])]))).toEqual([[0, 1, 2]]);
  });

  it("never share a file, lose nothing and double nothing", () => {
    const files = fc.subarray(["a", "b", "c", "d", "e", "f"], { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(files, { minLength: 1, maxLength: 8 }), (each) => {
        const made = groups(each.map((it, order) => kept(order, it)));
        expect(orders(made).flat().sort()).toEqual(each.map((_, order) => order));
        const named = made.flatMap((it) => it.files);
        expect(new Set(named).size).toBe(named.length);
      }),
    );
  });

  it("that do not stand alone go with what came just before them; the first with the next; the only one with none", () => {
    const [a, b, c] = [kept(0, ["a"]), kept(1, ["b"]), kept(2, ["c"])].map((it) => joined([{ kept: [it], files: it.files }]));
    const all = [c, b, a].flatMap((it) => it ?? []);
    expect(companion(all[0] as (typeof all)[0], all)).toBe(b);
    expect(companion(a as (typeof all)[0], all)).toBe(b);
    expect(companion(a as (typeof all)[0], [a as (typeof all)[0]])).toBeNull();
  });
});

describe("names", () => {
  const one = (summary: string) => joined([{ kept: [kept(0, ["a"], 1, summary)], files: ["a"] }]);
  it.each([
    ["stop recording into _processing_log, which nothing reads", "stop-recording-into-processing-log"],
    ["free `Überhänge` before the peak", "free-u-berha-nge-before-the-peak"],
    ["—", "change"],
    [`share ${"x".repeat(60)}`, "share"],
  ])("%s is the topic %s", (summary, topic) => expect(topicOf(one(summary), [])).toBe(topic));

  it("do not come twice", () => expect(topicOf(one("free x"), ["free-x", "free-x-2"])).toBe("free-x-3"));

  it("are titles of at most 72 characters that say how many more there are", () => {
    const long = "hand the rows of the table over to the writer, which frees them before the peak";
    expect(titleOf(one("free x"))).toBe("mem: free x");
    expect(titleOf(one(long)).length).toBeLessThanOrEqual(72);
    const two = joined([{ kept: [kept(0, ["a"], 9, long), kept(1, ["a"], 1)], files: ["a"] }]);
    expect(titleOf(two)).toMatch(/^mem: hand the rows .*… \(\+1 more\)$/);
    expect(titleOf(two).length).toBeLessThanOrEqual(72);
  });
});
