import { describe, expect, it } from "vitest";
import { pictureOf, stacksOf } from "../../../src/method/picture.ts";
import { flameTree } from "../../../src/records/flame/tree.ts";
import { flameColumns } from "../../../src/records/report/flame.ts";
import { reportOf } from "../../../src/records/report/report.ts";
import { Report } from "../../../src/vocabulary/report.ts";
import type { PeakStacks } from "../../../src/vocabulary/stacks.ts";
import { began, fold, MiB } from "../../method/state-builder.ts";
import { entriesOf } from "../../web/a-session.ts";

const frame = (name: string, line = 1) => ({ file: "app.py", line, function: name });
const stacks = (...all: [string[], number][]): PeakStacks => ({
  source: "tracemalloc",
  peakBytes: all.reduce((sum, it) => sum + it[1], 0),
  allocations: null,
  stacks: all.map(([names, bytes]) => ({ frames: names.map((it) => frame(it)), bytes, blocks: 1 })),
  partial: null,
});

describe("the data of the pages", () => {
  it("fits its schema, adds up, and is the same whenever it is read", () => {
    const entries = entriesOf({ experiments: 7 });
    const report = reportOf(fold(entries));
    expect(Report.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
    expect(reportOf(fold(entries))).toEqual(report);
    expect(report?.counts).toEqual({ experiments: 7, keeps: 3, discards: 4, crashes: 0 });
    const gains = (report?.experiments ?? []).map((it) => (it.heap.before ?? 0) - (it.heap.after ?? 0));
    expect((report?.heap.before ?? 0) - gains.reduce((sum, it) => sum + it, 0)).toBeCloseTo(report?.heap.after ?? 0, 0);
    expect(report?.profiles.map((it) => it.flame !== null)).toEqual([true, false, false, true]);
    expect(report?.experiments[0]?.command).toBe("codeflash-memory compare base c1 --target app.py");
  });

  it("is there as soon as a session has begun, with nothing that is not known", () => {
    expect(reportOf(fold([]))).toBeNull();
    const report = reportOf(fold([began()]));
    expect(Report.parse(report)).toMatchObject({
      outcome: "unfinished",
      heap: { before: null, after: null },
      now: { step: "history" },
    });
  });

  it("quotes what a shell would read otherwise", () => {
    const target = { kind: "script" as const, path: "my app.py", args: ["--x", "it's"] };
    const start = { ...began(), target, tiers: [{ name: "B", target, targetName: "my app.py" }] } as ReturnType<typeof began>;
    const commands = reportOf(fold([start]))?.commands.map((it) => it.command);
    expect(commands?.[0]).toBe("codeflash-memory profile --flame peak.svg 'my app.py' -- --x 'it'\\''s'");
  });

  it("cuts long texts and patches of long sessions, and says by how much", () => {
    const long = "x".repeat(5000);
    const report = reportOf(fold(entriesOf({ experiments: 2000, text: long })));
    const cut = report?.experiments.at(-1);
    expect(cut?.patch?.cutBytes).toBeGreaterThan(4000);
    expect(cut?.evidence.endsWith("…")).toBe(true);
    expect(JSON.stringify(report?.experiments).length).toBeLessThan(7_000_000);
  });
});

describe("the stacks at a peak", () => {
  it("come back from the journal as they went in", () => {
    const taken = stacks([["main", "load"], 30], [["main", "work"], 10]);
    expect(stacksOf(pictureOf(taken))).toEqual(taken);
  });

  it("begin with the first frame of the project, where they have one", () => {
    const runner = { file: "/usr/lib/python3/site-packages/runner.py", line: 1, function: "run" };
    const taken = stacks([["main", "load"], 30]);
    const outer = { ...taken, stacks: taken.stacks.map((it) => ({ ...it, frames: [runner, ...it.frames] })) };
    expect(stacksOf(pictureOf(outer))).toEqual(taken);
    const alone = { ...taken, stacks: [{ frames: [runner], bytes: 1, blocks: 1 }] };
    expect(stacksOf(pictureOf(alone)).stacks).toEqual(alone.stacks);
  });

  it("stand as columns in which each call holds what stands below it", () => {
    const flame = flameColumns(flameTree(stacks([["main", "load"], 30], [["main", "work", "deep"], 10])), 40);
    const names = flame.frame.map((it) => flame.names[flame.frames[it]?.[0] ?? -1]);
    expect(names).toEqual(["main", "load", "work", "deep"]);
    expect(flame.depth).toEqual([0, 1, 1, 2]);
    expect(flame.bytes).toEqual([40, 30, 10, 10]);
  });

  it("lose their smallest calls first where there are too many, and say how many", () => {
    const many = stacks(...Array.from({ length: 50 }, (_, at): [string[], number] => [["main", `f${at}`], (at + 1) * MiB]));
    const flame = flameColumns(flameTree(many), 1, 11);
    expect(flame.bytes.length).toBe(11);
    expect(flame.leftOut).toBe(40);
    expect(Math.min(...flame.bytes)).toBe(41 * MiB);
  });
});
