import { describe, expect, test } from "vitest";
import { checklistGate } from "../../../src/method/checklist.ts";
import { passOwnership } from "../../../src/minds/catalogue/recipes/pass-ownership.ts";
import { findPythons } from "../../pythons.ts";
import { type Case, edited, evidenceOf, findings, type Held, measured, proposalOf, reasonOf } from "./lifetime-case.ts";

const app = `def load():
    return [str(n) * 3 for n in range(60_000)]


def report(rows, scale):
    total = sum(len(it) for it in rows)
    floats = [n * 2.5 for n in range(60_000)]
    return total * scale + len(floats)


def main():
    rows = load()
    return report(rows, 2)
`;
const inUse: Held = { name: "rows", at: "return report(rows", state: "in-use", depth: 1 };
const done: Held = { name: "rows", at: "floats = [", state: "dead", depth: 0, mib: 0 };
/** The caller stands in its last statement unless the case says otherwise. */
function given(text: string, ...held: Held[]): Case {
  const at = text.split("\n").findLast((it) => it.startsWith("    ") && it.includes("report(")) ?? "";
  return { files: { "app.py": text }, held: held.length > 0 ? held : [{ ...inUse, at }, done] };
}
const change = (from: string, to: string) => given(app.replace(from, to));

test("handed over without a name, and let go of by the receiver", () => {
  const one = given(app);
  const proposal = proposalOf(passOwnership, one);
  const after = edited(one.files, proposal);
  expect(after["app.py"]).toBe(
    app
      .replace("for it in rows)\n", "for it in rows)\n    del rows\n")
      .replace("    rows = load()\n    return report(rows,", "    return report(load(),"),
  );
  expect(proposal).toMatchObject({ subject: "rows", scope: ["app.py:main", "app.py:report"], site: { qualname: "main" } });
  expect(proposal.checklist).toMatchSnapshot();
  expect(checklistGate(proposal, evidenceOf(one).profile, { library: true, allow: [] })).toEqual({ open: true });
  for (const python of findPythons().filter((it) => Number(it.version.slice(2)) >= 11)) {
    const [before, now] = [measured(one.files, python.executable), measured(after, python.executable)];
    expect(now.value).toBe(before.value);
    expect(now.peakMib, `Python ${python.version}`).toBeLessThan(before.peakMib - 1);
  }
});

describe("forms", () => {
  test("the receiver has rebound its parameter: only the caller changes", () => {
    const text = app.replace("    floats = [", "    rows = None\n    floats = [");
    const one = given(text, inUse, { ...done, state: "dead" });
    const after = edited(one.files, proposalOf(passOwnership, one))["app.py"] ?? "";
    expect(after).toContain("return report(load(), 2)");
  });
  test("a keyword, a method, a multi-line call, another file", () => {
    const files = {
      "app.py":
        "import other\n\n\nclass App:\n    def main(self):\n        rows = self.load(\n            1,\n        )\n        kept = self.report(2, data=rows)\n        return kept\n\n    def report(self, scale, data):\n        use(data)\n        return work()\n",
    };
    const held: Held[] = [
      { ...inUse, at: "kept = " },
      { ...done, name: "data", at: "work()" },
    ];
    const after = edited(files, proposalOf(passOwnership, { files, held }))["app.py"];
    expect(after).toContain("        kept = self.report(2, data=self.load(\n            1,\n        ))\n");
    expect(after).toContain("        use(data)\n        del data\n");
    const two = {
      "app.py": "import other\n\n\ndef main():\n    rows = load()\n    return other.report(rows)\n",
      "other.py": "def report(rows):\n    use(rows)\n    return work()\n",
    };
    const proposal = proposalOf(passOwnership, {
      files: two,
      held: [
        { ...inUse, at: "other.report(" },
        { ...done, at: "work()", file: "other.py" },
      ],
    });
    expect(proposal.scope).toEqual(["app.py:main", "other.py:report"]);
    expect(edited(two, proposal)).toEqual({
      "app.py": "import other\n\n\ndef main():\n    return other.report(load())\n",
      "other.py": "def report(rows):\n    use(rows)\n    del rows\n    return work()\n",
    });
  });
});

describe("forbidden, with the reason", () => {
  test.each([
    ["read twice", change("return report(rows, 2)", "return report(rows, len(rows))"), "rows is read 2 times"],
    [
      "a statement between",
      change("    return report(", "    log()\n    return report("),
      "rows is bound in line 12, which does not stand directly before its use in line 14",
    ],
    [
      "a comment at the binding",
      change("rows = load()", "rows = load()  # all of it"),
      "line 12 also holds other code or a comment",
    ],
    ["looked at", change("return report(rows, 2)", "return report(rows, vars())"), "the function uses vars"],
    [
      "a call on its left",
      change("report(rows, 2)", "report(scale=count(), rows=rows)"),
      "count() is evaluated before it, and load() may change what it gives",
    ],
    [
      "an attribute on its left",
      change("return report(rows, 2)", "return box.size + report(rows, 2)"),
      "box.size is evaluated before it",
    ],
    [
      "a global on its left that somebody rebinds",
      change("return report(rows, 2)", "return size + report(rows, 2)").files["app.py"] +
        "\n\ndef grow():\n    global size\n    size = 2\n",
      "size is evaluated before it",
    ],
    ["the receiver is bound anew", given(`${app}\n\nreport = print\n`), "report is evaluated before it"],
    [
      "in a branch",
      change("return report(rows, 2)", "return report(rows, 2) if 1 else 2"),
      "may not be evaluated exactly once, in line 13",
    ],
    [
      "in a comprehension",
      change("return report(rows, 2)", "return [report(rows, 2) for _ in '1']"),
      "may not be evaluated exactly once, in line 13",
    ],
    [
      "a decorated receiver",
      change("def report(", "@timed\ndef report("),
      "report is decorated: its wrapper may hold the argument",
    ],
    [
      "the receiver captures it",
      change("floats = [", "keep(lambda: rows)\n    floats = ["),
      "rows in report: a closure, lambda or generator expression captures it",
    ],
  ])("%s", (_, one, reason) => {
    expect(reasonOf(passOwnership, typeof one === "string" ? given(one) : one)).toContain(reason);
  });
  test("before Python 3.11", () => {
    expect(reasonOf(passOwnership, { ...given(app), python: [3, 10] })).toContain(
      "before Python 3.11 the caller's frame keeps arguments",
    );
  });
  test("a type whose end does something", () => {
    expect(reasonOf(passOwnership, given(app, { ...inUse, type: "socket:socket" }, done))).toContain("it is a socket:socket");
  });
  test("the receiver still reads it", () => {
    expect(reasonOf(passOwnership, given(app, inUse, { ...done, state: "in-use" }))).toBe(
      "report still reads rows in line 7 or later",
    );
  });
  test("the receiver has no place for it", () => {
    const text = app.replace("    total = sum(len(it) for it in rows)\n", "    total = 3\n");
    const one = given(text.replace("    total = 3\n", ""), inUse, done);
    expect(reasonOf(passOwnership, one)).toBe("report has no place before line 6 at which rows can go");
  });
  test("the peak is in the caller itself", () => {
    expect(reasonOf(passOwnership, given(app, { ...inUse, depth: 0 }))).toContain(
      "the peak is not reached inside a function of the project",
    );
  });
  test("another function stands on the stack", () => {
    expect(reasonOf(passOwnership, given(app, inUse, { ...done, at: "return [str(n)" }))).toContain(
      "something in between holds the argument",
    );
  });
});

test("nothing where nothing stands: dead, small, captured (live), or no result of a call that is handed on", () => {
  const captured = app.replace("return report(", "keep(lambda: rows)\n    return report(");
  expect(findings(passOwnership, given(captured))).toEqual([]);
  expect(findings(passOwnership, given(app, { ...inUse, state: "dead" }, done))).toEqual([]);
  expect(findings(passOwnership, given(app, { ...inUse, mib: 0.01 }, done))).toEqual([]);
  expect(findings(passOwnership, change("rows = load()", "rows = [1]"))).toEqual([]);
});
