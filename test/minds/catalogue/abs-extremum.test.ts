import { execFileSync } from "node:child_process";
import { beforeAll, expect, test } from "vitest";
import { absExtremum } from "../../../src/minds/catalogue/recipes/abs-extremum.ts";
import type { ValueUsageOf } from "../../../src/vocabulary/usage-values.ts";
import { type Case, edited, evidenceOf, findings, mebibyte, proposalOf, reasonOf } from "./expression-case.ts";
import { pythonWithNumpy } from "./numpy-python.ts";

let numpy: string | null = null;
beforeAll(() => {
  numpy = pythonWithNumpy();
});

const text = (expression: string, more = "") => `import numpy as np\n${more}\ndef f(a):\n    return ${expression}\n`;
const line = 4;

function given(expression: string, seen: Partial<ValueUsageOf<"array">> | null = {}, more = ""): Case {
  const one: Case = { files: { "main.py": text(expression, more) }, rises: { [`main.py:${line}`]: 8 * mebibyte }, run: null };
  if (seen === null) return one;
  const asked = absExtremum.watch(evidenceOf(absExtremum, one)).values?.[0];
  const at = asked?.at ?? [0, 0, 0, 0];
  return {
    ...one,
    usage: [
      {
        kind: "array",
        file: "main.py",
        at,
        calls: 3,
        tests: 1,
        types: ["numpy.ndarray"],
        dtypes: ["float64"],
        lowest: 0,
        ...seen,
      },
    ],
  };
}

test.each([
  ["np.abs(a).max()", "np.maximum(abs(a.max()), abs(a.min()))"],
  ["np.max(np.absolute(a))", "np.maximum(abs(a.max()), abs(a.min()))"],
  ["abs(a).max()", "np.maximum(abs(a.max()), abs(a.min()))"],
  ["np.abs(a.data).max() + 1", "np.maximum(abs(a.data.max()), abs(a.data.min())) + 1"],
])("%s", (before, after) => {
  const one = given(before);
  expect(edited(one.files, proposalOf(absExtremum, one))["main.py"]).toBe(text(after));
});

test("equal to the bit on real arrays: signs of zero, NaN, infinities, integers, two dimensions, errors", (context) => {
  if (numpy === null) context.skip("numpy is not installed and could not be fetched");
  const program = `
import numpy as np, struct, warnings
warnings.simplefilter("ignore")
old = lambda a: np.abs(a).max()
new = lambda a: np.maximum(abs(a.max()), abs(a.min()))
for a in ([0.0], [-0.0], [0.0, -0.0], [1.5, -2.5], [3.0], [-3.0, -1.0], [float("nan"), 1.0], [-float("inf"), 2.0], [[1.0, -9.0], [4.0, 2.0]]):
    for dtype in ("float64", "float32", "float16"):
        x = np.array(a, dtype)
        assert old(x).tobytes() == new(x).tobytes() or np.isnan(old(x)) and np.isnan(new(x)), (a, dtype)
        assert type(old(x)) is type(new(x)), (a, dtype)
for dtype in ("int8", "int32", "int64", "uint8", "uint64"):
    x = np.array([1, 100, 7], dtype)
    assert old(x) == new(x) and type(old(x)) is type(new(x)), dtype
    if dtype.startswith("i"):
        x = np.array([1, -100, 7], dtype)
        assert old(x) == new(x) == 100
for f in (old, new):
    try:
        f(np.array([]))
    except ValueError:
        continue
    raise AssertionError
x = np.array([-128, -100, -3], "int8")
assert old(x) != new(x)  # the lowest number: what the recorder looks for
print("equal")
`;
  expect(execFileSync(numpy ?? "", ["-c", program], { encoding: "utf8" })).toBe("equal\n");
});

test("the recorder on real arrays", (context) => {
  if (numpy === null) context.skip("numpy is not installed and could not be fetched");
  const files = { "main.py": `${text("np.abs(a).max()")}\nf(np.array([1.0]))\nf(np.array([-128], "int8"))\n` };
  const evidence = evidenceOf(absExtremum, { files, rises: { "main.py:4": mebibyte }, python: numpy ?? "" });
  expect(evidence.usage?.values[0]).toMatchObject({ calls: 2, types: ["numpy.ndarray"], dtypes: ["float64", "int8"], lowest: 1 });
});

test("the whole proposal", () => {
  const proposal = proposalOf(absExtremum, given("np.abs(a).max()"));
  expect(proposal).toMatchObject({ category: "image-buffers", evidenceBytes: 8 * mebibyte });
  expect(proposal.checklist).toMatchSnapshot();
});

test.each([
  ["evaluated twice", given("np.abs(g(a)).max()"), "g(a) would be evaluated twice"],
  ["options", given("np.abs(a, out=a).max()"), "numpy.abs has options"],
  ["fabs", given("np.fabs(a).max()"), "fabs turns integers into floats"],
  ["another abs", given("np.abs(a).max()", {}, "def abs(x): return x"), "gives the name abs another meaning"],
  ["another type", given("np.abs(a).max()", { types: ["numpy.matrix"] }), "a was a numpy.matrix"],
  ["complex", given("np.abs(a).max()", { dtypes: ["complex128"] }), "a has elements of complex128"],
  ["objects", given("np.abs(a).max()", { dtypes: ["object"] }), "a has elements of object"],
  ["the lowest integer", given("np.abs(a).max()", { lowest: 1 }), "contains the lowest number of its type"],
  ["not recorded", given("np.abs(a).max()", null), "was not recorded"],
])("forbidden: %s", (_, one, reason) => {
  expect(reasonOf(absExtremum, one)).toContain(reason);
});

test("nothing: an axis, the smallest, small arrays", () => {
  for (const it of ["np.abs(a).max(axis=0)", "np.abs(a).min()", "np.abs(a).max(0)"])
    expect(findings(absExtremum, given(it, null))).toEqual([]);
  expect(findings(absExtremum, { files: { "main.py": text("np.abs(a).max()") }, run: null })).toEqual([]);
});
