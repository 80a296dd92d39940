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
