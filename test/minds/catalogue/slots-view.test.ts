import { describe, expect, test } from "vitest";
import { slotsDataclass } from "../../../src/minds/catalogue/recipes/slots-dataclass.ts";
import { slotsPlainClass } from "../../../src/minds/catalogue/recipes/slots-plain-class.ts";
import { apply, evidenceOf, type Given, held, onlyProposal, project, read, reasons, run, seen } from "./class-evidence.ts";

const node = `class Node:
    def __init__(self, tag, **more):
        self.tag = tag
        self.level = 0

    def __eq__(self, other):
        return self.__dict__ == other.__dict__

    def __repr__(self):
        return "Node(%s)" % ", ".join(f"{k}={v!r}" for k, v in vars(self).items())
`;
const usage = [seen("a.py", "Node", ["tag", "level"])];

function propose(files: Record<string, string>, given: Given = {}) {
  const root = project(files);
  return { root, findings: slotsPlainClass.propose(evidenceOf(root, { types: [held("a:Node")], usage, ...given })) };
}

describe("slots where the class reads its own dictionary", () => {
  test("a property tells the slots that are set, in their order", () => {
    const { root, findings } = propose({ "a.py": node });
    const proposal = onlyProposal(findings);
    apply(root, proposal.edits);
    expect(read(root, "a.py")).toContain(
      'class Node:\n    __slots__ = ("tag", "level")\n\n    @property\n    def __dict__(self):\n',
    );
    const code = `
import a, copy, pickle
n = a.Node("x")
print(n, n == a.Node("x"), n == a.Node("y"), vars(n), copy.copy(n) == n, copy.deepcopy(n) == n, pickle.loads(pickle.dumps(n)) == n)
del n.level
print(vars(n))
try:
    n.extra = 1
except AttributeError:
    print("closed")`;
    expect(run(root, code)).toBe(
      "Node(tag='x', level=0) True False {'tag': 'x', 'level': 0} True True True\n{'tag': 'x'}\nclosed",
    );
    expect(proposal.declaredCosts.join()).toContain("a fresh dict");
  });

  test("classes derived from it get slots too, and the one property tells theirs", () => {
    const text = `${node}\n\nclass Leaf(Node):\n    def __init__(self):\n        super().__init__("leaf")\n        self.text = "t"\n\n\nclass Bare(Leaf):\n    pass\n`;
    const { root, findings } = propose({ "a.py": text });
    apply(root, onlyProposal(findings).edits);
    expect(read(root, "a.py").match(/def __dict__/g)).toHaveLength(1);
    expect(run(root, "import a; print(vars(a.Bare()))")).toBe("{'tag': 'leaf', 'level': 0, 'text': 't'}");
  });

  test("a reader outside of the class that the recorder saw is enough of a reason", () => {
    const plain = "class Node:\n    def __init__(self):\n        self.tag = 1\n";
    const other = "def show(thing):\n    return sorted(thing.__dict__)\n";
    const used = [seen("a.py", "Node", ["tag"], { dictUses: [{ file: "b.py", line: 2, function: "show" }] })];
    const { root, findings } = propose({ "a.py": plain, "b.py": other }, { usage: used });
    apply(root, onlyProposal(findings).edits);
    expect(run(root, "import a, b; print(b.show(a.Node()))")).toBe("['tag']");
  });
});

const reads = "    def __repr__(self):\n        return repr(self.__dict__)\n";
const body = (head: string, more = "") => `${head}\n    def __init__(self):\n        self.tag = 1\n\n${reads}${more}`;
const forbidden: [string, string, RegExp, Given?][] = [
  ["the dictionary given away", body("class Node:").replace("repr(self.__dict__)", "self.__dict__"), /uses __dict__/],
  [
    "the dictionary bound to a name",
    body("class Node:").replace("return repr(self.__dict__)", "it = self.__dict__; return repr(it)"),
    /uses __dict__/,
  ],
  [
    "the dictionary written",
    body("class Node:", "\n    def load(self, it):\n        self.__dict__.update(it)\n"),
    /uses __dict__/,
  ],
  ["an identity test of it", body("class Node:").replace("repr(self.__dict__)", "self.__dict__ is None"), /uses __dict__/],
  ["__getattr__", body("class Node:", "\n    def __getattr__(self, name):\n        return 1\n"), /defines __getattr__/],
  ["private names", body("class Node:").replace("self.tag", "self.__tag"), /private name _Node__tag/],
  ["a builtin base", body("class Node(list):"), /derives from list/],
  [
    "a base whose slots are one text",
    `class Base:\n    __slots__ = "kind"\n\n\n${body("class Node(Base):")}`,
    /slots of Base have a form/,
    { types: [held("a:Node")] },
  ],
  [
    "a reader that does more than read",
    "class Node:\n    def __init__(self):\n        self.tag = 1\n",
    /fill uses the dictionary/,
    { usage: [seen("a.py", "Node", ["tag"], { dictUses: [{ file: "b.py", line: 2, function: "fill" }] })] },
  ],
  [
    "a derived class that keeps a dictionary",
    "class Node:\n    def __init__(self):\n        self.tag = 1\n\n\nclass Free(Node):\n    pass\n\n\ndef show(thing):\n    return sorted(vars(thing))\n",
    /Free derives from Node/,
    { usage: [seen("a.py", "Node", ["tag"], { dictUses: [{ file: "a.py", line: 11, function: "show" }] })] },
  ],
];

describe("a view of the slots is forbidden by", () => {
  test.each(forbidden)("%s", (_, text, reason, given = {}) => {
    const other = "def fill(thing, more):\n    thing.__dict__.update(more)\n";
    const watched = [seen("a.py", "Node", text.includes("__tag") ? ["_Node__tag"] : ["tag"])];
    const { findings } = propose({ "a.py": text, "b.py": other }, { usage: watched, ...given });
    expect(findings.every((it) => it.kind === "forbidden")).toBe(true);
    expect(reasons(findings)).toMatch(reason);
  });

  test("a dataclass", () => {
    const text =
      "import dataclasses\n\n\n@dataclasses.dataclass\nclass Node:\n    tag: int\n\n    def show(self):\n        return sorted(self.__dict__)\n";
    const root = project({ "a.py": text });
    const evidence = evidenceOf(root, { types: [held("a:Node")], usage: [seen("a.py", "Node", ["tag"])] });
    expect(reasons(slotsDataclass.propose(evidence))).toMatch(/is a dataclass/);
  });
});
