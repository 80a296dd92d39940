import { describe, expect, test } from "vitest";
import { iterateDirectly } from "../../../src/minds/catalogue/recipes/iterate-directly.ts";
import { type Case, edited, findings, mebibyte, output, proposalOf, reasonOf } from "./expression-case.ts";

const head = `import csv


def touch(d):
    d.clear()


def twice(x):
    return x * 2


`;

/** A function `f` with a body, a call of it, and bytes at the line that contains the mark. */
function given(body: string, call: string, mark: string, more: Record<string, string> = {}): Case {
  const text = `${head}def f(d):\n${body}\n\n\nprint(f(${call}))\n`;
  const line = text.split("\n").findIndex((it) => it.includes(mark)) + 1;
  return { files: { "main.py": text, "data.txt": "a,1\nb,2\n\nc,3\n", ...more }, held: { [`main.py:${line}`]: 4 * mebibyte } };
}

const loop = (source: string, body = "n.append(x)", end = "return n") =>
  `    n = []\n    for x in ${source}:\n        ${body}\n    ${end}`;

describe("loops over a copy", () => {
  test.each([
    ["list(d.items())", "{1: 2, 3: 4}", "d.items()"],
    ["tuple(d)", "{1: 2, 3: 4}", "d"],
    ["list(zip(d, d))", "[1, 2]", "zip(d, d)"],
    ["list(map(twice, d))", "[1, 2]", "map(twice, d)"],
    ["list(enumerate(d))", "'ab'", "enumerate(d)"],
    ["open(d).readlines()", "'data.txt'", "open(d)"],
    ["open(d).read().splitlines()", "'data.txt'", '(line.rstrip("\\n") for line in open(d))'],
  ])("%s", (source, call, wanted) => {
    const one = given(loop(source), call, "for x in");
    const after = edited(one.files, proposalOf(iterateDirectly, one));
    expect(after["main.py"]).toContain(`    for x in ${wanted}:\n`);
    expect(output(after)).toBe(output(one.files));
  });
  test("a file that is open, in a with block", () => {
    const body =
      "    n = 0\n    with open(d) as file:\n        for x in file.readlines():\n            n += len(x)\n    return n";
    const one = given(body, "'data.txt'", "readlines");
    const after = edited(one.files, proposalOf(iterateDirectly, one));
    expect(after["main.py"]).toContain("        for x in file:\n");
    expect(output(after)).toBe(output(one.files));
  });
  test("slice: islice, with its import where it is missing", () => {
    const one = given(loop("d[1:]"), "[1, 2, 3]", "for x in");
    const proposal = proposalOf(iterateDirectly, one);
    const after = edited(one.files, proposal);
    expect(after["main.py"]).toMatch(/^from itertools import islice\nimport csv\n/);
    expect(after["main.py"]).toContain("    for x in islice(d, 1, None):\n");
    expect(proposal.scope).toEqual(["main.py:f", "main.py:<module>"]);
    expect(output(after)).toBe(output(one.files));
    const there = {
      ...one,
      files: { ...one.files, "main.py": `"""Doc."""\nimport itertools\n${one.files["main.py"]}` },
      held: { "main.py:16": mebibyte },
    };
    expect(edited(there.files, proposalOf(iterateDirectly, there))["main.py"]).toContain(
      "for x in itertools.islice(d, 1, None):",
    );
  });
  test("in a comprehension; the whole proposal", () => {
    const one = given("    return [x for x in list(d.values())]", "{1: 2}", "list(");
    const proposal = proposalOf(iterateDirectly, one);
    expect(edited(one.files, proposal)["main.py"]).toContain("return [x for x in d.values()]");
    expect(proposal.checklist).toMatchSnapshot();
  });
});

describe("loops that need their copy", () => {
  const nothing = "data.txt";
  test.each([
    ["the body changes the container", loop("list(d)", "d.pop(x)"), "{1: 2}", "the loop's body uses d in line 15"],
    ["the body hands the container on", loop("list(d)", "touch(d)"), "{1: 2}", "the loop's body uses d in line 15"],
    [
      "the body changes it by another name",
      `    e = d\n${loop("list(d)", "e.pop(x)")}`,
      "{1: 2}",
      "d changed while the loop ran in 1 of 1 call",
    ],
    [
      "a function inside shares it",
      `    def g():\n        d.clear()\n${loop("list(d)", "g()")}`,
      "{}",
      "d can be changed by others, and the loop's body calls g()",
    ],
    ["a generator function", loop("list(d)", "yield x"), "{1: 2}", "the function is a generator or coroutine"],
    [
      "a lazy clause",
      "    g = (x for x in list(d))\n    return list(g)",
      "{1: 2}",
      "a generator may run when the source has changed",
    ],
    [
      "a generator as source",
      loop("list(twice(y) for y in d)".replace("list(", "list(iter(").replace("d)", "d))")),
      "[1]",
      "is iterated",
    ],
    ["map over a function with effects", loop("list(map(print, d))"), "[1]", "print would be called between the rounds"],
    [
      "the file is read in the body",
      `    n = open(d)\n${loop("n.readlines()", "n.read()", "return 1")}`.replace("    n = []\n", ""),
      `'${nothing}'`,
      "the loop's body uses n",
    ],
    [
      "an early end, and the file is used again",
      `    k = open(d)\n${loop("k.readlines()", "break", "return k.read()")}`,
      `'${nothing}'`,
      "the loop may end early and line 17 uses k again",
    ],
    ["other line ends", loop("open(d).read().splitlines()"), "'other.txt'", "the text has line ends that splitlines() knows"],
    ["bytes", loop("open(d, 'rb').read().splitlines()"), `'${nothing}'`, "was a _io.BufferedReader"],
    ["an own class", loop("list(d)"), "type('Own', (list,), {})([1])", "d was a main.Own".replace("main.", "__main__.")],
  ])("%s", (_, body, call, reason) => {
    const mark = body.includes("[x for") || body.includes("g = (") ? "list(d)" : "for x in";
    expect(reasonOf(iterateDirectly, given(body, call, mark, { "other.txt": "a\x0cb\n" }))).toContain(reason);
  });
  test("not recorded; nothing where nothing stands at the peak", () => {
    const one = given(loop("list(d)"), "[1]", "for x in");
    expect(reasonOf(iterateDirectly, { ...one, run: null })).toContain("was not recorded");
    expect(findings(iterateDirectly, { files: one.files, run: null })).toEqual([]);
  });
});

describe("locals that one loop runs through", () => {
  test.each([
    [
      "csv rows",
      "    with open(d) as file:\n        rows = list(csv.reader(file))\n        n = 0\n        for r in rows:\n            n += len(r)\n    return n",
      "rows = csv.reader(file)",
    ],
    [
      "a reader by name",
      "    with open(d) as file:\n        reader = csv.reader(file)\n        rows = tuple(reader)\n        n = 0\n        for r in rows:\n            n += len(r)\n    return n",
      "rows = reader",
    ],
    [
      "a comprehension",
      "    rows = [twice(x) for x in d]\n    n = ''\n    for r in rows:\n        n += r\n    return n",
      "rows = (twice(x) for x in d)",
    ],
  ])("%s", (_, body, wanted) => {
    const one = given(body, "'data.txt'", "rows =");
    const after = edited(one.files, proposalOf(iterateDirectly, one));
    expect(after["main.py"]).toContain(wanted);
    expect(output(after)).toBe(output(one.files));
  });
  test.each([
    [
      "used behind the with block",
      "    with open(d) as file:\n        rows = list(csv.reader(file))\n    n = 0\n    for r in rows:\n        n += len(r)\n    return n",
      "stands behind the with block of line 13",
    ],
    [
      "in another block",
      "    rows = [x for x in d]\n    if d:\n        for r in rows:\n            pass",
      "does not stand in the same block",
    ],
    [
      "an earlier round's value",
      "    rows = []\n    for k in 'ab':\n        for r in rows:\n            pass\n        rows = [x for x in d]",
      "rows is bound in more than one place",
    ],
    ["effects move", "    rows = [print(x) for x in d]\n    for r in rows:\n        pass", "calls print()"],
    [
      "what they come from is changed between",
      "    k = list(d)\n    rows = [x for x in k]\n    k.clear()\n    for r in rows:\n        pass",
      "line 15 uses k, from which the elements come",
    ],
    [
      "what they come from is changed in the loop",
      "    k = {}\n    rows = [k.get(x) for x in d]\n    for r in rows:\n        k[r] = 1",
      "line 16 uses k, from which the elements come",
    ],
    [
      "an attribute that they read is set in the loop",
      "    rows = [x.real for x in [1]]\n    for r in rows:\n        d.real = r",
      "main.py:15 changes d.real, which the elements read",
    ],
    ["a project generator", "    rows = list(twice(d))\n    for r in rows:\n        pass", "twice(d) may be a generator"],
    ["an unknown name", "    rows = list(d)\n    for r in rows:\n        pass", "what d yields is not known"],
  ])("forbidden: %s", (_, body, reason) => {
    const mark = body.includes("rows = [x") ? "rows = [x" : "rows = ";
    expect(reasonOf(iterateDirectly, { ...given(body, "'data.txt'", mark), run: null })).toContain(reason);
  });
  test("forbidden: an early end by what was recorded", () => {
    const one = given(
      "    rows = [x for x in d]\n    if not d:\n        return 0\n    for r in rows:\n        pass",
      "''",
      "rows =",
    );
    expect(reasonOf(iterateDirectly, one)).toContain("rows was not run through exactly once in 1 of 1 call");
  });
});
