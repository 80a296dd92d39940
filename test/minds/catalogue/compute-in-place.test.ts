import { beforeAll, describe, expect, test } from "vitest";
import { computeInPlace } from "../../../src/minds/catalogue/recipes/compute-in-place.ts";
import type { ValueUsageOf } from "../../../src/vocabulary/usage-values.ts";
import { type Case, edited, evidenceOf, findings, mebibyte, output, proposalOf, reasonOf } from "./expression-case.ts";
import { pythonWithNumpy } from "./numpy-python.ts";

let numpy: string | null = null;
beforeAll(() => {
  numpy = pythonWithNumpy();
});

const site = "x = x * 2.0";
const plain = `    x = np.arange(n) / 7.0
    print(x.shape, x[0], x.sum(), len(x))
    x = x * 2.0
    return x
`;

function given(body: string, at = site, head = "def f(n):"): Case {
  const text = `import numpy as np\n\n${head}\n${body}\n`;
  const line = text.split("\n").findIndex((it) => it.includes(at)) + 1;
  return { files: { "main.py": text }, run: null, rises: { [`main.py:${line}`]: 8 * mebibyte } };
}

/** With what the recorder would have seen of the operand and of the result. */
function seen(one: Case, operand: Partial<ValueUsageOf<"array">> = {}, result: Partial<ValueUsageOf<"array">> = {}): Case {
  const asked = computeInPlace.watch(evidenceOf(computeInPlace, one)).values ?? [];
  const usage = asked.map(({ at }, index): ValueUsageOf<"array"> => {
    const row = {
      kind: "array" as const,
      file: "main.py",
      at,
      calls: 3,
      tests: 1,
      types: ["numpy.ndarray"],
      dtypes: ["float64"],
      lowest: 0,
    };
    return { ...row, ...(index === 0 ? operand : result) };
  });
  return { ...one, usage };
}

describe("computed in place", () => {
  test.each([
    ["a number", plain, site, "x *= 2.0"],
    ["the result of a function", plain.replace(site, "x = np.sqrt(x)"), "x = np.sqrt(x)", "np.sqrt(x, out=x)"],
    ["a number that was taken of it", plain.replace(site, "low = x.min()\n    x = x - low"), "x = x - low", "x -= low"],
    [
      "arithmetic of such",
      plain.replace(site, "x = (x - x.mean()) / np.std(x)\n    x = x / (x.max() + 1e-9)"),
      "x = x / (x.max()",
      "x /= (x.max() + 1e-9)",
    ],
    [
      "what stands on several lines",
      plain.replace(site, "x = (x *\n         2.0 / len(x))\n    x = (x -\n         (x.min() +\n          1))"),
      "x = (x -",
      "x -= ((x.min() +\n          1))",
    ],
    [
      "a parameter that was made anew",
      plain.replace("np.arange(n) / 7.0", "n.astype(np.float64)").replaceAll("x", "n").replaceAll("nn", "n"),
      "n = n * 2.0",
      "n *= 2.0",
    ],
    [
      "again and again",
      plain.replace(site, "for k in range(3):\n        x = x * 2.0\n        print(x[k:].max())"),
      site,
      "x *= 2.0",
    ],
    [
      "made in one branch or the other",
      plain.replace("np.arange(n) / 7.0", "np.ones(n)").replace("    print", "    if n:\n        x = np.zeros(n)\n    print"),
      site,
      "x *= 2.0",
    ],
    ["handed on afterwards", plain.replace("return x", "rows = [x]\n    return rows"), site, "x *= 2.0"],
  ])("%s", (_, body, at, wanted) => {
    const one = seen(given(body, at));
    expect(edited(one.files, proposalOf(computeInPlace, one))["main.py"]).toContain(`    ${wanted}\n`);
  });

  test("bit by bit the same", (context) => {
    if (numpy === null) return context.skip("numpy is not installed and could not be fetched");
    const body = `    x = np.array([[0.1, -0.0, float("nan")], [n, 1e300, -7.25]], dtype=kind)
    for k in range(3):
        x = x * 2.0
    return x
`;
    const main =
      'import warnings; warnings.simplefilter("ignore")\nprint([f(n, kind).tobytes().hex() for n in (1, 3.7) for kind in ("float32", "float64")])';
    const one = given(`${body}\n${main}`, site, "def f(n, kind):");
    const changed = edited(one.files, proposalOf(computeInPlace, seen(one)));
    expect(changed["main.py"]).toContain("x *= 2.0");
    expect(output(changed, "main.py", numpy)).toBe(output(one.files, "main.py", numpy));
  });

  test("all statements of one array are one change: the highest that is left would be the peak", () => {
    const one = given(plain.replace(site, "x = x * 2.0\n    x = x - 0.5\n    y = np.sqrt(x)\n    x = np.exp(x)"));
    const rises = Object.fromEntries([6, 7, 8, 9].map((line) => [`main.py:${line}`, 8 * mebibyte]));
    const proposal = proposalOf(computeInPlace, seen({ ...one, rises }));
    expect(proposal.edits.map((it) => it.text)).toEqual(["x *= 2.0", "x -= 0.5", "np.exp(x, out=x)"]);
    expect(proposal.expectedBytes).toBe(8 * mebibyte);
  });

  test("the recorder is asked for both sides", () => {
    const values = computeInPlace.watch(evidenceOf(computeInPlace, given(plain))).values ?? [];
    expect(values).toMatchObject([
      { kind: "array", file: "main.py", at: [6, 8, 6, 9] },
      { kind: "array", file: "main.py", at: [6, 8, 6, 15] },
    ]);
  });

  test("the proposal", () => {
    const proposal = proposalOf(computeInPlace, seen(given(plain)));
    expect(proposal.scope).toEqual(["main.py:f"]);
    expect(proposal.checklist).toMatchSnapshot();
  });
});

describe("a second array is made where", () => {
  test.each([
    ["the caller gave it", plain.replace("x = np.arange(n) / 7.0", "pass"), "x may be the caller's array", "def f(n, x):"],
    ["it may be somebody's", plain.replace("np.arange(n) / 7.0", "load(n)"), "x may be somebody else's array, by line 4"],
    [
      "a branch may give it somebody's",
      plain.replace("    print", "    if n:\n        x = load(n)\n    print"),
      "x may be somebody else's array, by line 6",
    ],
    ["it is not copied", plain.replace("np.arange(n) / 7.0", "n.astype(float, copy=False)"), "x may be somebody else's array"],
    [
      "it has another name",
      plain.replace("    x = x", "    y = x\n    x = x"),
      "another name may mean the same array, by line 6",
    ],
    ["a view of it is kept", plain.replace("    x = x", "    y = x[1:]\n    x = x"), "another name may mean the same array"],
    ["its transpose is", plain.replace("    x = x", "    y = x.T\n    x = x"), "another name may mean the same array"],
    [
      "it is handed to a function before",
      plain.replace("    x = x", "    show(x)\n    x = x"),
      "another name may mean the same array",
    ],
    [
      "it is kept in a list before",
      plain.replace("    x = x", "    rows = [x]\n    x = x"),
      "another name may mean the same array",
    ],
    [
      "each round of a loop keeps it",
      plain.replace(site, "for k in 'ab':\n        x = x * 2.0\n        rows.append(x)"),
      "another name may mean the same array, by line 8",
    ],
    [
      "somebody runs through it",
      plain.replace("    x = x", "    for row in x:\n        pass\n    x = x"),
      "another name may mean the same array",
    ],
    ["a function inside uses it", plain.replace("return x", "return lambda: x"), "one inside of it uses them"],
    ["it is global", `    global x\n${plain}`, "x is no array of the function's own"],
  ] as [string, string, string, string?][])("%s", (_, body, reason, head = "def f(n):") => {
    expect(reasonOf(computeInPlace, given(body, site, head))).toContain(reason);
  });

  test.each([
    ["an array", "x = x + y"],
    ["what somebody gives", "x = x * n"],
    ["maxima along an axis", "x = x / x.max(axis=0)"],
    ["an item", "x = x * n[0]"],
  ])("the other side may be %s, with more dimensions", (_, statement) => {
    const one = given(plain.replace(site, statement), statement);
    expect(reasonOf(computeInPlace, one)).toContain("may have more dimensions than x");
  });

  test.each([
    ["no run reached it", null, {}, "no test and no run of the target reached"],
    ["it became another type", {}, { dtypes: ["float32"] }, "elements of float64 and float32"],
    ["it had two types", { dtypes: ["int64", "float64"] }, {}, "elements of int64 and float64"],
    ["it was no plain array", { types: ["pandas.core.series.Series"] }, {}, "was a pandas.core.series.Series"],
    ["the result was a number", {}, { types: ["numpy.float64"] }, "was a numpy.float64"],
    ["it holds objects", { dtypes: ["object"] }, { dtypes: ["object"] }, "elements of object"],
  ] as [string, Partial<ValueUsageOf<"array">> | null, Partial<ValueUsageOf<"array">>, string][])(
    "%s",
    (_, operand, result, reason) => {
      const one = operand === null ? { ...given(plain), usage: [] } : seen(given(plain), operand, result);
      expect(reasonOf(computeInPlace, one)).toContain(reason);
    },
  );
});

test.each([
  ["the peak stands elsewhere", plain, { rises: {} }],
  ["the number stands to the left", plain.replace(site, "x = 2.0 * x"), {}],
  ["another name is bound", plain.replace(site, "y = x * 2.0"), {}],
  ["it is no elementwise function", plain.replace(site, "x = np.sort(x)"), {}],
])("nothing is said where %s", (_, body, more) => {
  const at = body.split("\n")[2]?.trim() ?? "";
  expect(findings(computeInPlace, { ...given(body, at), ...more })).toEqual([]);
});
