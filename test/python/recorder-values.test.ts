import { describe, expect, test } from "vitest";
import type { ExpressionFacts } from "../../src/vocabulary/facts-expressions.ts";
import type { ValueUsageOf, ValueUsageRequest } from "../../src/vocabulary/usage-values.ts";
import { type Files, factsOf, record } from "../minds/catalogue/expression-case.ts";
import { findPythons } from "../pythons.ts";

const pythons = findPythons();

/** Records every copy of main.py. */
function copies(text: string, python: string, more: Files = {}): ValueUsageOf<"copy">[] {
  const files = { "main.py": text, ...more };
  const facts = factsOf(files, python)["main.py"] as ExpressionFacts;
  const requests = facts.copies.map(
    (it): ValueUsageRequest => ({
      kind: "copy",
      file: "main.py",
      at: it.at,
      deep: it.form === "deepcopy" || it.form === "json",
      container: it.loop ? it.loop.iterable : null,
      through: it.loop?.through ?? null,
    }),
  );
  return record(files, "main.py", requests, python) as ValueUsageOf<"copy">[];
}

const head = "import copy, json\nclass P:\n    def __init__(self, x):\n        self.x = x\n";

describe.each(pythons)("copies on Python $version", ({ executable }) => {
  test("uniquely held original, only the copy changes", () => {
    const [seen] = copies(
      `${head}def f(rows):\n    out = []\n    for r in rows:\n        q = copy.copy(r)\n        q.x = q.x + 1\n        out.append(q)\n    return out\ndef main():\n    rows = [P(n) for n in range(5)]\n    rows = f(rows)\n    return rows\nkept = main()\n`,
      executable,
    );
    expect(seen).toMatchObject({
      calls: 5,
      followed: 5,
      sameType: 5,
      equal: 5,
      originalChanged: 0,
      copyChanged: 5,
      shared: 0,
      custom: 0,
      unfollowed: 0,
    });
    expect(seen?.callers).toEqual(["main.py:14"]);
  });
  test("callers that read the original again are named", () => {
    const body = (work: string) =>
      `${head}def f(rows):\n    return list(rows)\ndef main():\n    rows = [1, 2]\n    ${work}\nmain()\n`;
    const live = (work: string) => copies(body(work), executable)[0]?.liveIn;
    expect(live("return f(rows)")).toEqual([]);
    expect(live("rows = f(rows)\n    return rows")).toEqual([]);
    expect(live("n = f(rows)\n    return n, rows")).toEqual(["rows in main (main.py:9)"]);
    expect(live("return f(rows), rows")).toEqual(["rows in main (main.py:9)"]);
    expect(live("return [f(rows) for _ in 'ab']")?.length).toBeGreaterThan(0);
    expect(live("for _ in 'ab':\n        f(rows)")).toEqual(["rows in main (main.py:10)"]);
  });
  test("a reference from elsewhere is seen: to the element, to its container", () => {
    const body = (keep: string) =>
      `${head}kept = []\ndef f(rows):\n    for r in rows:\n        q = copy.copy(r)\n        q.x = 9\ndef main():\n    rows = [P(n) for n in range(3)]\n    ${keep}\n    f(rows)\nmain()\n`;
    expect(copies(body("kept.append(rows[0])"), executable)[0]).toMatchObject({ shared: 1 });
    expect(copies(body("kept.append(rows)"), executable)[0]?.shared).toBeGreaterThan(0);
    expect(copies(body("pass"), executable)[0]).toMatchObject({ shared: 0 });
  });
  test.each(["for r, _ in zip(rows, 'abc'):", "for _, r in enumerate(rows):"])("%s", (loop) => {
    const body = (keep: string) =>
      `${head}kept = []\ndef f(rows):\n    ${loop}\n        q = copy.copy(r)\n        q.x = 9\ndef main():\n    rows = [P(n) for n in range(3)]\n    ${keep}\n    f(rows)\nmain()\n`;
    expect(copies(body("pass"), executable)[0]).toMatchObject({ calls: 3, shared: 0 });
    expect(copies(body("kept.append(rows[0])"), executable)[0]).toMatchObject({ shared: 1 });
    expect(copies(body("kept.append(rows)"), executable)[0]?.shared).toBeGreaterThan(0);
  });
  test("a plain parameter: unique, shared, and in a chain of calls", () => {
    const body = (keep: string) =>
      `${head}kept = []\ndef f(rows):\n    work = list(rows)\n    work.append(1)\n    return work\ndef g(given):\n    return f(given)\ndef main():\n    rows = [1, 2]\n    ${keep}\n    return g(rows)\nmain()\n`;
    expect(copies(body("pass"), executable)[0]).toMatchObject({ calls: 1, shared: 0, copyChanged: 1, originalChanged: 0 });
    expect(copies(body("kept.append(rows)"), executable)[0]).toMatchObject({ shared: 1 });
  });
  test("the original changes after the copy", () => {
    const [seen] = copies(
      `${head}def f(row):\n    old = row.copy()\n    row['n'] = 2\n    return old\nf({'n': 1})\n`,
      executable,
    );
    expect(seen).toMatchObject({ originalChanged: 1, copyChanged: 0 });
  });
  test("deep: something inside is held from elsewhere", () => {
    const body = (keep: string) =>
      `${head}kept = []\ndef f(rows):\n    work = copy.deepcopy(rows)\n    for r in work:\n        r['ok'] = True\n    return work\ndef main():\n    rows = [{'n': n} for n in range(3)]\n    ${keep}\n    return f(rows)\nmain()\n`;
    expect(copies(body("pass"), executable)[0]).toMatchObject({ sharedInside: 0, copyChanged: 1, originalChanged: 0, equal: 1 });
    expect(copies(body("kept.append(rows[1])"), executable)[0]).toMatchObject({ sharedInside: 1 });
  });
  test("JSON: what the trip turns into something else is not equal; what it refuses is told", () => {
    const trip = `${head}def f(x):\n    return json.loads(json.dumps(x))\n`;
    expect(copies(`${trip}f({'a': [1, 2]})\nf({'a': 'b'})\n`, executable)[0]).toMatchObject({ calls: 2, equal: 2 });
    expect(copies(`${trip}f({'a': (1, 2)})\nf({1: 2})\nf([1])\n`, executable)[0]).toMatchObject({ calls: 3, equal: 1 });
    expect(copies(`${trip}try:\n    f({1, 2})\nexcept TypeError:\n    pass\n`, executable)[0]).toMatchObject({
      raised: ["TypeError"],
      followed: 0,
    });
  });
  test("classes that copy by their own rules, and objects without a visible state", () => {
    const own = "class Q:\n    def __copy__(self):\n        return Q()\n";
    expect(copies(`${head}${own}def f(x):\n    return copy.copy(x)\nf(Q())\n`, executable)[0]).toMatchObject({ custom: 1 });
    expect(
      copies(`${head}import itertools\ndef f(x):\n    return copy.copy(x)\nf(itertools.count())\n`, executable)[0],
    ).toMatchObject({ unfollowed: 1 });
  });
});

describe.each(pythons)("sequences, loops and logs on Python $version", ({ executable }) => {
  const once = (use: string) => {
    const files = { "main.py": `import json\ndef f(rows):\n    xs = [r for r in rows]\n    ${use}\nf([1, 2])\nf([3])\n` };
    return record(files, "main.py", [{ kind: "sequence", file: "main.py", at: [3, 9, 3, 26] }], executable)[0];
  };
  test.each([
    ["for x in xs: pass", 2],
    ["return sum(xs)", 2],
    ["return [len(xs), list(xs)]", 0],
    ["return list(xs) + list(xs)", 0],
    ["return json.dumps(xs)", 2],
    ["return xs[0]", 0],
    ["return xs == [1]", 0],
    ["return bool(xs)", 0],
  ])("%s", (use, times) => {
    expect(once(use)).toMatchObject({ kind: "sequence", calls: 2, once: times });
  });
  test("says what else was done, and where", () => {
    expect(once("return len(xs)")).toMatchObject({ others: ["len in f (main.py:4)"] });
  });
  test("a loop's base that changes meanwhile", () => {
    const body = (work: string) => ({
      "main.py": `def f(d):\n    for k, v in list(d.items()):\n        ${work}\nf({1: 2, 3: 4})\n`,
    });
    const request: ValueUsageRequest = {
      kind: "loop",
      file: "main.py",
      at: [2, 16, 2, 31],
      baseAt: [2, 21, 2, 30],
      form: "list",
    };
    expect(record(body("pass"), "main.py", [request], executable)[0]).toMatchObject({
      calls: 1,
      changed: 0,
      types: ["dict_items"],
    });
    expect(record(body("d[k] = 9"), "main.py", [request], executable)[0]).toMatchObject({ changed: 1 });
    expect(record(body("d.pop(k)"), "main.py", [request], executable)[0]).toMatchObject({ changed: 1 });
  });
  test("lines that splitlines finds and iteration does not", () => {
    const body = (text: string) => ({
      "main.py": `import io\nf = io.StringIO(${text})\nfor line in f.read().splitlines():\n    pass\n`,
    });
    const request: ValueUsageRequest = {
      kind: "loop",
      file: "main.py",
      at: [3, 12, 3, 33],
      baseAt: [3, 12, 3, 13],
      form: "splitlines",
    };
    expect(record(body("'a\\n\\nb'"), "main.py", [request], executable)[0]).toMatchObject({ calls: 1, different: 0 });
    expect(record(body("'a\\x0cb\\n'"), "main.py", [request], executable)[0]).toMatchObject({ different: 1 });
  });
  test("whether a log level is on", () => {
    const body = (level: string) => ({
      "main.py": `import logging\nlog = logging.getLogger('a')\nlog.setLevel('${level}')\nlog.info(f"x {1}")\n`,
    });
    const request: ValueUsageRequest = { kind: "log", file: "main.py", at: [4, 9, 4, 17] };
    expect(record(body("WARNING"), "main.py", [request], executable)[0]).toMatchObject({ calls: 1, enabled: 0 });
    expect(record(body("INFO"), "main.py", [request], executable)[0]).toMatchObject({ enabled: 1 });
  });
});
