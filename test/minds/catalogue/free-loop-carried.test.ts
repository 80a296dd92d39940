import { describe, expect, test } from "vitest";
import { freeDeadLocal } from "../../../src/minds/catalogue/recipes/free-dead-local.ts";
import { freeLoopCarried } from "../../../src/minds/catalogue/recipes/free-loop-carried.ts";
import { type Case, edited, findings, measured, proposalOf, reasonOf } from "./lifetime-case.ts";

const rounds = `def load(i):
    return [str(i + n) * 3 for n in range(40_000)]


def main():
    total = 0
    for i in range(4):
        rows = load(i)
        total += len(rows[-1])
    return total
`;
const given = (text: string, name: string, at: string, type = "list"): Case => ({
  files: { "app.py": text },
  held: [{ name, at, type }],
});

test("del at the end of the round: the text, the answer, and the peak that Python then reaches", () => {
  const one = given(rounds, "rows", "rows = load(i)");
  const proposal = proposalOf(freeLoopCarried, one);
  const after = edited(one.files, proposal);
  expect(after["app.py"]).toBe(rounds.replace("rows[-1])\n", "rows[-1])\n        del rows\n"));
  const [before, now] = [measured(one.files), measured(after)];
  expect(now.value).toBe(before.value);
  expect(now.peakMib).toBeLessThan(0.65 * before.peakMib);
  expect(proposal.summary).toBe("free rows in main at the end of each round");
  expect(proposal.checklist).toMatchSnapshot();
  expect(findings(freeDeadLocal, one)).toEqual([]);
});

test("the loop's own target, while the iterator makes the next one", () => {
  const text = `def chunks():
    for i in range(4):
        yield from [[str(i + n) * 3 for n in range(40_000)]]


def main():
    total = 0
    for chunk in chunks():
        total += len(chunk)
    return total
`;
  const one = given(text, "chunk", "for chunk in");
  const after = edited(one.files, proposalOf(freeLoopCarried, one));
  expect(after["app.py"]).toContain("len(chunk)\n        del chunk\n");
  const [before, now] = [measured(one.files), measured(after)];
  expect(now).toMatchObject({ value: before.value });
  expect(now.peakMib).toBeLessThan(0.8 * before.peakMib);
});

describe("the place", () => {
  const f = (body: string) => `def main(items):\n${body.replace(/^/gm, "    ")}\n`;
  test.each([
    [
      "behind the if that reads it last",
      "for i in items:\n    x = make(i)\n    if i:\n        b(x)",
      "for i in items:\n    x = make(i)\n    if i:\n        b(x)\n    del x",
    ],
    ["in a while loop", "while more():\n    x = make(0)\n    b(x)", "while more():\n    x = make(0)\n    b(x)\n    del x"],
    ["a walrus in the test", "while x := make(0):\n    b(x)", "while x := make(0):\n    b(x)\n    del x"],
    [
      "of the inner loop",
      "for i in items:\n    for j in i:\n        x = make(j)\n        b(x)\n    c()",
      "for i in items:\n    for j in i:\n        x = make(j)\n        b(x)\n        del x\n    c()",
    ],
    [
      "of the outer loop that binds it",
      "for i in items:\n    for j in i:\n        make(j)\n    x = c(i)\n    b(x)",
      "for i in items:\n    for j in i:\n        make(j)\n    x = c(i)\n    b(x)\n    del x",
    ],
    [
      "bound before the loop as well",
      "x = None\nfor i in items:\n    x = make(i)\n    b(x)",
      "x = None\nfor i in items:\n    x = make(i)\n    b(x)\n    del x",
    ],
  ])("%s", (_, body, wanted) => {
    const one = given(f(body), "x", "make(");
    expect(edited(one.files, proposalOf(freeLoopCarried, one))["app.py"]).toBe(f(wanted));
  });
});

describe("forbidden or not its kind", () => {
  test("read after the loop: the last round's value is needed, so nothing is dead behind it", () => {
    const text = rounds.replace("return total", "return total, rows");
    expect(reasonOf(freeDeadLocal, given(text, "rows", "rows = load(i)"))).toContain(
      "no place before line 8 is passed on every path",
    );
    expect(findings(freeLoopCarried, given(text, "rows", "rows = load(i)"))).toEqual([]);
  });
  test("captured in the loop", () => {
    const text = rounds.replace("total += len(rows[-1])", "keep(lambda: rows)");
    expect(reasonOf(freeDeadLocal, given(text, "rows", "rows = load(i)"))).toContain("captures it");
  });
  test("a type whose end does something", () => {
    expect(reasonOf(freeDeadLocal, given(rounds, "rows", "rows = load(i)", "socket:socket"))).toContain("it is a socket:socket");
  });
  test("a value of this round that is dead before the peak line is no loop-carried one", () => {
    const text = "def main(items):\n    for i in items:\n        x = make(i)\n        y = b(x)\n        work(y)\n";
    expect(findings(freeLoopCarried, given(text, "x", "work(y)"))).toEqual([]);
    const one = given(text, "x", "work(y)");
    expect(edited(one.files, proposalOf(freeDeadLocal, one))["app.py"]).toContain("b(x)\n        del x\n");
  });
});
