import { beforeAll, describe, expect, test } from "vitest";
import { runningSum } from "../../../src/minds/catalogue/recipes/running-sum.ts";
import { type Case, edited, findings, mebibyte, output, proposalOf, reasonOf } from "./expression-case.ts";
import { pythonWithNumpy } from "./numpy-python.ts";

let numpy: string | null = null;
beforeAll(() => {
  numpy = pythonWithNumpy();
});

const flat = `    parts = [wave(n, 1) for n in sizes]
    # room for the longest
    total = np.zeros(np.max([p.shape[0] for p in parts]))
    for part in parts:
        total[:part.shape[0]] += part
    return total
`;
const wide = `    parts = [
        wave(n, 3).reshape(3, n) * 0.1 +
        n for n in sizes]
    total = np.zeros((3, max(p.shape[1] for p in parts)), dtype=float)
    for part in parts:
        total[:, :part.shape[1]] += part
    return total
`;

function given(body: string, more: Partial<Case> = {}): Case {
  const text = `import numpy as np

def wave(n, k):
    return np.sin(np.arange(n * k) / 7.0)

def f(sizes):
${body}

print(f([3, 7, 5, 7, 11]).tobytes().hex())
`;
  const line = text.split("\n").findIndex((it) => it.includes("parts = [")) + 1;
  return { files: { "main.py": text }, run: null, held: { [`main.py:${line}`]: 9 * mebibyte }, ...more };
}

describe("a running sum", () => {
  test.each([
    ["one axis, numpy's maximum", flat, "        total[:part.shape[0]] += part\n"],
    ["two axes, the builtin, an element over lines", wide, "        part = (wave(n, 3)"],
    [
      "lengths by len",
      flat.replaceAll("p.shape[0]", "len(p)").replaceAll("part.shape[0]", "len(part)"),
      "if len(part) > total.shape[0]:",
    ],
  ])("%s: bit by bit the same", (_, body, wanted) => {
    const one = given(body);
    const after = edited(one.files, proposalOf(runningSum, one));
    expect(after["main.py"]).toContain(wanted);
    expect(after["main.py"]).not.toContain("parts");
    if (numpy) expect(output(after, "main.py", numpy)).toBe(output(one.files, "main.py", numpy));
  });

  test("the whole text, and the proposal", () => {
    const one = given(flat);
    const proposal = proposalOf(runningSum, one);
    expect(edited(one.files, proposal)["main.py"]).toContain(`def f(sizes):
    # one running sum: no two of the arrays are needed at once
    total = np.zeros(0)
    for n in sizes:
        part = wave(n, 1)
        if part.shape[0] > total.shape[0]:
            grown = np.zeros(part.shape[0])
            grown[:total.shape[0]] = total
            total = grown
        total[:part.shape[0]] += part
    return total
`);
    expect(proposal.scope).toEqual(["main.py:f"]);
    expect(proposal.checklist).toMatchSnapshot();
  });
});

describe("the list stays where", () => {
  test.each([
    ["it is used again", flat.replace("return total", "return total, parts"), "parts is used for more than"],
    ["a clause leaves elements out", flat.replace("for n in sizes]", "for n in sizes if n]"), "more than one plain clause"],
    ["two clauses build it", flat.replace("for n in sizes]", "for m in [sizes] for n in m]"), "more than one plain clause"],
    ["the function is a generator", flat.replace("return total", "yield total"), "generator or coroutine"],
    [
      "the loop's names mean something else",
      `    n = 1\n${flat.replace("return total", "return total, n")}`,
      "the name n means something else",
    ],
    [
      "a local is called grown",
      `    grown = 1\n${flat.replace("return total", "return total, grown")}`,
      "the name grown is taken",
    ],
    [
      "the sum was something before",
      `    total = 2\n${flat.replace("wave(n, 1)", "wave(n, total)")}`,
      "an element is made from the sum",
    ],
  ])("%s", (_, body, reason) => {
    expect(reasonOf(runningSum, given(body))).toContain(reason);
  });

  test.each([
    ["the loop does more", flat.replace("+= part\n", "+= part\n        print(part)\n")],
    ["parts are multiplied", flat.replace("+= part", "*= part")],
    ["another axis is cut", wide.replace("total[:, :part.shape[1]]", "total[:part.shape[0], :]")],
    ["the sum does not begin with zeros", flat.replace("np.zeros", "np.ones")],
    ["something stands between", flat.replace("    # room for the longest\n", "    sizes.clear()\n")],
  ])("%s: nothing is said", (_, body) => {
    expect(findings(runningSum, given(body))).toEqual([]);
  });

  test("little stands at the peak", () => {
    expect(findings(runningSum, given(flat, { held: {} }))).toEqual([]);
  });
});
