import { describe, expect, it } from "vitest";
import { categories, settingsOf } from "../../src/method/categories.ts";
import { knownLibraries } from "../../src/method/library-settings.ts";
import type { Census } from "../../src/vocabulary/profile.ts";

const MiB = 2 ** 20;
const area = (name: Census["areas"][number]["area"], mib: number, library: string | null = null) => ({
  area: name,
  library,
  bytes: mib * MiB,
  blocks: 1,
});
const census = (areas: Census["areas"], libraries: string[] = []): Census => ({
  tracedBytes: 0,
  peakBytes: 0,
  stack: [],
  lines: [],
  projectLines: [],
  unplacedBytes: 0,
  areas,
  libraries,
  types: [],
  locals: [],
  holders: [],
  repeated: [],
  equalTuples: [],
  records: [],
  caches: [],
  emptyValues: [],
});

describe("the five categories", () => {
  it("give every byte of the peak to one row, largest first", () => {
    const seen = census(
      [
        area("project", 40),
        area("arrays", 30, "numpy"),
        area("library", 8, "torch"),
        area("library", 2, "acme"),
        area("imports", 5),
        area("interpreter", 1),
      ],
      ["numpy", "torch", "acme"],
    );
    const rows = categories(seen, 200 * MiB);
    expect(rows.reduce((sum, it) => sum + it.bytes, 0)).toBe(200 * MiB);
    expect(rows.map((it) => [it.category, it.bytes / MiB])).toEqual([
      ["not reachable from Python", 114],
      ["data-structures", 42],
      ["image-buffers", 30],
      ["model-weights", 8],
      ["import-time", 5],
      ["interpreter", 1],
    ]);
    expect(rows[0]?.holders).toEqual(["the interpreter, C libraries (torch)"]);
    expect(rows[1]?.holders).toEqual(["the project", "acme"]);
  });

  it("say nothing of the process where its peak is not known, or below the heap", () => {
    expect(categories(census([area("project", 4)]), null).map((it) => it.category)).toEqual(["data-structures"]);
    expect(categories(census([area("project", 4)]), 3 * MiB).map((it) => it.category)).toEqual(["data-structures"]);
  });
});

describe("settings of libraries", () => {
  it("are told for what was loaded, and only for that", () => {
    expect(settingsOf(census([], ["onnxruntime", "acme"])).map((it) => it.package)).toEqual(["onnxruntime"]);
    expect(settingsOf(census([], []))).toEqual([]);
  });

  it("each have an effect, a cost and a source", () => {
    for (const library of knownLibraries) {
      expect(library.settings.length).toBeGreaterThan(0);
      for (const it of library.settings) {
        expect(it.source).toMatch(/^https:\/\//);
        expect(it.effect.length * it.cost.length).toBeGreaterThan(0);
      }
    }
    expect(new Set(knownLibraries.map((it) => it.package)).size).toBe(knownLibraries.length);
  });
});
