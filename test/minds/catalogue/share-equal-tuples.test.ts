import { describe, expect, test } from "vitest";
import { shareEqualTuples } from "../../../src/minds/catalogue/recipes/share-equal-tuples.ts";
import type { EqualTuples } from "../../../src/vocabulary/profile.ts";
import {
  type Case,
  edited,
  evidenceOf,
  type Files,
  findings,
  mebibyte,
  output,
  proposalOf,
  reasonOf,
} from "./expression-case.ts";

/** What a line was seen to make: by default pairs of a text and a number. */
function made(text: string, at: string, more: Partial<EqualTuples> = {}): EqualTuples {
  const line = text.split("\n").findIndex((it) => it.includes(at)) + 1;
  const type = at.includes("frozenset") ? "frozenset" : "tuple";
  const given = { length: 2, items: [["str"], ["int"]], calledFrom: [], ...more };
  return { file: "main.py", line, type, count: 9_000, distinct: 40, duplicateBytes: 3 * mebibyte, ...given };
}

function given(text: string, at: string, more: Partial<EqualTuples> = {}, files: Files = {}): Case {
  return { files: { "main.py": text, ...files }, run: null, equalTuples: [made(text, at, more)] };
}

/** The whole text after the change. */
function changedText(text: string, at: string, more: Partial<EqualTuples> = {}): string {
  const one = given(text, at, more);
  return edited(one.files, proposalOf(shareEqualTuples, one))["main.py"] ?? "";
}

const appended = `def f(lines):
    rows = []
    for a, b in lines:
        # one for each line
        rows.append((a, b))
    return rows
`;

describe("equal tuples are shared", () => {
  test("in a statement of a loop, where the types seen are asked for", () => {
    expect(changedText(appended, "append")).toBe(`def f(lines):
    rows = []
    shared = {}
    for a, b in lines:
        # one for each line
        same = (a, b)
        if type(same[0]) is str and type(same[1]) is int:
            same = shared.setdefault(same, same)
        rows.append(same)
    return rows
`);
  });

  test.each([
    [
      "what the text proves is not asked for",
      "(f'{a}-{b}', int(b))",
      {},
      "rows.append(shared.setdefault(same := (f'{a}-{b}', int(b)), same))",
    ],
    [
      "a float has no zero",
      "(str.lower('A'), float(b))",
      { items: [["str"], ["float"]] },
      "if type(same[0]) is str and abs(same[1]) > 0:",
    ],
    ["one of two types", "('k', b)", { items: [["str"], ["NoneType", "str"]] }, "if (same[1] is None or type(same[1]) is str):"],
    ["texts of any number", "tuple(a.split())", { length: null, items: [["str"]] }, "if {*map(type, same)} <= {str}:"],
    [
      "floats of any number",
      "tuple(b)",
      { length: null, items: [["float"]] },
      "if {*map(type, same)} <= {float} and 0 not in same:",
    ],
    ["no brackets of its own", "a, b", {}, "same = (a, b)\n", "rows[a] = "],
  ])("%s", (_, value, more, wanted, statement = "rows.append(") => {
    const text = appended.replace(
      "rows.append((a, b))",
      statement === "rows.append(" ? `rows.append(${value})` : `${statement}${value}`,
    );
    const changed = changedText(text, statement, more);
    expect(changed).toContain(wanted);
    expect(changed).toContain("    shared = {}\n    for a, b");
  });

  test.each([
    ["a list", "def f(lines):\n    return [(a, b) for a, b in lines]\n"],
    ["a dictionary", "def f(lines):\n    return {a: (a, b) for a, b in lines}\n"],
    ["a generator", "def f(lines):\n    yield from ((a, b) for a, b in lines if a)\n"],
  ])("in %s that is built at once", (_, text) => {
    const changed = changedText(text, "(a, b) for");
    expect(changed).toContain(`(
            shared.setdefault(same, same)
            if type((same := (a, b))[0]) is str and type(same[1]) is int
            else same
        )`);
    expect(changed).toContain("def f(lines):\n    shared = {}\n");
  });

  test("on one line where it is short", () => {
    const text = "def f(xs):\n    return [tuple(x) for x in xs]\n";
    expect(changedText(text, "tuple(x)", { length: null, items: [["str"]] })).toContain(
      "[(shared.setdefault(same, same) if {*map(type, same := tuple(x))} <= {str} else same) for x",
    );
  });

  test("a part of a larger statement stays in its place", () => {
    const text = appended.replace("rows.append((a, b))", "rows.append(Stop(a, at=(a, b)))");
    expect(changedText(text, "append")).toContain(
      "at=(\n            shared.setdefault(same, same)\n            if type((same := (a, b))[0])",
    );
  });

  test("tabs, and names that are taken", () => {
    const text = appended.replaceAll("    ", "\t").replace("rows = []", "rows = []; shared = same = 1");
    expect(changedText(text, "append")).toContain("\t\tsame_value = (a, b)\n\t\tif type(same_value[0]) is str");
  });

  test("the proposal", () => {
    const { checklist, scope, declaredCosts } = proposalOf(shareEqualTuples, given(appended, "append"));
    expect(scope).toEqual(["main.py:f"]);
    expect(declaredCosts).toEqual(["equal tuples become the same object"]);
    expect(checklist).toMatchSnapshot();
  });
});

const called = `def parse(line):
    a, _, b = line.partition(",")
    return (a, int(b))

def f(lines):
    rows = []
    for it in lines:
        rows.append(parse(it))
    return rows
`;
const from = (line: number, count = 9_000) => ({ calledFrom: [{ file: "main.py", line, count }] });

describe("one that is made in each call of a function is shared in the loop that calls it", () => {
  test("where the function gives it back", () => {
    expect(changedText(called, "(a, int(b))", from(8))).toContain(`    shared = {}
    for it in lines:
        same = parse(it)
        if type(same) is tuple and {*map(type, same)} <= {str, int}:
            same = shared.setdefault(same, same)
        rows.append(same)
`);
  });

  test("in a comprehension; values of other types, or none, stay themselves", () => {
    const text = `${called.replace("    rows = []", "    return [parse(it) for it in lines]\n    rows = []").replace("    return (a, int(b))", "    if not b:\n        return None\n    if b == '1':\n        return (a, True)\n    return (a, int(b))")}
kept = f(["a,1", "a,2", "a,2", "", "a,1"])
print(kept, len({id(it) for it in kept if it}))
`;
    const one = given(text, "return (a, int(b))", from(text.split("\n").findIndex((it) => it.includes("[parse")) + 1));
    const changed = edited(one.files, proposalOf(shareEqualTuples, one));
    expect(changed["main.py"]).toContain(
      "            if type(same := parse(it)) is tuple and {*map(type, same)} <= {str, int}\n            else same\n        ) for it",
    );
    expect(output(one.files)).toBe("[('a', True), ('a', 2), ('a', 2), None, ('a', True)] 4\n");
    expect(output(changed)).toBe("[('a', True), ('a', 2), ('a', 2), None, ('a', True)] 3\n");
  });

  test("with the part of them that the loop asked for", () => {
    expect(proposalOf(shareEqualTuples, given(called, "(a, int(b))", from(8, 6_000))).expectedBytes).toBe(2 * mebibyte);
    expect(findings(shareEqualTuples, given(called, "(a, int(b))", from(8, 10)))).toEqual([]);
  });

  test.each([
    ["nothing of the project called it", {}],
    ["the line calls something else", from(7)],
  ])("not where %s", (_, more) => {
    expect(reasonOf(shareEqualTuples, given(called, "(a, int(b))", more))).toContain("made once in each call of parse");
  });

  test.each([
    ["the result is taken apart", "a, b = parse(it)"],
    ["one item is taken", "rows.append(parse(it)[0])"],
    ["it is called for what it does", "parse(it)"],
  ])("not where %s", (_, statement) => {
    const text = called.replace("rows.append(parse(it))", statement);
    expect(reasonOf(shareEqualTuples, given(text, "(a, int(b))", from(8)))).toContain("made once in each call of parse");
  });
});

describe("values that are equal without being alike stay themselves", () => {
  const shown = `class Text(str):
    def __repr__(self):
        return "Text"

nan = float("nan")
print([repr(it) for it in f([("a", 1), (Text("a"), 1), ("a", True), ("a", 1.0), ("a", 1), (["x"], 1), (None, 1)])])
`;
  test.each([
    ["in a statement", appended],
    ["in a comprehension", "def f(lines):\n    return [(a, b) for a, b in lines]\n"],
  ])("%s", (_, text) => {
    const files = { "main.py": text + shown };
    const one = { files, run: null, equalTuples: [made(text, "(a, b)")] };
    const changed = edited(files, proposalOf(shareEqualTuples, one));
    expect(output(changed)).toBe(output(files));
    expect(output(files)).toContain("(Text, 1)");
  });

  test("zeros with a sign, and what is not a number", () => {
    const floats = `${appended}
kept = f([("a", -0.0), ("a", 0.0), ("a", float("nan")), ("a", 2.5), ("a", 2.5), ("a", float("inf"))])
print(kept, len({id(it) for it in kept}))
`;
    const files = { "main.py": floats };
    const one = { files, run: null, equalTuples: [made(floats, "append", { items: [["str"], ["float"]] })] };
    const changed = edited(files, proposalOf(shareEqualTuples, one));
    expect(output(files)).toBe("[('a', -0.0), ('a', 0.0), ('a', nan), ('a', 2.5), ('a', 2.5), ('a', inf)] 6\n");
    expect(output(changed)).toBe("[('a', -0.0), ('a', 0.0), ('a', nan), ('a', 2.5), ('a', 2.5), ('a', inf)] 5\n");
  });

  test("frozen sets of texts alone", () => {
    const text =
      "def f(lines):\n    return [frozenset(it) for it in lines]\n\nkept = f(['ab', 'ba', [1, 0], [True, 0]])\nprint(kept, len({id(it) for it in kept}))\n";
    const files = { "main.py": text };
    const one = { files, run: null, equalTuples: [made(text, "frozenset", { length: null, items: [["str"]] })] };
    expect(output(edited(files, proposalOf(shareEqualTuples, one)))).toContain("frozenset({0, True})] 3");
  });
});

describe("no table is kept where", () => {
  const compared = (text: string) => ({ "other.py": text });
  test.each([
    ["one is made in each call", "def f(a, b):\n    return (a, b)\n", "return", "made once in each call of f"],
    [
      "a loop ends with it",
      "def f(x):\n    for a, b in x:\n        if a:\n            return (a, b)\n",
      "return",
      "made once in each call of f",
    ],
    ["a lambda makes it", "def f(x):\n    return map(lambda it: (it, it), x)\n", "return", "made in a lambda"],
    [
      "the loop shares its line",
      "def f(x):\n    y = []; z = [(a, b) for a, b in x]\n    return z\n",
      "z =",
      "other code stands on the line",
    ],
    [
      "a comprehension runs through it",
      "def f(x):\n    return [y for a, b in x for y in [(a, b)]]\n",
      "return",
      "where no name can be given",
    ],
    [
      "the function looks at its locals",
      appended.replace("return rows", "return rows, locals()"),
      "append",
      "looks at its own locals",
    ],
    ["both names are taken", appended.replace("return rows", "same = same_value = 1"), "append", "for something else"],
    ["a builtin is hidden", appended.replace("def f(lines)", "def f(lines, type)"), "append", "type is no builtin there"],
  ])("%s", (_, text, at, reason) => {
    expect(reasonOf(shareEqualTuples, given(text, at))).toContain(reason);
  });

  test.each([
    ["1 and True", appended, { items: [["str"], ["int", "bool"]] }],
    ["1 and 1.0, wherever", appended.replace("(a, b))", "tuple(a))"), { length: null, items: [["float", "str", "int"]] }],
  ])("%s stand in one place", (_, text, more) => {
    expect(reasonOf(shareEqualTuples, given(text, "append", more))).toContain("may be equal without being alike");
  });

  test.each([
    ["two locals", "def g(rows, last):\n    return [it for it in rows if it is not last]\n"],
    ["an item", "def g(rows):\n    return rows[0] is rows[1]\n"],
    ["an id", "def g(rows):\n    return {id(it) for it in rows}\n"],
  ])("the project compares by identity: %s", (_, text) => {
    expect(reasonOf(shareEqualTuples, given(appended, "append", {}, compared(text)))).toContain("is asked at other.py:2");
  });

  test.each([
    ["None", "def g(a):\n    return a is None\n"],
    ["a type", "def g(a):\n    return type(a) is tuple\n"],
    ["a name of the module", "missing = object()\n\ndef g(a):\n    return a is missing\n"],
    ["oneself", "class A:\n    def g(self, a):\n        return a is self\n"],
    ["an object with attributes", "def g(a, b):\n    return a is b and a.name\n"],
    ["in a test", "def g(a, b):\n    return a is b\n", "test_other.py"],
  ])("comparing with %s is no hindrance", (_, text, file = "other.py") => {
    expect(findings(shareEqualTuples, given(appended, "append", {}, { [file]: text }))).toMatchObject([{ kind: "proposal" }]);
  });
});

describe("nothing is said where", () => {
  test.each([
    ["few are equal", appended, "append", { distinct: 5_000 }],
    ["it is little", appended, "append", { duplicateBytes: 1_000 }],
    ["another expression made them", appended, "for a", {}],
    ["they have another length", appended, "append", { length: 3, items: [["str"], ["int"], ["int"]] }],
    ["two may have made them", appended.replace("(a, b))", "((a, b), (b, a)))"), "append", {}],
    ["it is at the module's level", "rows = [(a, b) for a, b in []]\n", "rows", {}],
  ])("%s", (_, text, at, more) => {
    expect(findings(shareEqualTuples, given(text, at, more))).toEqual([]);
  });

  test("before Python 3.10 a table of floats may be slow", () => {
    const one = given(appended, "append", { items: [["str"], ["float"]] });
    const found = shareEqualTuples.propose({ ...evidenceOf(shareEqualTuples, one), python: [3, 9] });
    expect(found).toMatchObject([{ kind: "forbidden", forbidden: { reason: expect.stringContaining("before Python 3.10") } }]);
  });
});
