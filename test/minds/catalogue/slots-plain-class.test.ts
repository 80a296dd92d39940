import { describe, expect, test } from "vitest";
import { slotsPlainClass } from "../../../src/minds/catalogue/recipes/slots-plain-class.ts";
import { Proposal } from "../../../src/vocabulary/proposal.ts";
import { apply, evidenceOf, type Given, held, onlyProposal, project, read, reasons, run, seen } from "./class-evidence.ts";

const point = `"""Points."""


class Point:
    """A point."""

    kind: str

    def __init__(self, x, y):
        self.x, self.y = x, y

    def move(self, dx):
        self.x += dx
        self._moved = True
`;
const pointUsage = [seen("geo.py", "Point", ["x", "y", "_moved"])];

function propose(files: Record<string, string>, given: Given) {
  const root = project(files);
  return { root, findings: slotsPlainClass.propose(evidenceOf(root, given)) };
}

describe("slots on a plain class", () => {
  test("names all stored attributes, after the docstring, and behaves the same", () => {
    const { root, findings } = propose({ "geo.py": point }, { types: [held("geo:Point")], usage: pointUsage });
    const proposal = Proposal.parse(onlyProposal(findings));
    apply(root, proposal.edits);
    expect(read(root, "geo.py")).toBe(
      point.replace('    """A point."""\n', '    """A point."""\n    __slots__ = ("x", "y", "_moved")\n'),
    );
    const code =
      "import geo, copy, pickle; p = geo.Point(1, 2); p.move(3); q = pickle.loads(pickle.dumps(copy.copy(p))); print(q.x, q.y, q._moved, hasattr(q, '__dict__'))";
    expect(run(root, code)).toBe("4 2 True False");
    expect(proposal.expectedBytes).toBe(50_000 * (96 - 56));
    expect(proposal.scope).toEqual(["geo.py:Point"]);
    expect(proposal.declaredCosts.join()).toContain("cannot be weakly referenced");
  });

  test.each([
    ["one that gives back its argument", "def keep(cls):\n    cls.__unicode__ = cls.__str__\n    return cls\n", "@keep"],
    [
      "a lambda, or a function on another Python",
      "import sys\nif sys.version_info[0] == 2:\n    def keep(c):\n        return c\nelse:\n    keep = lambda x: x\n",
      "@keep",
    ],
    [
      "one with arguments that keeps a list",
      "known = []\n\n\ndef keep(name):\n    def inner(cls):\n        known.append(cls)\n        return cls\n    return inner\n",
      "@keep('point')",
    ],
    ["one of another file", "from pkg import keep\n", "@keep"],
    ["a known one", "from functools import total_ordering as keep\n", "@keep"],
  ])("a decorator is no hindrance: %s", (_, before, decorator) => {
    const text = `${before}\n\n${decorator}\n${point.replace('"""Points."""', "").trimStart()}\n    def __lt__(self, other):\n        return False\n`;
    const files = {
      "geo.py": text,
      "pkg/__init__.py": "from .marks import keep\n",
      "pkg/marks.py": "def keep(cls):\n    return cls\n",
    };
    const { root, findings } = propose(files, { types: [held("geo:Point")], usage: pointUsage });
    apply(root, onlyProposal(findings).edits);
    expect(run(root, "import geo; p = geo.Point(1, 2); p.move(3); print(p.x, hasattr(p, '__dict__'))")).toBe("4 False");
  });

  test("the gain follows the Python version", () => {
    const gain = (python: [number, number]) =>
      onlyProposal(propose({ "geo.py": point }, { types: [held("geo:Point")], usage: pointUsage, python }).findings)
        .expectedBytes / 50_000;
    expect([gain([3, 9]), gain([3, 11]), gain([3, 12]), gain([3, 13])]).toEqual([96, 40, 32, 40]);
  });

  test("a hierarchy over several files is slotted together, subclasses with no names of their own too", () => {
    const files = {
      "pkg/__init__.py": "",
      "pkg/base.py": "class Node:\n    def __init__(self, tag):\n        self.tag = tag\n",
      "pkg/leaf.py":
        "from .base import Node\n\n\nclass Leaf(Node):\n    id = 'leaf'\n\n    def __init__(self, tag, text):\n        super().__init__(tag)\n        self.text = text\n\n\nclass Twig(Leaf):\n    pass\n",
      "pkg/build.py": "from .leaf import Twig\n\n\ndef build():\n    t = Twig('a', 'b')\n    t.owner = 1\n    return t\n",
    };
    const usage = [
      seen("pkg/leaf.py", "Leaf", ["tag", "text"]),
      seen("pkg/leaf.py", "Twig", [
        "tag",
        "text",
        { name: "owner", setBy: [{ file: "pkg/build.py", line: 6, function: "build" }] },
      ]),
    ];
    const { root, findings } = propose(files, {
      types: [held("pkg.leaf:Leaf"), held("pkg.leaf:Twig", 2000)],
      usage,
      files: ["pkg/leaf.py"],
    });
    const proposal = onlyProposal(findings);
    apply(root, proposal.edits);
    expect(read(root, "pkg/base.py")).toContain('class Node:\n    __slots__ = ("tag",)\n\n    def');
    expect(read(root, "pkg/leaf.py")).toContain("class Leaf(Node):\n    __slots__ = (\"text\",)\n    id = 'leaf'\n");
    expect(read(root, "pkg/leaf.py")).toContain('class Twig(Leaf):\n    __slots__ = ("owner",)\n    pass\n');
    expect(
      run(root, "from pkg.build import build; t = build(); print(t.tag, t.text, t.owner, t.id, hasattr(t, '__dict__'))"),
    ).toBe("a b 1 leaf False");
  });

  test("private names, CRLF, tabs and long lists keep the file's form", () => {
    const names = ["alpha_value", "beta_value", "gamma_value", "delta_value", "epsilon_value"];
    const text = `class A:\r\n\tdef __init__(self):\r\n\t\tself.__secret = 1\r\n${names.map((it) => `\t\tself.${it} = 0\r\n`).join("")}\r\n\tdef secret(self):\r\n\t\treturn self.__secret\r\n`;
    const usage = [seen("a.py", "A", ["_A__secret", ...names])];
    const { root, findings } = propose({ "a.py": text }, { types: [held("a:A")], usage });
    apply(root, onlyProposal(findings).edits);
    const after = read(root, "a.py");
    expect(after).toContain('class A:\r\n\t__slots__ = (\r\n\t\t"__secret",\r\n\t\t"alpha_value",\r\n');
    expect(after.replaceAll("\r\n", "")).not.toContain("\n");
    expect(run(root, "import a; print(a.A().secret(), hasattr(a.A(), '__dict__'))")).toBe("1 False");
  });

  test("weak references that were seen keep working", () => {
    const usage = [seen("geo.py", "Point", ["x", "y", "_moved"], { weakReferences: 3 })];
    const { root, findings } = propose({ "geo.py": point }, { types: [held("geo:Point")], usage });
    const proposal = onlyProposal(findings);
    apply(root, proposal.edits);
    expect(run(root, "import geo, weakref; p = geo.Point(1, 2); print(weakref.ref(p)() is p)")).toBe("True");
    expect(proposal.declaredCosts.join()).not.toContain("weakly");
    expect(proposal.expectedBytes).toBe(50_000 * (96 - 64));
  });

  test("a property's name is no slot", () => {
    const text =
      "class A:\n    def __init__(self, v):\n        self._v = v\n        self.v = v\n\n    @property\n    def v(self):\n        return self._v\n\n    @v.setter\n    def v(self, value):\n        self._v = value\n";
    const { root, findings } = propose({ "a.py": text }, { types: [held("a:A")], usage: [seen("a.py", "A", ["_v", "v"])] });
    apply(root, onlyProposal(findings).edits);
    expect(read(root, "a.py")).toContain('    __slots__ = ("_v",)\n');
    expect(run(root, "import a; print(a.A(3).v)")).toBe("3");
  });

  test("a descriptor's name is no slot, and neither is one that has a slot in another class", () => {
    const text = `class Part:
    def __init__(self, ratio):
        self.ratio = ratio

    def __get__(self, it, kind):
        return it.total // self.ratio

    def __set__(self, it, value):
        it.total = value * self.ratio


class Time:
    hours = Part(60)

    def __init__(self, total):
        self.total = total


class Other:
    __slots__ = ("rank",)


def mark(things):
    for thing in things:
        thing.rank = 1
`;
    const set = { name: "hours", setBy: [{ file: "test_a.py", line: 3, function: "test" }] };
    const { root, findings } = propose(
      { "a.py": text },
      { types: [held("a:Time")], usage: [seen("a.py", "Time", ["total", set])] },
    );
    apply(root, onlyProposal(findings).edits);
    expect(read(root, "a.py")).toContain('    __slots__ = ("total",)\n');
    expect(run(root, "import a; t = a.Time(1); t.hours = 2; print(t.total, t.hours)")).toBe("120 2");
  });

  test("an attribute that code of the package sets on objects of unknown class gets a slot", () => {
    const text = `${plain}\n\ndef mark(things):\n    for thing in things:\n        thing.rank = 1\n`;
    const { root, findings } = propose({ "a.py": text }, { types: [held("a:A")], usage: [seen("a.py", "A", ["a"])] });
    apply(root, onlyProposal(findings).edits);
    expect(read(root, "a.py")).toContain('    __slots__ = ("a", "rank")\n');
  });

  test("no slot for an attribute that the recorder saw going to another class, or not in the tests that ran", () => {
    const text = `${plain}\n\nclass B:\n    pass\n\n\ndef mark(things):\n    for thing in things:\n        thing.rank = 1\n        thing.__doc__ = ''\n`;
    const test =
      "from a import A\n\n\ndef test_a(things):\n    for thing in things:\n        thing.score = 1\n        thing.__name__ = 'x'\n";
    const other = seen("a.py", "B", [{ name: "rank", setBy: [{ file: "a.py", line: 12, function: "mark" }] }]);
    const given = { types: [held("a:A")], usage: [seen("a.py", "A", ["a"]), other], testFiles: ["test_a.py"] };
    const { root, findings } = propose({ "a.py": text, "test_a.py": test }, given);
    apply(root, onlyProposal(findings).edits);
    expect(read(root, "a.py")).toContain('    __slots__ = ("a",)\n');
  });

  test("a class that derives from a builtin is worth the dictionary beside its value", () => {
    const text = "class Text(str):\n    def __init__(self, value):\n        self.language = 'en'\n";
    const types = [{ ...held("a:Text"), dictBytes: 50_000 * 300 }];
    const { root, findings } = propose({ "a.py": text }, { types, usage: [seen("a.py", "Text", ["language"])] });
    const proposal = onlyProposal(findings);
    apply(root, proposal.edits);
    expect(proposal.expectedBytes).toBe(50_000 * (300 - 8));
    expect(run(root, "import a; t = a.Text('x'); print(t, t.language, hasattr(t, '__dict__'))")).toBe("x en False");
  });

  test("asks the recorder for the whole family", () => {
    const root = project({ "a.py": "class A:\n    def __init__(self):\n        self.a = 1\n\n\nclass B(A):\n    pass\n" });
    expect(slotsPlainClass.watch(evidenceOf(root, { types: [held("a:B")] })).classes?.map((it) => it.qualname)).toEqual([
      "A",
      "B",
    ]);
  });

  test("nothing for few instances, foreign types and classes that have slots", () => {
    const slotted = "class S:\n    __slots__ = ('a',)\n\n    def __init__(self):\n        self.a = 1\n";
    const types = [held("geo:Point", 10), { ...held("other:Thing"), project: false }, held("s:S")];
    expect(propose({ "geo.py": point, "s.py": slotted }, { types, usage: pointUsage }).findings).toEqual([]);
  });
});

const plain = "class A:\n    def __init__(self):\n        self.a = 1\n";
const forbidden: [string, Record<string, string>, RegExp, Given?][] = [
  ["an exception", { "a.py": plain.replace("class A", "class A(ValueError)") }, /an exception/],
  ["an enumeration", { "a.py": "import enum\n\n\nclass A(enum.Enum):\n    X = 1\n" }, /an enumeration/],
  ["a NamedTuple", { "a.py": "from typing import NamedTuple\n\n\nclass A(NamedTuple):\n    a: int\n" }, /NamedTuple/],
  ["a TypedDict", { "a.py": "from typing import TypedDict\n\n\nclass A(TypedDict):\n    a: int\n" }, /TypedDict/],
  ["a protocol", { "a.py": "from typing import Protocol\n\n\nclass A(Protocol):\n    a: int\n" }, /protocol/],
  ["a metaclass", { "a.py": plain.replace("class A", "class M(type):\n    pass\n\n\nclass A(metaclass=M)") }, /metaclass M/],
  [
    "class keywords",
    {
      "a.py": `class B:\n    def __init_subclass__(cls, tag):\n        pass\n\n\n${plain.replace("class A", "class A(B, tag=1)")}`,
    },
    /__init_subclass__/,
  ],
  [
    "a decorator that makes another class",
    { "a.py": `def new(cls):\n    return type(cls.__name__, (cls,), {})\n\n\n@new\n${plain}` },
    /decorator new/,
  ],
  [
    "a decorator that looks into the class",
    { "a.py": `def look(cls):\n    print(cls.__dict__)\n    return cls\n\n\n@look\n${plain}` },
    /decorator look/,
  ],
  [
    "a decorator that hands the class on",
    { "a.py": `from reg import note\n\n\ndef look(cls):\n    note(cls)\n    return cls\n\n\n@look\n${plain}` },
    /decorator look/,
  ],
  [
    "a decorator that gives it a name",
    { "a.py": `def name(cls):\n    cls.a = 1\n    return cls\n\n\n@name\n${plain}` },
    /decorator name/,
  ],
  [
    "a decorator of which one form is unknown",
    { "a.py": `import sys\nif sys.platform:\n    keep = lambda x: x\nelse:\n    keep = print\n\n\n@keep\n${plain}` },
    /decorator keep/,
  ],
  ["an unknown decorator", { "a.py": `from reg import register\n\n\n@register\n${plain}` }, /decorator register/],
  ["a body on one line", { "a.py": "class A: a = 1\n" }, /line of its header/],
  [
    "a foreign base",
    { "a.py": `import threading\n\n\n${plain.replace("class A", "class A(threading.Thread)")}` },
    /base threading.Thread/,
  ],
  [
    "a cached_property",
    { "a.py": `import functools\n\n\n${plain}\n    @functools.cached_property\n    def big(self):\n        return 1\n` },
    /cached_property/,
  ],
  [
    "__dict__ in a method",
    { "a.py": `${plain}\n    def dump(self):\n        return self.__dict__\n` },
    /A.dump uses __dict__ \(a.py:6\)/,
  ],
  ["vars(self)", { "a.py": `${plain}\n    def dump(self):\n        return vars(self)\n` }, /uses vars/],
  [
    "vars(self) in a subclass",
    { "a.py": `${plain}\n\nclass B(A):\n    def dump(self):\n        return vars(self)\n` },
    /B.dump uses vars/,
  ],
  [
    "computed setattr",
    { "a.py": `${plain}\n    def load(self, values):\n        for k, v in values.items():\n            setattr(self, k, v)\n` },
    /computed names/,
  ],
  [
    "__setstate__ alone",
    { "a.py": `${plain}\n    def __setstate__(self, state):\n        self.a = state['a']\n` },
    /__setstate__ alone/,
  ],
  [
    "old pickle protocols in the text",
    { "a.py": `${plain}`, "b.py": "import pickle\n\n\ndef save(o):\n    return pickle.dumps(o, protocol=0)\n" },
    /b.py:5/,
  ],
  [
    "a replaced __class__",
    { "a.py": plain, "b.py": "def turn(o, c):\n    o.__class__ = c\n" },
    /__class__ is replaced at b.py:2/,
  ],
  [
    "two bases with slots",
    { "a.py": `${plain}\n\nclass B:\n    def __init__(self):\n        self.b = 1\n\n\nclass C(A, B):\n    pass\n` },
    /C inherits from A and B/,
    {
      types: [held("a:C"), held("a:A"), held("a:B")],
      usage: [seen("a.py", "A", ["a"]), seen("a.py", "B", ["b"]), seen("a.py", "C")],
    },
  ],
  [
    "a default under the same name",
    { "a.py": "class A:\n    a = None\n\n    def __init__(self):\n        self.a = 1\n" },
    /has a in its class body/,
  ],
  [
    "a default in a base",
    { "a.py": "class B:\n    a = None\n\n\nclass A(B):\n    def __init__(self):\n        self.a = 1\n" },
    /B has a in its class body/,
  ],
  [
    "a class inside a function",
    { "a.py": `def make():\n${plain.replace(/^/gm, "    ")}\n    return A\n` },
    /inside a function/,
    { types: [held("a:make.A")] },
  ],
  [
    "a free attribute in a test",
    { "a.py": plain, "test_a.py": "from a import A\n\n\ndef test_a():\n    x = A()\n    x.extra = 1\n" },
    /test_a.py:6 gives instances of A the attribute extra/,
  ],
  [
    "more attributes from nowhere known than slots may be spared for",
    {
      "a.py": `${plain}\n\ndef mark(things):\n    for thing in things:\n${[1, 2, 3, 4, 5].map((it) => `        thing.rank${it} = 1\n`).join("")}`,
    },
    /a.py:12 may give instances of A the attribute rank5/,
  ],
  [
    "an attribute that a test which did not run may give it",
    {
      "a.py": plain,
      "test_a.py": "from a import A\n\n\ndef test_a(things):\n    for thing in things:\n        thing.rank = 1\n",
    },
    /test_a.py:6 may give instances of A the attribute rank/,
  ],
  [
    "a free attribute seen by the recorder",
    { "a.py": plain },
    /attribute extra/,
    { usage: [seen("a.py", "A", ["a", { name: "extra", setBy: [{ file: "tests/test_a.py", line: 3, function: "test" }] }])] },
  ],
  [
    "a key written into the dictionary",
    { "a.py": plain },
    /writes into the dictionary/,
    { usage: [seen("a.py", "A", ["a", { name: "ghost", setBy: [] }])] },
  ],
  [
    "a dictionary use seen by the recorder",
    { "a.py": plain },
    /dump uses the dictionary/,
    { usage: [seen("a.py", "A", ["a"], { dictUses: [{ file: "b.py", line: 2, function: "dump" }] })] },
  ],
  [
    "a mock",
    { "a.py": plain },
    /mock replaces run/,
    { usage: [seen("a.py", "A", ["a"], { mocked: [{ file: "/lib/mock.py", line: 9, function: "run" }] })] },
  ],
  [
    "pickle protocol 1 seen",
    { "a.py": plain },
    /protocol 1/,
    { usage: [seen("a.py", "A", ["a"], { copies: 1, protocols: [1] })] },
  ],
  ["no recorder", { "a.py": plain }, /recorder has not seen A/, { usage: null }],
  ["no instance under the recorder", { "a.py": plain }, /made no instance/, { usage: [seen("a.py", "A", [], { instances: 0 })] }],
];

describe("slots on a plain class are forbidden by", () => {
  test.each(forbidden)("%s", (_, files, reason, given = {}) => {
    const base = { types: [held("a:A")], usage: [seen("a.py", "A", ["a"]), seen("a.py", "make.A", ["a"])] };
    const { findings } = propose(files, { ...base, ...given });
    expect(findings.every((it) => it.kind === "forbidden")).toBe(true);
    expect(reasons(findings)).toMatch(reason);
  });
});
