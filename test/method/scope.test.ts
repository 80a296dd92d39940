import { describe, expect, it } from "vitest";
import { scopeRefusal } from "../../src/method/scope.ts";

const edit = (file: string, start = 0, end = 1) => ({ file, start, end, text: "x" });
const options = ["vendor", "pkg/keep.py"];
const refusal = (file: string, scope = [`${file}:f`]) => scopeRefusal([edit(file)], scope, options);

describe("the scope of a change", () => {
  it("is the files that the proposal names", () => {
    expect(refusal("pkg/mod.py")).toBe(null);
    expect(refusal("pkg/mod.py", ["pkg/other.py:f"])).toContain("not in the scope");
  });
  it.each([
    "tests/test_x.py",
    "pkg/tests/helper.py",
    "test_x.py",
    "pkg/mod_test.py",
    "conftest.py",
    "benchmarks/big.py",
    "case_bench/workload.py",
    "setup.py",
    "pyproject.toml",
    ".codeflash/x.py",
    "../other.py",
    "/etc/x.py",
    "data.json",
    "vendor/lib.py",
    "pkg/keep.py",
  ])("never holds %s", (file) => expect(refusal(file)).not.toBe(null));
  it("allows names that only look like tests", () => {
    for (const file of ["pkg/attest.py", "contest/mod.py", "pkg/latest.py", "pkg/workbench.py"]) expect(refusal(file)).toBe(null);
  });
  it("refuses edits that overlap or run backwards", () => {
    expect(scopeRefusal([edit("a.py", 0, 5), edit("a.py", 4, 6)], ["a.py:f"], options)).toContain("overlap");
    expect(scopeRefusal([edit("a.py", 5, 4)], ["a.py:f"], options)).toContain("ends before");
    expect(scopeRefusal([edit("a.py", 0, 5), edit("a.py", 5, 5), edit("b.py", 2, 3)], ["a.py:f", "b.py:f"], options)).toBe(null);
  });
});
