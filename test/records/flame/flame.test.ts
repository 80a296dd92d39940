import { describe, expect, it } from "vitest";
import { collapsed } from "../../../src/records/flame/collapsed.ts";
import { speedscope } from "../../../src/records/flame/speedscope.ts";
import { flameSvg } from "../../../src/records/flame/svg.ts";
import { flameTree } from "../../../src/records/flame/tree.ts";
import type { PeakStacks, Stack } from "../../../src/vocabulary/stacks.ts";

const MiB = 1024 * 1024;
const frame = (name: string, line = 1, file = "app.py") => ({ file, line, function: name });
const peak = (stacks: Stack[]): PeakStacks => ({
  source: "memray",
  peakBytes: stacks.reduce((sum, it) => sum + it.bytes, 0),
  allocations: null,
  stacks,
  partial: null,
});
const three = peak([
  { frames: [frame("main", 3), frame("load", 9)], bytes: 6 * MiB, blocks: 60 },
  { frames: [frame("main", 3), frame("copy", 2, "/lib/copy.py")], bytes: 3 * MiB, blocks: 3 },
  { frames: [], bytes: MiB, blocks: 1 },
]);

describe("a flame graph", () => {
  it("merges stacks from the outermost frame, largest first, and loses no byte", () => {
    const root = flameTree(three);
    expect(root.bytes).toBe(10 * MiB);
    expect(root.children.map((it) => [it.frame?.function, it.bytes / MiB])).toEqual([["main", 9]]);
    expect(root.children[0]?.children.map((it) => it.frame?.function)).toEqual(["load", "copy"]);
  });

  it("leaves the import machinery out", () => {
    const imports = [frame("main"), frame("_find_and_load", 1, "<frozen importlib._bootstrap>"), frame("<module>", 2, "m.py")];
    const root = flameTree(peak([{ frames: imports, bytes: 8, blocks: 1 }]));
    expect(root.children[0]?.children[0]?.frame?.file).toBe("m.py");
  });

  it("is drawn with the same bytes in the same place each time, text that fits, and nothing unescaped", () => {
    const hostile = peak([{ frames: [frame('</title><script>alert("x")</script>&\u0007', 1)], bytes: 5 * MiB, blocks: 1 }]);
    const svg = flameSvg(hostile, { title: "<b>&", width: 400 });
    for (const bad of ["<script", "<b>", "\u0007"]) expect(svg).not.toContain(bad);
    expect(svg).toContain("&lt;/title&gt;");
    expect(flameSvg(three, { title: "t", width: 1200 })).toBe(flameSvg(three, { title: "t", width: 1200 }));
    for (const [, width, text] of flameSvg(three, { title: "t", width: 300 }).matchAll(
      /width="([\d.]+)" height="17"\/>(?:<text[^>]*>([^<]*))?/g,
    ))
      expect((text ?? "").length * 6.7).toBeLessThanOrEqual(Number(width));
  });

  it("stays small with 50,000 stacks", () => {
    const stacks = Array.from({ length: 50_000 }, (_, index) => ({
      frames: Array.from({ length: 12 }, (_, depth) => frame(`f${depth}`, (index % 3 ** Math.min(depth, 9)) + 1)),
      bytes: 1000 + (index % 97),
      blocks: 1,
    }));
    expect(flameSvg(peak(stacks), { title: "t", width: 1200 }).length).toBeLessThan(3_000_000);
  });
});

describe("exports", () => {
  it("write collapsed stacks with bytes as weights", () => {
    expect(collapsed(three)).toBe(
      "main (app.py:3);load (app.py:9) 6291456\nmain (app.py:3);copy (/lib/copy.py:2) 3145728\n(no Python frame) 1048576\n",
    );
    const odd = peak([{ frames: [frame("a;b\nc")], bytes: 1, blocks: 1 }]);
    expect(collapsed(odd).split("\n")).toHaveLength(2);
    expect(collapsed(odd).split(";")).toHaveLength(1);
  });

  it("write a speedscope file whose samples name shared frames", () => {
    const file = JSON.parse(speedscope(three, "run.py"));
    const [profile] = file.profiles;
    expect(profile).toMatchObject({ type: "sampled", unit: "bytes", endValue: 10 * MiB, weights: [6 * MiB, 3 * MiB, MiB] });
    expect(profile.samples).toEqual([[0, 1], [0, 2], []]);
    expect(file.shared.frames[profile.samples[0][1]]).toEqual({ name: "load", file: "app.py", line: 9 });
  });
});
