import { expect, test } from "vitest";
import { generatorInConsumer } from "../../../src/minds/catalogue/recipes/generator-in-consumer.ts";
import { type Case, edited, findings, mebibyte, output, proposalOf, reasonOf } from "./expression-case.ts";

const head = `import heapq
from collections import Counter


class R:
    def __init__(self, n):
        self.n = n

    def save(self):
        print("saved", self.n)
        return self.n


rows = [R(n) for n in (3, 1, 2)]
out = [7]


def make(r):
    print(r.n)
    return r.n


`;
const line = head.split("\n").length;
const given = (expression: string, more: Record<string, string> = {}): Case => ({
  files: { "main.py": `${head}print(${expression}, out)\n`, ...more },
  rises: { [`main.py:${line}`]: 2 * mebibyte },
  run: null,
});

test.each([
  ["sum([r.n for r in rows])", "sum(r.n for r in rows)"],
  ["sum([r.n for r in rows], 10)", "sum((r.n for r in rows), 10)"],
  ["sum([r.n for r in rows],)", "sum((r.n for r in rows),)"],
  ["max([r.n for r in rows if r.n], key=abs)", "max((r.n for r in rows if r.n), key=abs)"],
  ["min([r.n for r in rows], default=0)", "min((r.n for r in rows), default=0)"],
  ["sorted([r.n for r in rows])", "sorted(r.n for r in rows)"],
  ["sorted(list(r.n for r in rows), reverse=True)", "sorted((r.n for r in rows), reverse=True)"],
  ["len(set([r.n for r in rows]))", "len(set(r.n for r in rows))"],
  ["frozenset([(r.n) for r in rows])", "frozenset((r.n) for r in rows)"],
  ["dict([(r.n, 1) for r in rows])", "dict((r.n, 1) for r in rows)"],
  ["Counter([r.n for r in rows])", "Counter(r.n for r in rows)"],
  ["heapq.nsmallest(2, [r.n for r in rows])", "heapq.nsmallest(2, (r.n for r in rows))"],
  ["out.extend([r.n for r in rows])", "out.extend(r.n for r in rows)"],
  ["any([r.n > 1 for r in rows])", "any(r.n > 1 for r in rows)"],
  ["all([r.n > 0 for r in rows])", "all(r.n > 0 for r in rows)"],
])("%s", (before, after) => {
  const one = given(before);
  const proposal = proposalOf(generatorInConsumer, one);
  const files = edited(one.files, proposal);
  expect(files["main.py"]).toBe(`${head}print(${after}, out)\n`);
  expect(output(files)).toBe(output(one.files));
});

test("the whole proposal; errors that come later are declared", () => {
  const proposal = proposalOf(
    generatorInConsumer,
    given("out.extend([vars(r)['n'] / 1 for r in rows])".replace("vars(r)['n']", "rows[0].n")),
  );
  expect(proposal.declaredCosts[0]).toContain("elements taken before have been written by then");
  expect(proposal.checklist).toMatchSnapshot();
  expect(proposal.expectedBytes).toBe(mebibyte);
});

test.each([
  ["effects in another order", "sum([make(r) for r in rows])", "calls make()"],
  ["a method with effects", "sum([r.save() for r in rows])", "calls r.save()"],
  ["short circuit would skip effects", "any([make(r) for r in rows])", "any() stops early"],
  ["binding a name", "sum([(k := r.n) for r in rows])", "binds k"],
  ["StopIteration", "sum([next(iter([r.n])) for r in rows])", "next() in line"],
  ["elements come from what grows", "out.extend([x for x in out])", "the elements come from out itself"],
])("forbidden: %s", (_, expression, reason) => {
  expect(reasonOf(generatorInConsumer, given(expression))).toContain(reason);
});

test("forbidden: a method of that name in the project may need a list; a property may do more than look up", () => {
  const own = { "own.py": "class Bag:\n    def extend(self, xs):\n        self.n = len(xs)\n" };
  expect(reasonOf(generatorInConsumer, given("out.extend([r.n for r in rows])", own))).toBe(
    "extend may be that of own.py:2, which may need a list",
  );
  const property = { "own.py": "class Lazy:\n    @property\n    def n(self):\n        return open('x').read()\n" };
  expect(reasonOf(generatorInConsumer, given("sum([r.n for r in rows])", property))).toContain("reads the property n");
});

test("nothing: join, re-bound names, small lists", () => {
  expect(findings(generatorInConsumer, given("','.join([str(r.n) for r in rows])"))).toEqual([]);
  const rebound = given("sum([r.n for r in rows])");
  expect(
    findings(generatorInConsumer, {
      ...rebound,
      files: { "main.py": `${rebound.files["main.py"]}\ndef sum(x):\n    return len(x)\n` },
    }),
  ).toEqual([]);
  expect(findings(generatorInConsumer, { ...given("sum([r.n for r in rows])"), rises: {} })).toEqual([]);
});
