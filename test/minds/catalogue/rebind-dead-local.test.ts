import { expect, test } from "vitest";
import { freeDeadLocal } from "../../../src/minds/catalogue/recipes/free-dead-local.ts";
import { freeLoopCarried } from "../../../src/minds/catalogue/recipes/free-loop-carried.ts";
import { rebindDeadLocal } from "../../../src/minds/catalogue/recipes/rebind-dead-local.ts";
import { type Case, edited, findings, measured, proposalOf, reasonOf } from "./lifetime-case.ts";

const some = `def load():
    return [str(n) * 3 for n in range(60_000)]


def main(verbose=True):
    if verbose:
        raw = load()
        size = len(raw)
    numbers = [n * 2.5 for n in range(60_000)]
    return sum(numbers)
`;
const given = (text: string, name: string, at: string, type = "list"): Case => ({
  files: { "app.py": text },
  held: [{ name, at, type }],
});

test("bound on some paths only: the name gets a new value where del could fail", () => {
  const text = some.replace("        size = len(raw)\n", "    if verbose:\n        size = len(raw)\n");
  const one = given(text, "raw", "return sum");
  const wanted = text.replace("        size = len(raw)\n", "        size = len(raw)\n    raw = None\n");
  expect(findings(freeDeadLocal, one)).toEqual([]);
  const proposal = proposalOf(rebindDeadLocal, one);
  const after = edited(one.files, proposal);
  expect(after["app.py"]).toBe(wanted);
  const [before, now] = [measured(one.files), measured(after)];
  expect(now.value).toBe(before.value);
  expect(now.peakMib).toBeLessThan(before.peakMib - 1);
  expect(proposal.checklist).toMatchSnapshot();
});

test("a name that a match pattern binds", () => {
  const text =
    "def main(x):\n    match x:\n        case [first, *rest]:\n            use(rest)\n            work()\n    return first\n";
  const one = given(text, "rest", "work()");
  expect(findings(freeDeadLocal, one)).toHaveLength(1);
  const only = given(text.replace("use(rest)", "log()"), "rest", "work()");
  expect(reasonOf(freeDeadLocal, only)).toContain("no place before line 5 is passed on every path");
});

test("at the end of a round", () => {
  const text = "def main(items):\n    for i in items:\n        if i:\n            x = make(i)\n        rest(i)\n";
  const one = given(text, "x", "rest(i)");
  expect(edited(one.files, proposalOf(rebindDeadLocal, one))["app.py"]).toContain("make(i)\n        x = None\n        rest(i)");
});

test("where del is provable, and where nothing is, it proposes nothing", () => {
  const provable = given("def main():\n    x = make()\n    use(x)\n    return work()\n", "x", "work()");
  const captured = given("def main(a):\n    if a:\n        x = make()\n    b(lambda: x)\n    return work()\n", "x", "work()");
  const type = given("def main(a):\n    if a:\n        x = make()\n    return work()\n", "x", "work()", "socket:socket");
  for (const one of [provable, captured, type]) {
    expect(findings(rebindDeadLocal, one)).toEqual([]);
    expect(findings(freeLoopCarried, one)).toEqual([]);
    expect(findings(freeDeadLocal, one)).toHaveLength(1);
  }
});
