import { describe, expect, test } from "vitest";
import { setAttributesSingly } from "../../../src/minds/catalogue/recipes/set-attributes-singly.ts";
import type { HeldType } from "../../../src/vocabulary/profile.ts";
import { Proposal } from "../../../src/vocabulary/proposal.ts";
import { apply, evidenceOf, type Given, held, onlyProposal, project, read, reasons, run, seen } from "./class-evidence.ts";

const node = (fill: string, more = "") => `class Node:
    def __init__(self, name, **kwargs):
        ${fill}
        self.name = name
${more}`;
const many: HeldType = { ...held("a:Node"), dictBytes: 50_000 * 200 };
const usage = [seen("a.py", "Node", ["size", "name"])];

function propose(files: Record<string, string>, given: Given = {}) {
  const root = project(files);
  return { root, findings: setAttributesSingly.propose(evidenceOf(root, { types: [many], usage, ...given })) };
}

const bytes = `
import tracemalloc, a
a.Node("x", size=1)
tracemalloc.start()
kept = [a.Node("x", size=1) for _ in range(1000)]
print(tracemalloc.get_traced_memory()[0] // 1000, a.Node("x", size=1).__dict__)
`;

describe("attributes that are set one by one", () => {
  test("no instance makes a dictionary; what vars() gives stays", () => {
    const { root, findings } = propose({ "a.py": node("self.__dict__.update(kwargs)") });
    const proposal = Proposal.parse(onlyProposal(findings));
    const before = run(root, bytes);
    apply(root, proposal.edits);
    const after = run(root, bytes);
    expect(read(root, "a.py")).toContain(
      "        for key, item in kwargs.items():\n            setattr(self, key, item)\n        self.name = name\n",
    );
    expect(after.split(" ").slice(1)).toEqual(before.split(" ").slice(1));
    if (run(root, "import sys; print(sys.version_info >= (3, 10))") === "True")
      expect(Number.parseInt(after, 10)).toBeLessThan(Number.parseInt(before, 10) - 40);
    expect(proposal.scope).toEqual(["a.py:Node.__init__"]);
    expect(proposal.expectedBytes).toBe(50_000 * (240 - 96));
  });

  test.each([
    ["vars()", "vars(self).update(kwargs)", "for key, item in kwargs.items():"],
    ["keywords handed on", "self.__dict__.update(**kwargs)", "for key, item in kwargs.items():"],
    [
      "other pairs",
      "self.__dict__.update(zip(kwargs, kwargs.values()), more=1)",
      "for key, item in dict(zip(kwargs, kwargs.values()), more=1).items():",
    ],
    ["the keywords themselves", "self.__dict__ = kwargs", "for key, item in kwargs.items():"],
  ])("%s", (_, fill, wanted) => {
    const { root, findings } = propose({ "a.py": node(fill) });
    const code = "import a; print(vars(a.Node('x', size=1)))";
    const before = run(root, code);
    apply(root, onlyProposal(findings).edits);
    expect(read(root, "a.py")).toContain(wanted);
    expect(run(root, code)).toBe(before);
  });

  test("past a hook of the class, in a base, and for an object that is no self", () => {
    const files = {
      "b.py":
        "class Base:\n    def __setattr__(self, name, value):\n        raise AttributeError(name)\n\n    def copy(self):\n        new = self.__new__(type(self))\n        vars(new).update(vars(self))\n        return new\n",
      "a.py": "from b import Base\n\n\nclass Node(Base):\n    def __init__(self, **kwargs):\n        vars(self).update(kwargs)\n",
    };
    const { root, findings } = propose(files, { usage: [seen("a.py", "Node", ["size"])] });
    const proposal = onlyProposal(findings);
    apply(root, proposal.edits);
    expect(read(root, "b.py")).toContain(
      "        for name, value in vars(self).items():\n            object.__setattr__(new, name, value)\n",
    );
    expect(run(root, "import a; n = a.Node(size=1); print(vars(n.copy()))")).toBe("{'size': 1}");
    expect(proposal.scope).toEqual(["a.py:Node.__init__", "b.py:Base.copy"]);
  });

  test("a property that the keywords cannot hold is no hindrance", () => {
    const source = node(
      "self.__dict__.update(kwargs)",
      "\n    @property\n    def name(self):\n        return self.tag\n\n    @name.setter\n    def name(self, name):\n        self.tag = name\n",
    );
    const { root, findings } = propose({ "a.py": source }, { usage: [seen("a.py", "Node", ["size", "name", "tag"])] });
    apply(root, onlyProposal(findings).edits);
    expect(run(root, "import a; print(vars(a.Node('x', size=1)))")).toBe("{'size': 1, 'tag': 'x'}");
  });

  test("asks the recorder for the class", () => {
    const root = project({ "a.py": node("self.__dict__.update(kwargs)") });
    expect(setAttributesSingly.watch(evidenceOf(root, { types: [many] }))).toEqual({
      classes: [{ file: "a.py", qualname: "Node" }],
    });
  });

  test("nothing where nothing is gained", () => {
    const files = { "a.py": node("self.__dict__.update(kwargs)") };
    expect(propose(files, { types: [{ ...many, dictBytes: 50_000 * 50 }] }).findings).toEqual([]);
    expect(propose(files, { types: [] }).findings).toEqual([]);
    expect(propose({ "a.py": node("self.size = 1") }).findings).toEqual([]);
    expect(propose({ "a.py": node("name.__dict__.update(kwargs)") }).findings).toEqual([]);
    expect(propose({ "a.py": node("self.__dict__ = kwargs; self.more = kwargs") }).findings).toEqual([]);
  });
});

const forbidden: [string, string, Given, RegExp][] = [
  ["no recorder", node("self.__dict__.update(kwargs)"), { usage: null }, /has not seen instances of Node/],
  ["locals", node("self.__dict__.update(locals())"), {}, /its own locals by locals\(\)/],
  ["every name is taken", node("self.__dict__.update(kwargs)", "        value = item = content = 1\n"), {}, /no names are free/],
  ["other code on the line", node("self.__dict__.update(kwargs); print()"), {}, /other code stands on the line/],
  [
    "a value behind a property",
    node("self.__dict__.update(kwargs)", "\n    @property\n    def size(self):\n        return 1\n"),
    { usage: [seen("a.py", "Node", ["name", "size"])] },
    /Node has a property of that name/,
  ],
  [
    "keys that are no names",
    node("self.__dict__.update(kwargs)"),
    { usage: [seen("a.py", "Node", ["name", { name: "a-b", setBy: [] }])] },
    /no name of an attribute/,
  ],
];

describe("dictionaries stay for", () => {
  test.each(forbidden)("%s", (_, source, given, reason) => {
    const { findings } = propose({ "a.py": source }, given);
    expect(findings.length).toBe(1);
    expect(reasons(findings)).toMatch(reason);
  });
});
