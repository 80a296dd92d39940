import { describe, expect, test } from "vitest";
import { shareEqualStrings } from "../../../src/minds/catalogue/recipes/share-equal-strings.ts";
import type { RepeatedText } from "../../../src/vocabulary/profile.ts";
import { Proposal } from "../../../src/vocabulary/proposal.ts";
import { apply, evidenceOf, type Given, onlyProposal, project, read, reasons, run, seen } from "./class-evidence.ts";

function text(more: Partial<RepeatedText> = {}): RepeatedText {
  return {
    kind: "attribute",
    owner: "m:A",
    name: "city",
    count: 9000,
    distinct: 3,
    duplicateBytes: 500_000,
    exactText: true,
    ...more,
  };
}

function propose(source: string, more: Partial<RepeatedText> = {}, given: Given = {}) {
  const root = project({ "m.py": source });
  const usage = [seen("m.py", "A", [{ name: "city", types: ["str"] }])];
  const evidence = evidenceOf(root, { usage, ...given, census: { repeated: [text(more)], ...given.census } });
  return { root, findings: shareEqualStrings.propose(evidence) };
}

const record: Given = {
  census: { records: [{ keys: ["id", "city"], count: 9000, bytes: 1e6, madeAt: [{ file: "m.py", line: 2, count: 9000 }] }] },
};
const key = { kind: "dict-key", owner: "city,id" } as const;
const klass = "class A:\n    def __init__(self, row):\n        self.city = row[0]\n";

describe("sharing equal texts", () => {
  test("wraps the stored value of an attribute and imports sys after docstring and __future__ lines", () => {
    const source = `"""M."""\nfrom __future__ import annotations\n\nimport os\n\n\n${klass}`;
    const { root, findings } = propose(source);
    const proposal = Proposal.parse(onlyProposal(findings));
    apply(root, proposal.edits);
    expect(read(root, "m.py")).toBe(source.replace("import os", "import sys\nimport os").replace("row[0]", "sys.intern(row[0])"));
    expect(run(root, "import m; a, b = (m.A([''.join(['x', 'yz'])]) for _ in range(2)); print(a.city is b.city, a.city)")).toBe(
      "True xyz",
    );
    expect(proposal.scope).toEqual(["m.py:A.__init__", "m.py:<module>"]);
  });

  test("uses the name that sys has already, in parallel stores and calls over lines", () => {
    const source =
      "import sys as system\n\n\nclass A:\n    def __init__(self, row):\n        self.id, self.city = row[1], clean(\n            row[0])\n\n\ndef clean(x):\n    return x\n";
    const { root, findings } = propose(source);
    apply(root, onlyProposal(findings).edits);
    expect(read(root, "m.py")).toContain("self.id, self.city = row[1], system.intern(clean(\n            row[0]))");
    expect(run(root, "import m; print(m.A(['x', 1]).city)")).toBe("x");
  });

  test.each([
    ["an f-string", 'f"{row[0]}-{1:03}"', "x-001"],
    ["a formatted text", '"%s!" % row[0]', "x!"],
    ["a choice", 'row[0] or "none"', "x"],
  ])("wraps %s", (_, value, wanted) => {
    const { root, findings } = propose(klass.replace("row[0]", value));
    apply(root, onlyProposal(findings).edits);
    expect(read(root, "m.py")).toContain(`self.city = sys.intern(${value})\n`);
    expect(run(root, "import m; a, b = (m.A([''.join(['', 'x'])]) for _ in range(2)); print(a.city is b.city, a.city)")).toBe(
      `True ${wanted}`,
    );
  });

  test("text by its form is wrapped beside values that are none", () => {
    const source = `${klass}\n    def drop(self):\n        self.city = None\n\n    def move(self, n):\n        self.city = f"{n}"\n`;
    const { root, findings } = propose(
      source,
      {},
      { usage: [seen("m.py", "A", [{ name: "city", types: ["str", "NoneType"] }])] },
    );
    apply(root, onlyProposal(findings).edits);
    expect(read(root, "m.py")).toContain('self.city = sys.intern(f"{n}")\n');
    expect(read(root, "m.py")).toContain("self.city = None\n");
  });

  test("a value that is not always text is guarded where it can be written twice", () => {
    const { root, findings } = propose(klass, {}, { usage: [seen("m.py", "A", [{ name: "city", types: ["NoneType", "str"] }])] });
    apply(root, onlyProposal(findings).edits);
    expect(read(root, "m.py")).toContain("self.city = sys.intern(row[0]) if type(row[0]) is str else row[0]");
    expect(run(root, "import m; print(m.A([None]).city, m.A(['x']).city)")).toBe("None x");
  });

  test("wraps the value of a record's literal", () => {
    const source = 'def rows(lines):\n    return [{"id": n, "city": line[1]} for n, line in enumerate(lines)]\n';
    const { root, findings } = propose(source, key, record);
    const proposal = onlyProposal(findings);
    apply(root, proposal.edits);
    expect(read(root, "m.py")).toBe(
      `import sys\n${source.replace("line[1]}", "sys.intern(line[1]) if type(line[1]) is str else line[1]}")}`,
    );
    expect(run(root, "import m; print(m.rows([[0, 'x'], [0, None]]))")).toBe("[{'id': 0, 'city': 'x'}, {'id': 1, 'city': None}]");
    expect(proposal.site).toEqual({ file: "m.py", qualname: "rows", line: 1 });
  });

  test("asks the recorder for the owner of the attribute", () => {
    const root = project({ "m.py": klass });
    expect(shareEqualStrings.watch(evidenceOf(root, { census: { repeated: [text()] } }))).toEqual({
      classes: [{ file: "m.py", qualname: "A" }],
    });
  });

  test("nothing where it is done, below the floor, or for constants", () => {
    expect(propose(`import sys\n\n\n${klass.replace("row[0]", "sys.intern(row[0])")}`).findings).toEqual([]);
    expect(propose(klass, { duplicateBytes: 10 }).findings).toEqual([]);
    expect(propose(klass.replace("row[0]", "'x'")).findings).toEqual([]);
  });
});

const forbidden: [string, string, Partial<RepeatedText>, Given, RegExp][] = [
  ["text subclasses at the peak", klass, { exactText: false }, {}, /not every city/],
  ["sys used for something else", `sys = 1\n${klass}`, {}, {}, /name sys for something else/],
  ["an expression that is no value to wrap", klass.replace("row[0]", "yield row[0]"), {}, {}, /cannot be wrapped: yield row/],
  [
    "an operation that was seen to give other types",
    klass.replace("row[0]", "row[0] or row[1]"),
    {},
    { usage: [seen("m.py", "A", [{ name: "city", types: ["str", "NoneType"] }])] },
    /seen to hold NoneType/,
  ],
  [
    "other types seen in a call",
    klass.replace("row[0]", "clean(row)"),
    {},
    { usage: [seen("m.py", "A", [{ name: "city", types: ["str", "NoneType"] }])] },
    /seen to hold NoneType/,
  ],
  ["no recorder", klass, {}, { usage: null }, /recorder has not seen A/],
  [
    "a generated __init__",
    "from dataclasses import dataclass\n\n\n@dataclass\nclass A:\n    city: str\n",
    {},
    {},
    /generated __init__/,
  ],
  [
    "a store without a value",
    klass.replace("self.city = row[0]", "for self.city in row:\n            pass"),
    {},
    {},
    /no value of its own/,
  ],
  ["dicts that no literal makes", "def rows(a):\n    return [dict(x) for x in a]\n", key, record, /not made by a literal/],
  [
    "a record's value that could be anything",
    'def rows(a):\n    return [{"id": 1, "city": x.city} for x in a]\n',
    key,
    record,
    /not seen to be text/,
  ],
];

describe("sharing equal texts is forbidden by", () => {
  test.each(forbidden)("%s", (_, source, more, given, reason) => {
    const { findings } = propose(source, more, given);
    expect(findings.length).toBe(1);
    expect(reasons(findings)).toMatch(reason);
  });
});
