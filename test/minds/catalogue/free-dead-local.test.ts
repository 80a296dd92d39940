import { describe, expect, test } from "vitest";
import { checklistGate } from "../../../src/method/checklist.ts";
import { freeDeadLocal } from "../../../src/minds/catalogue/recipes/free-dead-local.ts";
import { freeLoopCarried } from "../../../src/minds/catalogue/recipes/free-loop-carried.ts";
import { rebindDeadLocal } from "../../../src/minds/catalogue/recipes/rebind-dead-local.ts";
import {
  type Case,
  edited,
  evidenceOf,
  findings,
  type Held,
  measured,
  mebibyte,
  proposalOf,
  proposals,
  reasonOf,
} from "./lifetime-case.ts";

const stages = `def load():
    return [str(i) * 3 for i in range(60_000)]


def parse(raw):
    return [len(it) for it in raw] * 2


def report(numbers):
    return sum([it * 2.5 for it in numbers])


def main():
    raw = load()  # the input
    numbers = parse(raw)
    return report(numbers)
`;
const peak = "return report(numbers)";
const given = (text: string, ...held: Held[]): Case => ({ files: { "app.py": text }, held });

test("del behind the last use: the text, the answers, and the peak that Python then reaches", () => {
  const one = given(stages, { name: "raw", at: peak, mib: 3.8 });
  const proposal = proposalOf(freeDeadLocal, one);
  const after = edited(one.files, proposal);
  expect(after["app.py"]).toBe(stages.replace("parse(raw)\n    return", "parse(raw)\n    del raw\n    return"));
  const [before, now] = [measured(one.files), measured(after)];
  expect(now.value).toBe(before.value);
  expect(now.peakMib).toBeLessThan(before.peakMib - 1);
  expect(proposal).toMatchObject({
    subject: "raw",
    site: { file: "app.py", qualname: "main", line: 13 },
    scope: ["app.py:main"],
    summary: "free raw in main before the peak",
    evidenceBytes: Math.round(3.8 * mebibyte),
    category: "data-structures",
  });
  expect(proposal.checklist).toMatchSnapshot();
  expect(checklistGate(proposal, evidenceOf(one).profile, { library: true, allow: [] })).toEqual({ open: true });
});

describe("the place of the del", () => {
  const text = (body: string) => `def main():\n${body.replace(/^/gm, "    ")}\n    return work()\n`;
  const placed = (body: string, name: string, at = "work()", type = "list") => {
    const one = given(text(body), { name, at, type });
    return edited(one.files, proposalOf(freeDeadLocal, one))["app.py"];
  };
  test.each([
    ["behind a multi-line statement", "x = load(\n    1,\n)", "x = load(\n    1,\n)\ndel x"],
    ["behind the whole if that reads it", "x = load()\nif a():\n    b(x)", "x = load()\nif a():\n    b(x)\ndel x"],
    ["behind the loop that runs over it", "x = load()\nfor i in x:\n    b(i)", "x = load()\nfor i in x:\n    b(i)\ndel x"],
    ["behind a comment", "x = load()\nb(x)  # why", "x = load()\nb(x)  # why\ndel x"],
    [
      "read after a with, so it is surely bound",
      "with open(a) as f:\n    x = f.read()\nb(x)",
      "with open(a) as f:\n    x = f.read()\nb(x)\ndel x",
    ],
    [
      "read in try, bound before",
      "x = load()\ntry:\n    b(x)\nexcept E:\n    c()",
      "x = load()\ntry:\n    b(x)\nexcept E:\n    c()\ndel x",
    ],
    ["behind the last binding, not the first", "x = load()\nb(x)\nx = more()\nc(x)", "x = load()\nb(x)\nx = more()\nc(x)\ndel x"],
    [
      "a lambda with a parameter of the same name",
      "x = load()\nc(x, key=lambda x: x[0])",
      "x = load()\nc(x, key=lambda x: x[0])\ndel x",
    ],
  ])("%s", (_, body, wanted) => {
    expect(placed(body, "x")).toBe(text(wanted));
  });
  test("a private name of a class is mangled in the frame, not in the text", () => {
    const one = given("class A:\n    def f(self):\n        __x = load()\n        b(__x)\n        return work()\n", {
      name: "_A__x",
      at: "work()",
    });
    expect(edited(one.files, proposalOf(freeDeadLocal, one))["app.py"]).toContain("        b(__x)\n        del __x\n");
  });
  test("CRLF, tabs and bytes beyond ASCII stay as they are", () => {
    const crlf = "# caf\xc3\xa9\r\ndef f():\r\n\tx = load('\xc3\xa9')\r\n\tb(x)\r\n\treturn work()\r\n";
    const one = given(crlf, { name: "x", at: "work()" });
    expect(edited(one.files, proposalOf(freeDeadLocal, one))["app.py"]).toBe(crlf.replace("b(x)\r\n", "b(x)\r\n\tdel x\r\n"));
    const latin = "# -*- coding: latin-1 -*-\ndef f():\n    x = '\xe9\xe9\xe9'; y = x\n    z(y, '\xe9')\n    return work()\n";
    const other = given(latin, { name: "y", at: "work()", type: "str" });
    expect(edited(other.files, proposalOf(freeDeadLocal, other))["app.py"]).toBe(
      latin.replace("'\xe9')\n", "'\xe9')\n    del y\n"),
    );
  });
});

describe("locals that hang together", () => {
  const reader =
    "import csv\nimport io\n\n\ndef main():\n    text = load()\n    rows = csv.reader(io.StringIO(text))\n    total = add(rows)\n    return work(total)\n";
  test("a reader and the text that it was made from keep the same bytes: one del", () => {
    const one = given(
      reader,
      { name: "text", at: "work(total)", type: "str", mib: 10 },
      { name: "rows", at: "work(total)", type: "_csv:reader", mib: 10.1 },
    );
    const proposal = proposalOf(freeDeadLocal, one);
    const after = edited(one.files, proposal)["app.py"];
    expect(after).toContain("(text))\n    del text\n    total = add(rows)\n    del rows\n");
    expect(proposal).toMatchObject({ subject: "rows,text", evidenceBytes: Math.round(10.1 * mebibyte) });
  });
  test("one of them may not go: then none has a gain, and the reason names it", () => {
    const one = given(
      reader,
      { name: "text", at: "work(total)", type: "str" },
      { name: "rows", at: "work(total)", type: "io:Reader" },
    );
    expect(reasonOf(freeDeadLocal, one)).toBe("rows: it is a io:Reader, whose end may do more than give memory back");
  });
  const index =
    "def main():\n    rows = load()\n    index = {it.id: it for it in rows}\n    total = add(index)\n    return work(total)\n";
  test("made from each other, of different size: each alone first, then both for what they share", () => {
    const one = given(
      index,
      { name: "rows", at: "work(total)", mib: 8 },
      { name: "index", at: "work(total)", type: "dict", mib: 12 },
    );
    const found = proposals(freeDeadLocal, one).map((it) => [it.subject, it.evidenceBytes / mebibyte]);
    expect(found).toEqual([
      ["rows", 8],
      ["index", 12],
      ["index,rows", 8],
    ]);
  });
  test("equal size by chance is no bond", () => {
    const text = "def main():\n    a = load(1)\n    b = load(2)\n    use(a, b)\n    return work()\n";
    const one = given(text, { name: "a", at: "work()" }, { name: "b", at: "work()" });
    expect(proposals(freeDeadLocal, one).map((it) => it.subject)).toEqual(["a", "b"]);
  });
  test("a recursive function is one site", () => {
    const text = "def walk(n):\n    part = load(n)\n    use(part)\n    return walk(n - 1)\n";
    const one = given(text, { name: "part", at: "return walk", mib: 3 }, { name: "part", at: "return walk", mib: 5, depth: 1 });
    expect(proposalOf(freeDeadLocal, one).evidenceBytes).toBe(5 * mebibyte);
  });
});

describe("forbidden, with the reason", () => {
  const f = (body: string, head = "def f(a, p):") => `${head}\n${body.replace(/^/gm, "    ")}\n    return work()\n`;
  test.each([
    [
      "a closure reads it",
      f("x = load()\ndef g():\n    return x\nb(g)"),
      "a closure, lambda or generator expression captures it",
    ],
    ["a lambda reads it", f("x = load()\nb(lambda: x)"), "a closure, lambda or generator expression captures it"],
    [
      "a generator expression reads it later",
      f("x = load()\nb(i for i in a if i in x)"),
      "a closure, lambda or generator expression captures it",
    ],
    [
      "a nested function rebinds it",
      f("x = load()\ndef g():\n    nonlocal x\n    x = 1\nb(g)"),
      "a closure, lambda or generator expression captures it",
    ],
    ["locals() is looked at", f("x = load()\nb(locals())"), "the function uses locals, which may look at its names"],
    ["inspect.stack()", f("x = load()\nb(inspect.stack())"), "the function uses stack, which may look at its names"],
    ["eval", f("x = load()\neval(a)"), "the function uses eval, which may look at its names"],
    ["a query text names it", f("x = load()\ny = a.query('v in @x')"), "the text given to query() in line 3 may name it"],
    ["a query text that is made elsewhere", f("x = load()\ny = a.query(p)"), "the text given to query() in line 3 is not known"],
    ["no place is passed by all", f("x = load()\nif b(x):\n    return work()"), "no place before line 4 is passed on every path"],
  ])("%s", (_, text, reason) => {
    expect(reasonOf(freeDeadLocal, given(text, { name: "x", at: "work()" }))).toContain(reason);
  });
  test("bound by an except clause", () => {
    const text = f("try:\n    b()\nexcept E as x:\n    c(x)\n    work()");
    expect(reasonOf(freeDeadLocal, given(text, { name: "x", at: "    work()" }))).toContain("bound by an except clause");
  });
  test("the first parameter that super() reads", () => {
    const text = "class A(list):\n    def f(self):\n        super().f()\n        return work()\n";
    expect(reasonOf(freeDeadLocal, given(text, { name: "self", at: "work()" }))).toContain("super() reads the first parameter");
  });
  test("a global name", () => {
    expect(reasonOf(freeDeadLocal, given(f("global x\nx = load()"), { name: "x", at: "work()" }))).toContain(
      "no place before line 4",
    );
  });
  test("module level: names are public", () => {
    const reason = reasonOf(freeDeadLocal, given("x = load()\nwork()\n", { name: "x", at: "work()" }));
    expect(reason).toContain("<module> (app.py) is no function whose source could be read");
  });
  test("an argument before Python 3.11, but not what is bound to it later", () => {
    const one = given(f("b(p)"), { name: "p", at: "work()" });
    expect(reasonOf(freeDeadLocal, { ...one, python: [3, 10] })).toContain(
      "before Python 3.11 the caller's frame keeps arguments",
    );
    expect(proposals(freeDeadLocal, one)).toHaveLength(1);
    const later = given(f("p = c(p)\nb(p)"), { name: "p", at: "work()" });
    expect(proposals(freeDeadLocal, { ...later, python: [3, 10] })).toHaveLength(1);
  });
});

describe("types whose end does something", () => {
  const text =
    "class Plain:\n    pass\n\n\nclass Ends:\n    def __del__(self):\n        say()\n\n\nclass Late(Ends):\n    pass\n\n\nimport threading\n\n\nclass Own(threading.Thread):\n    pass\n\n\ndef f():\n    x = load()\n    b(x)\n    return work()\n";
  const of = (type: string): Case => given(text, { name: "x", at: "work()", type });
  test.each([
    "_io:TextIOWrapper",
    "_thread:lock",
    "socket:socket",
    "tempfile:TemporaryDirectory",
    "subprocess:Popen",
    "concurrent.futures.thread:ThreadPoolExecutor",
    "_asyncio:Task",
    "sqlite3:Connection",
    "mypkg:Image",
    "generator",
    "app:Ends",
    "app:Late",
    "app:Own",
  ])("%s is forbidden", (type) => {
    expect(reasonOf(freeDeadLocal, of(type))).toContain(`x: it is a ${type}, whose end may do more than give memory back`);
  });
  test.each([
    "app:Plain",
    "numpy:ndarray",
    "pandas.core.frame:DataFrame",
    "PIL.Image:Image",
    "torch:Tensor",
    "_io:BytesIO",
    "memoryview",
    "map",
  ])("%s may go", (type) => {
    expect(proposals(freeDeadLocal, of(type))).toHaveLength(1);
  });
  test("a container while instances with a __del__ are alive", () => {
    const type = { type: "app:Ends", count: 4, bytes: 400, dictBytes: 0, project: true, sizes: [], heldBy: null, madeAt: [] };
    const reason = reasonOf(freeDeadLocal, { ...of("list"), types: [type] });
    expect(reason).toBe("x: 4 instances of Ends, which has a __del__, are alive at the peak: it may hold some of them");
    expect(proposals(freeDeadLocal, { ...of("str"), types: [type] })).toHaveLength(1);
  });
});

test("nothing where nothing stands: live, in use, or below the floor", () => {
  for (const more of [{ state: "live" }, { state: "in-use" }, { mib: 0.01 }] as Partial<Held>[]) {
    const one = given(stages, { name: "raw", at: peak, ...more });
    for (const recipe of [freeDeadLocal, freeLoopCarried, rebindDeadLocal]) expect(findings(recipe, one)).toEqual([]);
  }
});
