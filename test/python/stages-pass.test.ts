import { describe, expect, it } from "vitest";
import { findPythons } from "../pythons.ts";
import { notesOf, runPass, script } from "./passes.ts";

const mib = 2 ** 20;
const pythons = findPythons();
const ends = [pythons[0], pythons.at(-1)].filter((python) => python !== undefined);

describe.runIf(process.platform === "linux").each(ends)("process figures per stage on Python $version", (python) => {
  const stages = (qualname: string, line: number) => {
    const target = script("stages_process.py");
    const answers = runPass(python, "stages", target, { function: { file: "stages_process.py", qualname, line } });
    const rows = answers.filter((answer) => answer.kind === "stage");
    return { rows: new Map(rows.map((row) => [Number(row["line"]), row])), notes: notesOf(answers) };
  };

  it("shows what a stage reached and what it left", () => {
    const { rows, notes } = stages("pipeline", 9);
    const [kept, passing, after] = [rows.get(10), rows.get(11), rows.get(12)];
    expect(Number(kept?.["deltaBytes"]) / mib).toBeCloseTo(16, -0.5);
    expect(Number(passing?.["deltaBytes"]) / mib).toBeLessThan(2);
    expect((Number(passing?.["peakBytes"]) - Number(kept?.["peakBytes"])) / mib).toBeGreaterThan(31);
    expect(Number(after?.["peakBytes"])).toBeLessThan(Number(passing?.["peakBytes"]) - 20 * mib);
    expect(notes).toEqual([]);
  });

  it("stops resetting inside a loop that runs often, and says so", () => {
    const { rows, notes } = stages("busy", 16);
    expect(Number(rows.get(19)?.["count"])).toBeLessThanOrEqual(401);
    expect(rows.get(20)).toMatchObject({ count: 1 });
    expect(notes.join()).toContain("ran very often");
  });

  it("says when the function was not run", () => {
    expect(stages("nobody", 24).notes.join()).toContain("was not run");
  });
});

describe.runIf(process.platform === "linux" && pythons.length > 1)("the statements of one function", () => {
  const rows = (python: (typeof pythons)[number], qualname: string, line: number, more: object = {}) =>
    runPass(python, "stages", script("stages_shapes.py"), { function: { file: "stages_shapes.py", qualname, line, ...more } })
      .filter((answer) => answer.kind === "stage")
      .map((row) => [row["line"], row["count"]])
      .filter(([line]) => Number(line) > 2); // a docstring and a future import are no statements to some
  const newest = pythons.at(-1) as (typeof pythons)[number];

  it.each([
    ["shapes", 9],
    ["falls", 41],
    ["yields", 48],
    ["Told.late", 55],
    ["<module>", 1],
  ])("are the same ones on every Python: %s", (qualname, line) => {
    const told = pythons.map((python) => [python.version, rows(python, qualname, line)]);
    const expected = rows(newest, qualname, line);
    expect(expected.length).toBeGreaterThan(1);
    expect(told).toEqual(pythons.map((python) => [python.version, expected]));
  });

  it("are found by a line within", () => {
    for (const python of pythons) expect(rows(python, "late", 1, { within: 58 })).toEqual(rows(newest, "Told.late", 55));
  });
});
