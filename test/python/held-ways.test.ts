import { describe, expect, it } from "vitest";
import { findPythons } from "../pythons.ts";
import { type Answer, censusOf, nodesOf, peakOf, runPass, script } from "./passes.ts";

const pythons = findPythons();

describe.each(pythons)("what a profile keeps on Python $version", (python) => {
  it("tells for each type by which way it is alive, and how large its objects are", () => {
    const target = script("held_ways.py");
    const peak = peakOf(runPass(python, "tree", target));
    const census = censusOf(runPass(python, "census", target, { event: peak.event, peakBytes: peak.peakBytes, frames: 2 }));
    const held = (name: string) => census.types.find((it) => it.type === `__main__:${name}`)?.heldBy;
    expect(held("Row")).toEqual({ kind: "global", path: "__main__.INDEX → dict → __main__:Row" });
    expect(held("Local")).toEqual({ kind: "local", path: "mine in main → list → __main__:Local" });
    expect(held("Shared")).toEqual({ kind: "class attribute", path: "__main__:Registry.items → list → __main__:Shared" });
    expect(held("Closed")).toMatchObject({ kind: "closure", path: expect.stringMatching(/^held in the closure closer/) });
    expect(held("Cached")).toMatchObject({ kind: "cache", path: expect.stringMatching(/^cache of load/) });
    expect(held("Caught")).toMatchObject({ kind: "traceback", path: expect.stringMatching(/^a traceback → frame/) });
    const rows = census.types.find((it) => it.type === "__main__:Row");
    expect(rows?.sizes.reduce((sum, it) => sum + it.count, 0)).toBe(20_000);
  });

  it.runIf(process.platform === "linux")("keeps the tree of a process that was killed at its peak", () => {
    const answers = runPass(python, "tree", script("killed.py"));
    expect(answers.some((it) => it.kind === "result")).toBe(false);
    const last = answers.slice(answers.findLastIndex((it) => it.kind === "saved"));
    expect(peakOf(last).peakBytes).toBeGreaterThan(100 * 2 ** 20);
    const grows = nodesOf(last).find((it) => it.callee === "held.append");
    expect(grows?.deltaBytes).toBeGreaterThan(100 * 2 ** 20);
  });

  it.runIf(process.platform === "linux")("comes to the peak of a process whose forked workers live", () => {
    const target = script("pool_at_peak.py");
    const tree: Answer[] = runPass(python, "tree", target);
    const peak = peakOf(tree);
    expect(tree.find((it) => it.kind === "threads")?.["count"]).toBeGreaterThan(0);
    const census = censusOf(runPass(python, "census", target, { event: peak.event, peakBytes: peak.peakBytes, frames: 2 }));
    expect(census.tracedBytes).toBeGreaterThan(14 * 2 ** 20);
  });
});
