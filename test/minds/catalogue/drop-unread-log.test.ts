import { expect, test } from "vitest";
import { dropUnreadLog } from "../../../src/minds/catalogue/recipes/drop-unread-log.ts";
import { type Case, edited, type Files, findings, mebibyte, output, proposalOf, reasonOf } from "./expression-case.ts";

const main = `_log = []


def parse(lines):
    rows = []
    for line in lines:
        row = {"n": int(line)}
        _log.append(dict(row))
        rows.append(row)
    _log.append({"stage": "parse", "rows": len(rows)})
    return rows


print(sum(row["n"] for row in parse(["1", "2"])))
`;

const holder = (kind: "global" | "class-attribute" | "instance-attribute", name: string, owner = "main") => ({
  kind,
  file: "main.py",
  owner,
  name,
  type: "list",
  length: 1000,
  exclusiveBytes: 9 * mebibyte,
});
const global = (files: Files): Case => ({ files, holders: [holder("global", "_log")] });
const change = (from: string, to: string): Files => ({ "main.py": main.replace(from, to) });

test("a private global that is only appended to", () => {
  const given = global({ "main.py": main });
  const proposal = proposalOf(dropUnreadLog, given);
  const after = edited(given.files, proposal);
  expect(after["main.py"]).toBe(`_log = []


def parse(lines):
    rows = []
    for line in lines:
        row = {"n": int(line)}
        rows.append(row)
    return rows


print(sum(row["n"] for row in parse(["1", "2"])))
`);
  expect(output(after)).toBe(output(given.files));
  expect(proposal).toMatchObject({ subject: "_log", expectedBytes: 9 * mebibyte, scope: ["main.py:parse"], consent: null });
  expect(proposal.evidence).toContain("1000 elements");
  expect(proposal.checklist).toMatchSnapshot();
});

test("appends in a file that imports the log: one proposal that edits both", () => {
  const files = {
    "main.py": main,
    "other.py": "from main import _log\n\n\ndef save(x):\n    _log.append(x)\n",
  };
  const proposal = proposalOf(dropUnreadLog, global(files));
  expect(edited(files, proposal)["other.py"]).toBe("from main import _log\n\n\ndef save(x):\n    pass\n");
  expect(proposal.scope).toEqual(["main.py:parse", "other.py:save"]);
});

test("effects of the argument stay as a statement", () => {
  const files = change("_log.append(dict(row))", "_log.append(print(row))");
  const proposal = proposalOf(dropUnreadLog, global(files));
  const after = edited(files, proposal);
  expect(after["main.py"]).toContain("        print(row)\n        rows.append(row)\n");
  expect(output(after)).toBe(output(files));
});

test("a statement that shares its line, a block that becomes empty, item assignment", () => {
  const files = {
    "main.py":
      "class A:\n    def __init__(self):\n        self._seen = {}\n        self._n = 0\n\n    def add(self, k):\n        if k:\n            self._seen[k] = k * 2\n        self._n += k; self._seen[0] = k\n        return self._n\n\n\nprint(A().add(3))\n",
  };
  const given = { files, holders: [holder("instance-attribute", "_seen", "main:A")] };
  const after = edited(files, proposalOf(dropUnreadLog, given));
  expect(after["main.py"]).toContain("        if k:\n            pass\n        self._n += k; pass\n        return self._n\n");
  expect(output(after)).toBe(output(files));
});

test("a class attribute and a local, the latter by the lines that make it grow", () => {
  const files = {
    "main.py":
      "class A:\n    _all = []\n\n    def add(self, x):\n        A._all.append(x)\n        return x\n\n\nprint(A().add(3))\n",
  };
  const proposal = proposalOf(dropUnreadLog, { files, holders: [holder("class-attribute", "_all", "main:A")] });
  expect(edited(files, proposal)["main.py"]).toContain("    def add(self, x):\n        return x\n");
  const local = {
    "main.py":
      "def f(rows):\n    trace = []\n    for r in rows:\n        trace.append((r, r))\n    return len(rows)\n\n\nprint(f([1]))\n",
  };
  const found = proposalOf(dropUnreadLog, { files: local, held: { "main.py:4": mebibyte } });
  expect(edited(local, found)["main.py"]).toContain("    for r in rows:\n        pass\n");
});

test.each([
  [
    "read elsewhere",
    { ...change("", ""), "report.py": "import main\nprint(main._log[0])\n" },
    "_log is used at report.py:2: print(main._log[0])",
  ],
  [
    "read by a test",
    { ...change("", ""), "tests/test_a.py": "from main import _log\ndef test_a():\n    assert _log == []\n" },
    "_log is used at tests/test_a.py:3",
  ],
  [
    "only its length",
    change("    return rows", "    print(len(_log))\n    return rows"),
    "its length (or that of something in it) is asked at main.py:11",
  ],
  ["exported", { "main.py": `__all__ = ["_log"]\n${main}` }, "it is exported by __all__ at main.py:1"],
  [
    "named in a text",
    { ...change("", ""), "tests/test_a.py": "def test_a(monkeypatch):\n    monkeypatch.setattr('main._log', [])\n" },
    "it is named in a text at tests/test_a.py:2",
  ],
  ["all names are seen", change("    return rows", "    globals()\n    return rows"), "globals() sees all names at main.py:11"],
  [
    "handed on by a package",
    { ...change("", ""), "pkg/__init__.py": "from main import _log\n" },
    "it is handed on by an import at pkg/__init__.py:1",
  ],
  [
    "advances an iterator",
    change("_log.append(dict(row))", "_log.extend(lines)"),
    "main.py:8 runs through lines, which others may see advance",
  ],
])("forbidden: %s", (_, files, reason) => {
  expect(reasonOf(dropUnreadLog, global(files))).toContain(reason);
});

test("forbidden: a public name of a library; allowed with a cost in an application", () => {
  const files = { "main.py": main.replaceAll("_log", "log") };
  const given = { files: { ...files, "setup.py": "" }, holders: [holder("global", "log")] };
  expect(() => proposalOf(dropUnreadLog, { ...given, files })).not.toThrow();
  expect(proposalOf(dropUnreadLog, { ...given, files }).declaredCosts[0]).toContain("log stays empty");
  expect(proposalOf(dropUnreadLog, given).subject).toBe("log"); // a script: nobody imports it
  expect(reasonOf({ ...dropUnreadLog, propose: (evidence) => dropUnreadLog.propose(asModule(evidence)) }, given)).toBe(
    "log is a public name of a library: who installs it may read it",
  );
});

test("forbidden: a base class from elsewhere may read it", () => {
  const files = {
    "main.py":
      "import logging\nclass H(logging.Handler):\n    def __init__(self):\n        self._kept = []\n    def emit(self, record):\n        self._kept.append(record)\n",
  };
  const given = { files, holders: [holder("instance-attribute", "_kept", "main:H")] };
  expect(reasonOf(dropUnreadLog, given)).toBe("the class derives from logging.Handler, whose code may read _kept");
});

test.each([
  ["dumped elsewhere", "import main\n\ndef dump(x):\n    return vars(x)\n", "vars() sees all names at other.py:4"],
  ["by its dict", "def dump(x):\n    return dict(x.__dict__)\n", "__dict__ sees all names at other.py:2"],
])("forbidden: instances are %s", (_, other, reason) => {
  const files = {
    "main.py": "class A:\n    def __init__(self):\n        self._kept = []\n    def f(self, x):\n        self._kept.append(x)\n",
    "other.py": other,
  };
  expect(reasonOf(dropUnreadLog, { files, holders: [holder("instance-attribute", "_kept", "main:A")] })).toContain(reason);
  const unrelated = { ...files, "other.py": "class B:\n    def dump(self):\n        return vars(self), self.__dict__\n" };
  expect(
    proposalOf(dropUnreadLog, { files: unrelated, holders: [holder("instance-attribute", "_kept", "main:A")] }).subject,
  ).toBe("_kept");
});

test("nothing where nothing stands at the peak, and nothing for a local that is used", () => {
  expect(findings(dropUnreadLog, { files: { "main.py": main } })).toEqual([]);
  expect(findings(dropUnreadLog, { files: { "main.py": main }, held: { "main.py:9": mebibyte } })).toEqual([]);
});

function asModule(evidence: Parameters<typeof dropUnreadLog.propose>[0]): Parameters<typeof dropUnreadLog.propose>[0] {
  const files = Object.entries(evidence.facts.files).map(([name, it]) => [name, { ...it, module: "main" }] as const);
  return { ...evidence, facts: { ...evidence.facts, files: Object.fromEntries(files) } };
}
