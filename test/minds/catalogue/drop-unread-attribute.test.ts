import { describe, expect, test } from "vitest";
import { dropUnreadAttribute } from "../../../src/minds/catalogue/recipes/drop-unread-attribute.ts";
import { Proposal } from "../../../src/vocabulary/proposal.ts";
import { apply, evidenceOf, type Given, held, onlyProposal, project, read, reasons, run, seen } from "./class-evidence.ts";

const source = `class A:
    def __init__(self, raw):
        self.size = len(raw)
        self.history = []  # never looked at

    def reset(self):
        self.history = []
`;
const reader = { "use.py": "def size(a):\n    return a.size\n" };
const usage = [seen("m.py", "A", ["size", { name: "history", reads: 0, types: ["list"] }])];

function propose(files: Record<string, string>, given: Given = {}) {
  const root = project(files);
  return { root, findings: dropUnreadAttribute.propose(evidenceOf(root, { types: [held("m:A")], usage, ...given })) };
}

describe("dropping an attribute that nothing reads", () => {
  test("deletes every store; a body that would be empty gets pass", () => {
    const { root, findings } = propose({ "m.py": source, ...reader });
    const proposal = Proposal.parse(onlyProposal(findings));
    apply(root, proposal.edits);
    expect(read(root, "m.py")).toBe(
      "class A:\n    def __init__(self, raw):\n        self.size = len(raw)\n\n    def reset(self):\n        pass\n",
    );
    expect(run(root, "import m; a = m.A('xy'); a.reset(); print(a.size)")).toBe("2");
    expect(proposal.expectedBytes).toBe(50_000 * (8 + 56));
  });

  test("a private attribute of a library", () => {
    const files = { ...reader, "setup.py": "", "pkg/__init__.py": "", "pkg/m.py": source.replaceAll("history", "_history") };
    const given = { types: [held("pkg.m:A")], usage: [seen("pkg/m.py", "A", ["size", { name: "_history", reads: 0 }])] };
    expect(onlyProposal(propose(files, given).findings).subject).toBe("_history");
  });

  test("asks the recorder only where the text reads nothing", () => {
    const watch = (text: string) =>
      dropUnreadAttribute.watch(evidenceOf(project({ "m.py": text }), { types: [held("m:A")] })).classes;
    expect(watch(`${source}\n    def total(self):\n        return self.size\n`)).toEqual([{ file: "m.py", qualname: "A" }]);
    expect(watch("class A:\n    def __init__(self):\n        self.a = 1\n\n    def get(self):\n        return self.a\n")).toEqual(
      [],
    );
  });

  test("nothing for few instances", () => {
    expect(propose({ "m.py": source }, { types: [held("m:A", 10)] }).findings).toEqual([]);
  });
});

const history = (more: object) => [seen("m.py", "A", ["size", { name: "history", reads: 0, types: ["list"], ...more }])];
const forbidden: [string, Record<string, string>, RegExp, Given?][] = [
  [
    "a read in the text that no run reached",
    { "m.py": source, "b.py": "def f(a):\n    return a.history\n" },
    /history is read or named at b.py:2/,
  ],
  ["its name in a text", { "m.py": source, "b.py": "FIELDS = ['history']\n" }, /named at b.py:1/],
  ["its name in a template", { "m.py": source, "t.html": "{{ a.history }}" }, /t.html/],
  [
    "a public name in a library",
    { "setup.py": "", "pkg/__init__.py": "", "pkg/m.py": source },
    /needs consent: api/,
    { types: [held("pkg.m:A")], usage: [seen("pkg/m.py", "A", [{ name: "history", reads: 0 }])] },
  ],
  ["a dataclass", { "m.py": `from dataclasses import dataclass\n\n\n@dataclass\n${source}` }, /generated methods/],
  ["__getattr__", { "m.py": `${source}\n    def __getattr__(self, n):\n        return 1\n` }, /defines __getattr__/],
  ["vars(self)", { "m.py": `${source}\n    def dump(self):\n        return vars(self)\n` }, /all attributes at once/],
  ["a store from outside", { "m.py": source, "b.py": "def f(a):\n    a.history = 1\n" }, /b.py:2 stores history/],
  [
    "a property of that name in a base",
    {
      "m.py": `class B:\n    @property\n    def history(self):\n        return 1\n\n    @history.setter\n    def history(self, v):\n        print(v)\n\n\n${source.replace("class A", "class A(B)")}`,
    },
    /also a name of the class/,
  ],
  ["a value that does something", { "m.py": source.replace("= []  #", "= open(raw)  #") }, /does more than keep a value/],
  ["no recorder", { "m.py": source }, /recorder has not seen history/, { usage: null }],
  ["a read under the recorder", { "m.py": source }, /read 3 times/, { usage: history({ reads: 3 }) }],
  ["a deletion", { "m.py": source }, /is deleted somewhere/, { usage: history({ deletes: 1 }) }],
  [
    "a use of the dictionary",
    { "m.py": source },
    /dump uses the dictionary/,
    { usage: [seen("m.py", "A", [{ name: "history", reads: 0 }], { dictUses: [{ file: "b.py", line: 1, function: "dump" }] })] },
  ],
  [
    "copies",
    { "m.py": source },
    /copied or pickled/,
    { usage: [seen("m.py", "A", [{ name: "history", reads: 0 }], { copies: 2 })] },
  ],
];

describe("dropping an attribute is forbidden by", () => {
  test.each(forbidden)("%s", (_, files, reason, given = {}) => {
    const findings = propose(files, given).findings.filter(
      (it) => (it.kind === "forbidden" ? it.forbidden : it.proposal).subject === "history",
    );
    expect(findings.length).toBe(1);
    expect(reasons(findings)).toMatch(reason);
  });
});
