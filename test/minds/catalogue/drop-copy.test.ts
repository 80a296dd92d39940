import { describe, expect, test } from "vitest";
import { dropCopy } from "../../../src/minds/catalogue/recipes/drop-copy.ts";
import type { ExpressionFacts } from "../../../src/vocabulary/facts-expressions.ts";
import type { ValueUsageOf } from "../../../src/vocabulary/usage-values.ts";
import { type Case, edited, type Files, factsOf, findings, mebibyte, output, proposalOf, reasonOf } from "./expression-case.ts";

const head = "import copy\n\n\nclass Row:\n    def __init__(self, x):\n        self.x = x\n        self.y = 0\n\n\n";
const tail = (work: string) => `\n\ndef main():\n    rows = [Row(1), Row(2)]\n    ${work}\n\n\nmain()\n`;
const perItem = (body: string, end = "return out") =>
  `${head}def calibrate(rows):\n    out = []\n    for r in rows:\n        q = copy.copy(r)\n        ${body}\n        out.append(q)\n    ${end}\n${tail("rows = calibrate(rows)\n    print([(it.x, it.y) for it in rows])")}`;

/** Usage as the recorder writes it when all is well, with what the case is about. */
function seen(files: Files, more: Partial<ValueUsageOf<"copy">> = {}): ValueUsageOf<"copy">[] {
  const facts = factsOf(files)["main.py"] as ExpressionFacts;
  const [copy] = facts.copies;
  if (!copy) throw new Error("no copy in main.py");
  const callers = copy.callers.map((it) => `${it.file}:${it.line}`);
  const none = {
    originalChanged: 0,
    copyChanged: 0,
    shared: 0,
    sharedInside: 0,
    custom: 0,
    unfollowed: 0,
    liveIn: [],
    raised: [],
  };
  const all = { calls: 2, tests: 1, sameType: 2, equal: 2, followed: 2 };
  return [{ kind: "copy", file: "main.py", at: copy.at, types: ["main.Row"], callers, ...none, ...all, ...more }];
}

function given(text: string, more: Partial<ValueUsageOf<"copy">> = {}, others: Files = {}): Case {
  const files = { "main.py": text, ...others };
  const line = text.split("\n").findIndex((it) => /copy\(|list\(|dict\(|\[:\]/.test(it)) + 1;
  return { files, held: { [`main.py:${line}`]: 5 * mebibyte }, usage: seen(files, more) };
}

test("steal, one by one: the originals are dead in the function and in its caller", () => {
  const one = given(perItem("q.x = r.x * 2"), { copyChanged: 2 });
  const proposal = proposalOf(dropCopy, one);
  const after = edited(one.files, proposal);
  expect(after["main.py"]).toBe(perItem("q.x = r.x * 2").replace("copy.copy(r)", "r"));
  expect(output(after)).toBe(output(one.files));
  expect(proposal).toMatchObject({ sweep: "copies", evidenceBytes: 5 * mebibyte, subject: "copy.copy(r)" });
  expect(proposal.declaredCosts).toHaveLength(2);
  expect(proposal.evidence).toContain("2 calls from 1 test and the target");
  expect(proposal.checklist).toMatchSnapshot();
});

test.each(["for r, n in zip(rows, range(9)):", "for n, r in enumerate(rows):"])("steal, one by one: %s", (loop) => {
  const one = given(perItem("q.x = r.x * n").replace("for r in rows:", loop), { copyChanged: 2 });
  const after = edited(one.files, proposalOf(dropCopy, one));
  expect(after["main.py"]).toContain("        q = r\n");
  expect(output(after)).toBe(output(one.files));
});

test.each([
  ["deepcopy of a parameter", "work = copy.deepcopy(rows)", "work = rows"],
  ["list of a parameter", "work = list(rows)", "work = rows"],
  ["slice of a parameter", "work = rows[:]", "work = rows"],
  ["method", "work = rows.copy()", "work = rows"],
])("steal: %s", (_, statement, wanted) => {
  const text = `${head}def f(rows):\n    ${statement}\n    work.append(Row(3))\n    return work\n${tail("print(len(f(rows)))")}`;
  const one = given(text, { copyChanged: 1 });
  const after = edited(one.files, proposalOf(dropCopy, one));
  expect(after["main.py"]).toContain(`    ${wanted}\n`);
  expect(output(after)).toBe(output(one.files));
});

test("unchanged: a private reading copy, original in use afterwards", () => {
  const text = `${head}def _count(d):\n    snap = dict(d)\n    n = len(snap) + sum(snap.values())\n    return n, len(d)\n\n\nprint(_count({1: 2}))\n`;
  const one = given(text, { shared: 2, liveIn: ["rows in main (main.py:9)"] });
  const proposal = proposalOf(dropCopy, one);
  expect(edited(one.files, proposal)["main.py"]).toContain("    snap = d\n");
  expect(proposal.declaredCosts).toEqual([]);
});

describe("forbidden by the text", () => {
  test.each([
    [
      "a slot that was set is read from the original",
      perItem("q.x = 5\n        q.y = r.x"),
      "r is used again at main.py:15: q.y = r.x",
    ],
    ["the original is kept", perItem("q.x = 5\n        out.append(r)"), "r is used again at main.py:15"],
    [
      "a change that cannot be named comes first",
      perItem("vars(q).update(x=1)\n        q.y = r.y"),
      "r is used again at main.py:15",
    ],
    [
      "the iterated container is read after the loop",
      perItem("q.x = 5", "return out, rows"),
      "rows is used again after the loop at main.py:16",
    ],
    [
      "the iterated container is no local",
      perItem("q.x = 5").replace("for r in rows:", "for r in KEPT:"),
      "KEPT, which the loop runs over, is not a local name",
    ],
    [
      "a set slot is read in an inner loop",
      perItem("for _ in (1, 2):\n            q.x = r.x * 2"),
      "r is used again at main.py:15",
    ],
    ["identity is asked", perItem("q.x = 5 if q is r else 6"), "main.py:14 asks whether the two are the same object"],
    ["captured", perItem("q.x = (lambda: r.x)()"), "r is captured by a function or generator in line 14"],
    ["a generator function", perItem("q.x = 5\n        yield q"), "the function is a generator or coroutine"],
    ["locals are looked at", perItem("q.x = len(locals())"), "the function looks at its own locals: locals() in line 14"],
    [
      "copied in an inner loop",
      `${head}def f(rows):\n    for r in rows:\n        while r:\n            q = copy.copy(r)\n            q.x = 1\n            r = None\n`,
      "it is copied in a loop inside of the loop that it comes from",
    ],
    [
      "what is copied is no local",
      `${head}class A:\n    def f(self):\n        return copy.copy(self.rows)\n`,
      "who else holds self.rows cannot be seen",
    ],
  ])("%s", (_, text, reason) => {
    expect(reasonOf(dropCopy, given(text, { copyChanged: 2 }))).toContain(reason);
  });
  test("a call of the function that no recorded run came from", () => {
    const one = given(
      perItem("q.x = 5"),
      { copyChanged: 2 },
      { "other.py": "from main import calibrate\n\n\ndef g(rows):\n    calibrate(rows)\n    return rows\n" },
    );
    const [usage] = one.usage as ValueUsageOf<"copy">[];
    const observed = { ...one, usage: [{ ...(usage as ValueUsageOf<"copy">), callers: ["main.py:21"] }] };
    expect(reasonOf(dropCopy, observed)).toBe("other.py:5 calls calibrate too, and no recorded run came from there");
    const tested = given(
      perItem("q.x = 5"),
      { copyChanged: 2 },
      { "tests/test_a.py": "from main import calibrate\n\n\ndef test_a():\n    calibrate([])\n" },
    );
    expect(proposalOf(dropCopy, { ...tested, usage: observed.usage }).technique).toBe("drop-copy");
  });
  test("neither side changed in the runs, but a public method hands the copy out", () => {
    const text = "class Cfg:\n    def dump(self):\n        d = vars(self)\n        return dict(d)\n\n\nprint(Cfg().dump())\n";
    const reason = reasonOf(dropCopy, given(text, { shared: 2 }));
    expect(reason).toBe(
      "the copy is returned at line 4, where others may change it; somebody else holds the original in 2 of 2 recorded calls",
    );
  });
  test("deep: something inside of the copy gets out", () => {
    const text = `${head}def f(rows):\n    snap = copy.deepcopy(rows)\n    rows2 = snap[0].x\n    return rows2, rows\n`;
    expect(reasonOf(dropCopy, given(text))).toContain("main.py:12 may lead to a change of one side: rows2 = snap[0].x");
  });
});

describe("forbidden by what was recorded", () => {
  const text = perItem("q.x = r.x * 2");
  test.each([
    [
      "original changed",
      { copyChanged: 2, originalChanged: 1 },
      "the original is changed after it was copied in 1 recorded copies",
    ],
    ["shared", { copyChanged: 2, shared: 1 }, "somebody else holds the original in 1 of 2 recorded calls"],
    ["shared inside", { copyChanged: 2, sharedInside: 1 }, "something inside of the original is also held from elsewhere"],
    [
      "read again by a caller",
      { copyChanged: 2, liveIn: ["rows in main (main.py:22)"] },
      "the caller reads the original again: rows in main (main.py:22)",
    ],
    ["own copying", { copyChanged: 2, custom: 2 }, "main.Row copies by rules of its own"],
    ["not followed", { copyChanged: 2, unfollowed: 1 }, "could not be followed (main.Row)"],
    ["another type", { copyChanged: 2, sameType: 1 }, "the copy has another type than the original in 1 of 2 calls"],
    ["different", { copyChanged: 2, equal: 1 }, "the copy differs from the original in 1 of 2 calls"],
    ["raised", { copyChanged: 2, raised: ["TypeError"] }, "the copy raised TypeError in a recorded run"],
  ])("%s", (_, more, reason) => {
    expect(reasonOf(dropCopy, given(text, more))).toContain(reason);
  });
  test("not recorded, not reached", () => {
    const one = given(text);
    expect(reasonOf(dropCopy, { files: one.files, held: one.held ?? {}, run: null })).toContain("was not recorded");
    expect(reasonOf(dropCopy, { ...one, usage: [] })).toContain(
      "no test and no run of the target reached copy.copy(r) (main.py:13)",
    );
  });
});

test("nothing where nothing stands at the peak", () => {
  expect(findings(dropCopy, { files: { "main.py": perItem("q.x = 5") }, run: null })).toEqual([]);
});
