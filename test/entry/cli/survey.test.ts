import { describe, expect, it } from "vitest";
import { MicroOutput, SurveyOutput } from "../../../src/entry/output.ts";
import { python, repository, run } from "./program.ts";

const sizes = {
  "toy.py": "def build(n):\n    return [bytes(1000) for _ in range(n)]\n",
  "test_toy.py":
    "import pytest\nimport toy\n\n@pytest.mark.parametrize('n', [3000, 9000, 40000])\ndef test_build(n):\n    assert len(toy.build(n)) == n\n\ndef test_other():\n    pass\n",
};
const MiB = 1024 * 1024;

describe("survey", () => {
  it("proposes tiers from the tests by what they need, and tells configured ones", async () => {
    const root = repository(sizes);
    const ended = await run(["survey", "--python", python, "--json", "--full"], root);
    expect(ended.exitCode, ended.stderr).toBe(0);
    const id = (n: number) => `test_toy.py::test_build[${n}]`;
    expect(SurveyOutput.parse(JSON.parse(ended.stdout)).proposed).toEqual({ b: id(3000), a: id(9000), s: id(40000) });
    const named = await run(
      ["survey", "--python", python, "--json", "--full", "--tier", `s=${id(40000)}`, "--tier", `b=${id(3000)}`],
      root,
    );
    const { tiers } = SurveyOutput.parse(JSON.parse(named.stdout));
    expect(tiers.map((it) => it.tier)).toEqual(["B", "S"]);
    expect(tiers[1]?.heapPeakBytes).toBeGreaterThan(38 * MiB);
  }, 120_000);

  it("says what to do where there is nothing to measure", async () => {
    const ended = await run(["survey", "--python", python], repository({ "toy.py": "x = 1\n" }));
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain("There are no tiers");
  }, 60_000);
});

describe("micro", () => {
  const micro = (...words: string[]) =>
    run(["micro", "--python", python, "--json", "--full", "--pairs", "2", ...words], repository(sizes));

  it("measures two ways on the same input, with the project's modules", async () => {
    const ended = await micro("--setup", "import toy; n = 20000", "--a", "len(toy.build(n))", "--b", "sum(1 for _ in range(n))");
    expect(ended.exitCode, ended.stderr).toBe(0);
    const { a, b, equal, gainBytes, counts } = MicroOutput.parse(JSON.parse(ended.stdout));
    expect((a.heapBytes ?? 0) / MiB).toBeGreaterThan(19);
    expect((a.heapBytes ?? 0) / MiB).toBeLessThan(21.5);
    expect((b.heapBytes ?? 0) / MiB).toBeLessThan(0.1);
    expect({ equal, counts, gain: (gainBytes ?? 0) > 18 * MiB }).toEqual({ equal: true, counts: true, gain: true });
  }, 60_000);

  it("tells different values by its exit code, and failing code by a sentence", async () => {
    expect((await micro("--a", "[1]", "--b", "(1,)")).exitCode).toBe(1);
    const failing = await micro("--setup", "import nosuch", "--a", "1", "--b", "1");
    expect([failing.exitCode, failing.stderr.includes("The setup fails: ModuleNotFoundError")]).toEqual([1, true]);
    const missing = await micro("--a", "@gone.py", "--b", "1");
    expect([missing.exitCode, missing.stderr.includes("--a @gone.py cannot be read")]).toEqual([2, true]);
    expect((await micro("--a", "1")).exitCode).toBe(2);
  }, 60_000);
});
