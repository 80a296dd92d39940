import { describe, expect, test } from "vitest";
import { slotsAttrs } from "../../../src/minds/catalogue/recipes/slots-attrs.ts";
import { slotsPlainClass } from "../../../src/minds/catalogue/recipes/slots-plain-class.ts";
import { Proposal } from "../../../src/vocabulary/proposal.ts";
import { apply, evidenceOf, type Given, held, onlyProposal, project, read, reasons, seen } from "./class-evidence.ts";

const row = "import attr\n\n\n@attr.s\nclass Row:\n    a = attr.ib()\n    b = attr.ib(default=2)\n";
const usage = [seen("r.py", "Row", ["a", "b"])];

function propose(text: string, given: Given = {}) {
  const root = project({ "r.py": text });
  return { root, findings: slotsAttrs.propose(evidenceOf(root, { types: [held("r:Row")], usage, ...given })) };
}

describe("slots on an attrs class", () => {
  test.each([
    ["@attr.s", "@attr.s(slots=True)"],
    ["@attr.s()", "@attr.s(slots=True)"],
    ["@attr.attrs(frozen=True)", "@attr.attrs(frozen=True, slots=True)"],
    ["@attr.dataclass(\n    frozen=True,\n)", "@attr.dataclass(\n    frozen=True, slots=True,\n)"],
  ])("%j becomes %j", (before, after) => {
    const { root, findings } = propose(row.replace("@attr.s", before));
    const proposal = Proposal.parse(onlyProposal(findings));
    apply(root, proposal.edits);
    expect(read(root, "r.py")).toBe(row.replace("@attr.s", after));
    expect(proposal.declaredCosts.join()).toContain("new class object");
    expect(proposal.declaredCosts.join()).not.toContain("weakly referenced");
  });

  test("annotated names are fields where the decorator says so", () => {
    const body = "    a: int\n    b: int = 2\n\n    def move(self):\n        self.a = 1\n";
    const text = `import attr\n\n\n@attr.s(auto_attribs=True)\nclass Row:\n${body}`;
    expect(onlyProposal(propose(text).findings).edits).toHaveLength(1);
    expect(reasons(propose(text.replace("(auto_attribs=True)", "")).findings)).toMatch(/stores a, which is no field/);
  });

  test("bases are slotted with it", () => {
    const text = `${row.replace("class Row", "class Base")}\n\n@attr.s\nclass Row(Base):\n    c = attr.ib()\n`;
    const { root, findings } = propose(text, { usage: [seen("r.py", "Row", ["a", "b", "c"])] });
    apply(root, onlyProposal(findings).edits);
    expect(read(root, "r.py").match(/@attr\.s\(slots=True\)/g)).toHaveLength(2);
  });

  test("what weak references need, attrs adds by itself", () => {
    const { root, findings } = propose(row, { usage: [seen("r.py", "Row", ["a", "b"], { weakReferences: 1 })] });
    apply(root, onlyProposal(findings).edits);
    expect(read(root, "r.py")).toBe(row.replace("@attr.s", "@attr.s(slots=True)"));
  });

  test("is not the plain recipe's business, and classes that have slots are left alone", () => {
    const root = project({ "r.py": row });
    expect(slotsPlainClass.propose(evidenceOf(root, { types: [held("r:Row")], usage }))).toEqual([]);
    expect(propose(row.replace("@attr.s", "@attr.s(slots=True)")).findings).toEqual([]);
    expect(propose(row.replace("@attr.s", "@attr.define")).findings).toEqual([]);
  });
});

const forbidden: [string, string, RegExp, Given?][] = [
  ["slots=False", row.replace("@attr.s", "@attr.s(slots=False)"), /says slots=False itself/],
  ["slots=False where slots are usual", row.replace("@attr.s", "@attr.define(slots=False)"), /says slots=False itself/],
  ["fields that are listed elsewhere", row.replace("@attr.s", "@attr.s(these={})"), /form that cannot be edited/],
  ["options that are not written there", row.replace("@attr.s", "@attr.s(**options)"), /form that cannot be edited/],
  [
    "a state of its own",
    `${row}\n    def __getstate__(self):\n        return {}\n\n    def __setstate__(self, state):\n        pass\n`,
    /in place of that of Row/,
  ],
  [
    "a class derived from it that attrs does not make slots for",
    `${row}\n\nclass Wide(Row):\n    def __init__(self):\n        self.c = 1\n`,
    /Wide derives from Row: its own attributes/,
  ],
  [
    "a stored name that is no field",
    `${row}\n    def __attrs_post_init__(self):\n        self.total = 1\n`,
    /stores total, which is no field/,
  ],
  [
    "a cached_property",
    `import functools\n${row}\n    @functools.cached_property\n    def big(self):\n        return 1\n`,
    /cached_property/,
  ],
  ["super() without arguments", `${row}\n    def __repr__(self):\n        return super().__repr__()\n`, /uses super\(\)/],
  ["a base from elsewhere", `from x import Base\n${row.replace("class Row", "class Row(Base)")}`, /not of the project/],
  ["another decorator", row.replace("@attr.s", "@print\n@attr.s"), /decorator print/],
  [
    "an attribute that others set",
    row,
    /attribute extra/,
    { usage: [seen("r.py", "Row", ["a", "b", { name: "extra", setBy: [{ file: "m.py", line: 2, function: "f" }] }])] },
  ],
];

describe("slots on an attrs class are forbidden by", () => {
  test.each(forbidden)("%s", (_, text, reason, given = {}) => {
    const { findings } = propose(text, given);
    expect(findings.every((it) => it.kind === "forbidden")).toBe(true);
    expect(reasons(findings)).toMatch(reason);
  });
});
