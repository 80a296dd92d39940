import { describe, expect, test } from "vitest";
import { slotsDataclass } from "../../../src/minds/catalogue/recipes/slots-dataclass.ts";
import { slotsPlainClass } from "../../../src/minds/catalogue/recipes/slots-plain-class.ts";
import { Proposal } from "../../../src/vocabulary/proposal.ts";
import { findPythons } from "../../pythons.ts";
import { apply, evidenceOf, type Given, held, onlyProposal, project, read, reasons, run, seen } from "./class-evidence.ts";

const head = "from dataclasses import dataclass, field\n\n\n";
const row = `${head}@dataclass\nclass Row:\n    a: int\n    b: list = field(default_factory=list)\n`;
const modern = findPythons().filter((it) => Number(it.version.slice(2)) >= 10);

function propose(files: Record<string, string>, given: Given) {
  const root = project(files);
  return { root, findings: slotsDataclass.propose(evidenceOf(root, given)) };
}

describe("slots on a dataclass", () => {
  test.each([
    ["@dataclass", "@dataclass(slots=True)"],
    ["@dataclass()", "@dataclass(slots=True)"],
    ["@dataclass(frozen=True)", "@dataclass(frozen=True, slots=True)"],
    ["@dataclass(\n    frozen=True,\n)", "@dataclass(\n    frozen=True, slots=True,\n)"],
  ])("%j becomes %j", (before, after) => {
    const { root, findings } = propose(
      { "r.py": row.replace("@dataclass", before) },
      { types: [held("r:Row")], usage: [seen("r.py", "Row", ["a", "b"])] },
    );
    const proposal = Proposal.parse(onlyProposal(findings));
    apply(root, proposal.edits);
    expect(read(root, "r.py")).toBe(row.replace("@dataclass", after));
    const code =
      "import r, copy, pickle; x = pickle.loads(pickle.dumps(copy.deepcopy(r.Row(1)))); print(x, hasattr(x, '__dict__'))";
    for (const python of modern) expect(run(root, code, python.executable)).toBe("Row(a=1, b=[]) False");
    expect(proposal.declaredCosts.join()).toContain("new class object");
  });

  test("bases that are dataclasses, or plain, are slotted with it", () => {
    const text = `${head}class Base:\n    def hello(self):\n        return 1\n\n\n@dataclass\nclass A(Base):\n    a: int\n\n\n@dataclass\nclass B(A):\n    b: int\n`;
    const { root, findings } = propose({ "r.py": text }, { types: [held("r:B")], usage: [seen("r.py", "B", ["a", "b"])] });
    apply(root, onlyProposal(findings).edits);
    expect(read(root, "r.py")).toContain("class Base:\n    __slots__ = ()\n\n    def hello");
    for (const python of modern)
      expect(run(root, "import r; b = r.B(1, 2); print(b, b.hello(), hasattr(b, '__dict__'))", python.executable)).toBe(
        "B(a=1, b=2) 1 False",
      );
  });

  test("weak references need 3.11, and then stay possible", () => {
    const usage = [seen("r.py", "Row", ["a", "b"], { weakReferences: 1 })];
    expect(reasons(propose({ "r.py": row }, { types: [held("r:Row")], usage, python: [3, 10] }).findings)).toMatch(
      /weakref_slot only from Python 3.11/,
    );
    const { root, findings } = propose({ "r.py": row }, { types: [held("r:Row")], usage });
    apply(root, onlyProposal(findings).edits);
    expect(run(root, "import r, weakref; x = r.Row(1); print(weakref.ref(x)() is x)")).toBe("True");
  });

  test("is not the plain recipe's business", () => {
    const root = project({ "r.py": row });
    expect(slotsPlainClass.propose(evidenceOf(root, { types: [held("r:Row")], usage: [seen("r.py", "Row")] }))).toEqual([]);
  });

  test("a class that has slots is left alone", () => {
    expect(propose({ "r.py": row.replace("@dataclass", "@dataclass(slots=True)") }, { types: [held("r:Row")] }).findings).toEqual(
      [],
    );
  });
});

const forbidden: [string, string, RegExp, Given?][] = [
  ["Python 3.9", row, /needs Python 3.10/, { python: [3, 9] }],
  ["slots=False", row.replace("@dataclass", "@dataclass(slots=False)"), /says slots=False itself/],
  [
    "super() without arguments",
    `${row}\n    def __repr__(self):\n        return super().__repr__()\n`,
    /Row.__repr__ uses super\(\)/,
  ],
  [
    "a decorator below it that keeps the class as it was",
    `known = []\n\n\ndef keep(cls):\n    known.append(cls)\n    return cls\n\n\n${row.replace("@dataclass\n", "@dataclass\n@keep\n")}`,
    /decorator keep/,
  ],
  ["another decorator", row.replace("@dataclass", "@print\n@dataclass"), /decorator print/],
  ["a default read from the class", `${row}    c: int = 3\n\n\ndef default():\n    return Row.c\n`, /reads the default Row.c/],
  [
    "a stored name that is no field",
    `${row}\n    def __post_init__(self):\n        self.total = 1\n`,
    /stores total, which is no field/,
  ],
  [
    "being frozen, where a class derived from it has attributes of its own",
    `${row.replace("@dataclass", "@dataclass(frozen=True)")}\n\nclass Wide(Row):\n    def tag(self):\n        object.__setattr__(self, "c", 1)\n`,
    /Wide derives from Row: its own attributes would be left out of copies/,
  ],
  [
    "a cached_property",
    `import functools\n${row}\n    @functools.cached_property\n    def big(self):\n        return 1\n`,
    /cached_property/,
  ],
  [
    "a free attribute",
    row,
    /attribute extra/,
    { usage: [seen("r.py", "Row", ["a", "b", { name: "extra", setBy: [{ file: "test_r.py", line: 2, function: "test" }] }])] },
  ],
  [
    "an attribute from its own package that is no field",
    row,
    /gets the attribute extra, which is no field/,
    { usage: [seen("r.py", "Row", ["a", { name: "extra", setBy: [{ file: "m.py", line: 2, function: "f" }] }])] },
  ],
];

describe("slots on a dataclass are forbidden by", () => {
  test.each(forbidden)("%s", (_, text, reason, given = {}) => {
    const { findings } = propose(
      { "r.py": text },
      { types: [held("r:Row")], usage: [seen("r.py", "Row", ["a", "b"])], ...given },
    );
    expect(findings.every((it) => it.kind === "forbidden")).toBe(true);
    expect(reasons(findings)).toMatch(reason);
  });
});
