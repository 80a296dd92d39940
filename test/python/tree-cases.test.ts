import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { StageNode } from "../../src/vocabulary/profile.ts";
import { findPythons } from "../pythons.ts";
import { nodesOf, notesOf, peakOf, programs, runPass, script } from "./passes.ts";

const mib = 2 ** 20;

interface Marked {
  line: number;
  text: string;
  count: number | null;
  delta: number | null;
  rise: number | null;
  peak: number | null;
}

/** The lines that end in `# = count delta rise peak` (MiB, `-` for anything). */
function markedLines(file: string): Marked[] {
  return readFileSync(join(programs, file), "utf8")
    .split("\n")
    .flatMap((text, index) => {
      const figures = /# = (\S+) (\S+) (\S+) (\S+)$/.exec(text)?.slice(1);
      if (!figures) return [];
      const [count, delta, rise, peak] = figures.map((figure) => (figure === "-" ? null : Number(figure)));
      return [
        {
          line: index + 1,
          text: text.trim(),
          count: count ?? null,
          delta: delta ?? null,
          rise: rise ?? null,
          peak: peak ?? null,
        },
      ];
    });
}

const isClose = (seenBytes: number, wantedMib: number | null) =>
  wantedMib === null || Math.abs(seenBytes - wantedMib * mib) <= Math.max(64 * 1024, 0.01 * Math.abs(wantedMib) * mib);

/** What is wrong with a marked statement, as text; nothing when all of it is right. */
function faults(marked: Marked, nodes: StageNode[]): string[] {
  const node = nodes.find((it) => it.line === marked.line);
  if (!node) return [`no node for ${marked.text}`];
  const first = nodes.find((it) => it.function.qualname === node.function.qualname && it.function.line === node.function.line);
  const startBytes = first ? first.peakBytes - first.riseBytes : 0;
  const seen = [node.count, node.deltaBytes / mib, node.riseBytes / mib, (node.peakBytes - startBytes) / mib];
  const right =
    (marked.count === null || marked.count === node.count) &&
    isClose(node.deltaBytes, marked.delta) &&
    isClose(node.riseBytes, marked.rise) &&
    isClose(node.peakBytes - startBytes, marked.peak);
  return right ? [] : [`${marked.text} showed ${seen.map((figure) => figure.toFixed(2)).join(" ")}`];
}

function hasPytest(executable: string): boolean {
  try {
    execFileSync(executable, ["-c", "import pytest"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe.each(findPythons())("stage tree on Python $version", (python) => {
  it("shows delta, rise and peak of every kind of stage", () => {
    const answers = runPass(python, "tree", script("stages_cases.py"));
    const nodes = nodesOf(answers);
    const marked = markedLines("stages_cases.py");
    expect(marked.length).toBeGreaterThan(45);
    expect(marked.flatMap((it) => faults(it, nodes))).toEqual([]);
    expect(notesOf(answers)).toEqual([]);
  });

  it("names statements, callees and paths, every parent before its children", () => {
    const nodes = nodesOf(runPass(python, "tree", script("stages_cases.py")));
    const ids = new Set(nodes.map((node) => node.id));
    for (const node of nodes) if (node.parent !== null) expect(ids.has(node.parent) && node.parent < node.id).toBe(true);
    const work = nodes.find((node) => node.text.startsWith("self.work()"));
    expect(work).toMatchObject({ callee: "self.work", function: { file: "stages_cases.py", qualname: "Service.run" } });
    const lines = readFileSync(join(programs, "stages_cases.py"), "utf8").split("\n");
    const pair = nodes.find((node) => node.text.startsWith("pair = ["));
    expect(pair?.endLine).toBe(lines.findIndex((line) => line.startsWith("    pair = [")) + 4);
    const inner = nodes.find((node) => node.function.qualname.endsWith("inner"));
    expect(inner?.function.qualname).toBe("closure.<locals>.inner");
  });

  it("gives the same numbers in another run", () => {
    const target = script("stages_cases.py");
    const [one, two] = [peakOf(runPass(python, "tree", target)), peakOf(runPass(python, "tree", target))];
    expect(two.event).toBe(one.event);
    expect(two.stack).toEqual(one.stack);
    expect(Math.abs(two.peakBytes - one.peakBytes)).toBeLessThan(16 * 1024);
    expect(one.stack[0]?.function).toBe("alloc");
    expect(one.stack.at(-1)?.function).toBe("<module>");
  });

  it.runIf(hasPytest(python.executable))("sees tests that are a pipeline and tests that call one", () => {
    const marked = markedLines("stages_pytest_case.py");
    for (const [name, from, to] of [
      ["test_is_the_pipeline", 0, 13],
      ["test_calls_the_pipeline", 14, 99],
    ] as const) {
      const nodes = nodesOf(runPass(python, "tree", { kind: "pytest", nodeId: `stages_pytest_case.py::${name}` }));
      const ofTest = marked.filter((it) => it.line >= from && it.line <= to);
      expect(ofTest.length).toBeGreaterThanOrEqual(2);
      expect(ofTest.flatMap((it) => faults(it, nodes))).toEqual([]);
      expect(nodes.find((node) => node.function.qualname === name)?.parent).toBeNull();
    }
  });
});
