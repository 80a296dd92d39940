import { describe, expect, it } from "vitest";
import type { Census, PeakMoment } from "../../src/vocabulary/profile.ts";
import type { Target } from "../../src/vocabulary/target.ts";
import { aPython, type FoundPython, findPythons } from "../pythons.ts";
import { censusOf, notesOf, peakOf, runPass, script } from "./passes.ts";

const mib = 2 ** 20;

function peakAndCensus(python: FoundPython, target: Target): { peak: PeakMoment; census: Census; notes: string[] } {
  const peak = peakOf(runPass(python, "tree", target));
  const answers = runPass(python, "census", target, { event: peak.event, peakBytes: peak.peakBytes, frames: 8 });
  return { peak, census: censusOf(answers), notes: notesOf(answers) };
}

const within = (seen: number | undefined, wanted: number, share: number) =>
  seen !== undefined && Math.abs(seen - wanted) <= share * wanted;

describe.each(findPythons())("census on Python $version", (python) => {
  const { peak, census, notes } = peakAndCensus(python, script("census_shop.py"));
  const local = (name: string, qualname = "pipeline") => census.locals.find((it) => it.name === name && it.function === qualname);
  const type = (name: string) => census.types.find((it) => it.type === name);

  it("stands where the tree says the peak is", () => {
    expect(census.stack).toEqual(peak.stack);
    expect(within(census.tracedBytes, peak.peakBytes, 0.03)).toBe(true);
    expect(notes).toEqual([]);
  });

  it("names the lines that hold the memory", () => {
    expect(census.projectLines[0]).toMatchObject({ file: "census_shop.py", function: "summarise", project: true });
    expect(within(census.projectLines[0]?.bytes, 8 * mib, 0.01)).toBe(true);
    const summed = census.lines.reduce((sum, line) => sum + line.bytes, 0);
    expect(summed).toBeGreaterThan(0.95 * census.tracedBytes);
    expect(census.lines.every((line) => !line.file.includes("/probe/passes/"))).toBe(true);
  });

  it("says whose all of the memory is, each block once", () => {
    const summed = census.areas.reduce((sum, it) => sum + it.bytes, 0);
    expect(within(summed, census.tracedBytes, 0.03)).toBe(true);
    expect(census.areas[0]).toMatchObject({ area: "project", library: null });
    expect(census.libraries.every((it) => /^\w/.test(it))).toBe(true);
  });

  it("counts objects by type with their inline or own dictionaries", () => {
    const minor = Number(python.version.slice(2));
    const bytesEach = minor <= 10 ? 152 : minor === 12 ? 88 : 96;
    expect(type("__main__:Item")?.count).toBe(3000);
    expect(within(type("__main__:Item")?.bytes, 3000 * bytesEach, 0.09)).toBe(true);
    expect(type("__main__:Item")?.project).toBe(true);
    expect(type("__main__:Slotted")?.bytes).toBe(3000 * 48);
    expect(type("__main__:Slotted")?.dictBytes).toBe(0);
    expect(type("__main__:Item")?.madeAt[0]).toMatchObject({ file: "census_shop.py", line: 44 });
    expect(within(type("dict")?.count, 3000, 0.4)).toBe(true);
  });

  it("holds nothing of what we read of the source", () => {
    const ours = census.types.filter((it) => /^ast:[A-Z]/.test(it.type) || it.type.includes("codeflash"));
    expect(ours.map((it) => it.type)).toEqual([]);
  });

  it("prices what single locals keep alive", () => {
    expect(local("source")).toMatchObject({ state: "dead", depth: 1, functionLine: 69, line: 81 });
    expect(local("source")?.exclusiveBytes).toBeGreaterThan(3000 * 88);
    expect(local("source")?.exclusiveBytes).toBeLessThan(3000 * 260);
    expect(local("rows")?.state).not.toBe("live");
    expect(local("slotted")?.state).toBe("live");
    // Both are dead, so neither protects the text that the reader reads.
    expect(local("text")?.exclusiveBytes).toBeGreaterThan(0.7 * mib);
    expect(local("reader")?.exclusiveBytes).toBeGreaterThan(0.7 * mib);
    // The caller's name is in use, so the callee's parameter frees nothing.
    expect(local("rows", "summarise")?.exclusiveBytes).toBe(0);
    expect(local("rows")?.exclusiveBytes).toBe(0);
  });

  it("finds long-lived containers, caches, records, repeated texts and empty values", () => {
    const holders = census.holders.map((it) => `${it.kind} ${it.owner}.${it.name} ${it.length}`);
    expect(holders).toContain("global __main__.LOG 2000");
    expect(holders).toContain("class-attribute __main__:Item.instances 2000");
    expect(holders).toContain("instance-attribute __main__:Service.rows 3000");
    expect(holders).toContain("instance-attribute __main__:Service.seen 3000");
    expect(within(census.holders.find((it) => it.name === "LOG")?.exclusiveBytes, 2000 * 75, 0.2)).toBe(true);
    expect(census.caches).toMatchObject([{ function: "__main__:Service.rate", entries: 1500, hits: 0, bound: false }]);
    expect(census.records).toMatchObject([{ keys: ["id", "shop", "price"], count: 3000, madeAt: [{ line: 48, count: 3000 }] }]);
    const repeated = census.repeated.map((it) => `${it.kind} ${it.owner} ${it.name} ${it.count}/${it.distinct}`);
    expect(repeated).toContain("attribute __main__:Item shop 3000/10");
    expect(repeated).toContain("attribute __main__:Slotted shop 3000/10");
    expect(repeated).toContain("dict-key id,price,shop shop 3000/10");
    expect(census.emptyValues[0]).toMatchObject({ type: "list", line: 40 });
    expect(within(census.emptyValues[0]?.count, 3000, 0.02)).toBe(true);
  });
});

const all = findPythons();
const ends = [all.find((it) => it.version === "3.11") ?? aPython(), all.at(-1) ?? aPython()];

describe.each(ends)("moments on Python $version", (python) => {
  const target = (what: string): Target => ({ kind: "script", path: "census_moments.py", args: [what] });

  it("stands inside hot code where the heap was growing", () => {
    const { census } = peakAndCensus(python, target("growth"));
    expect(census.tracedBytes).toBeGreaterThan(0.97 * census.peakBytes);
    expect(census.types.find((it) => it.type === "__main__:Row")?.count).toBeGreaterThan(11_500);
    expect(census.stack.some((it) => it.function === "growth")).toBe(true);
  });

  it("keeps the states of the statement under way when the peak was inside it", () => {
    const { peak, census } = peakAndCensus(python, target("passing"));
    expect(peak.stack[0]).toMatchObject({ function: "passing", line: 29 });
    expect(census.stack[0]).toMatchObject({ function: "passing", line: 29 });
    expect(census.locals.find((it) => it.name === "before")?.state).toBe("dead");
    expect(within(census.locals.find((it) => it.name === "before")?.exclusiveBytes, 6 * mib, 0.01)).toBe(true);
    // `rows` dies at the next statement: a `del` there (it is read by it) counts as use.
    expect(census.locals.find((it) => it.name === "rows")?.state).not.toBe("dead");
  });

  it("comes near a spike inside a hot function", () => {
    const { peak, census } = peakAndCensus(python, target("spike"));
    expect(within(peak.peakBytes, 10 * mib, 0.05)).toBe(true);
    expect(census.locals.some((it) => it.function === "spike" && it.name === "kept")).toBe(true);
  });

  it("says so when the event is never reached", () => {
    const answers = runPass(python, "census", target("chance"), { event: 10_000, peakBytes: 50 * mib });
    expect(answers.filter((it) => it.kind === "census")).toEqual([]);
    expect(notesOf(answers).join()).toContain("did not come to event 10000");
  });

  it("tells equal tuples and frozen sets by the line that made them, what their items are, and a large text of an object", () => {
    const { census } = peakAndCensus(python, script("census_equals.py"));
    const rows = Object.fromEntries(census.equalTuples.map((it) => [it.line, it]));
    expect(Object.keys(rows)).toEqual(["7", "21", "25", "29"]);
    expect(rows[7]).toMatchObject({ file: "census_equals.py", type: "tuple", length: 2, items: [["str"], ["int"]] });
    expect(within(rows[7]?.count, 4000, 0.15)).toBe(true);
    expect(within(rows[7]?.distinct, 10, 0.2)).toBe(true);
    // 56 bytes, the text and the number of each but one in ten.
    expect(within(rows[7]?.duplicateBytes, 3990 * (56 + 55 + 28), 0.15)).toBe(true);
    expect(rows[21]?.items.map((it) => [...it].sort())).toEqual([["NoneType", "str"], ["float"]]);
    expect(within(rows[21]?.distinct, 42, 0.3)).toBe(true);
    expect(rows[25]).toMatchObject({ type: "frozenset", length: null, items: [["str"]] });
    expect(rows[25]?.duplicateBytes).toBeGreaterThan(3990 * 216);
    expect(rows[7]?.calledFrom).toMatchObject([{ file: "census_equals.py", line: 43 }]);
    expect(rows[29]?.calledFrom).toMatchObject([{ file: "census_equals.py", line: 33 }]);
    const text = census.holders.find((it) => it.owner === "__main__:Page" && it.name === "text");
    expect(text).toMatchObject({ kind: "instance-attribute", type: "str", length: null });
    expect(within(text?.exclusiveBytes, 400_000, 0.01)).toBe(true);
  });

  it("runs no code of the objects that it counts", () => {
    const { census, notes } = peakAndCensus(python, script("census_hostile.py"));
    expect(notes).toEqual([]);
    expect(census.types.find((it) => it.type === "__main__:Touchy")?.count).toBe(3001);
    expect(census.repeated).toMatchObject([{ owner: "__main__:Touchy", name: "label", count: 3001, distinct: 3 }]);
  });
});
