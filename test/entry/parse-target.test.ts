import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parseTarget, words } from "../../src/entry/parse-target.ts";
import { Failure } from "../../src/vocabulary/failure.ts";

let cwd = "";
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "target "));
  mkdirSync(join(cwd, "tests"));
  for (const file of ["run.py", "with space.py", "tests/test_x.py"]) writeFileSync(join(cwd, file), "");
});

const parse = (...given: string[]) => parseTarget(given, cwd, {});

describe("a target", () => {
  it("is a pytest node id, or a test file", () => {
    expect(parse("tests/test_x.py::test_y[1-a]")).toEqual({ kind: "pytest", nodeId: "tests/test_x.py::test_y[1-a]" });
    expect(parse("tests/test_x.py")).toEqual({ kind: "pytest", nodeId: "tests/test_x.py" });
  });
  it("is a script with arguments, as words or as one text", () => {
    const script = { kind: "script", path: "run.py", args: ["medium", "a b"] };
    expect(parse("run.py", "medium", "a b")).toEqual(script);
    expect(parse("run.py medium 'a b'")).toEqual(script);
    expect(parse("with space.py")).toEqual({ kind: "script", path: "with space.py", args: [] });
  });
  it("is a module", () => expect(parse("-m", "pkg.mod", "x")).toEqual({ kind: "module", module: "pkg.mod", args: ["x"] }));
  it("is a function with set-up and arguments", () => {
    expect(parseTarget(["pkg.mod:Class.make"], cwd, { setup: "n = 3", args: "n" })).toEqual({
      kind: "function",
      module: "pkg.mod",
      qualname: "Class.make",
      setup: "n = 3",
      args: "n",
    });
  });
  it.each([[[]], [["nowhere.py"]], [["tests"]], [["-m"]], [["tests/test_none.py::test_y"]], [["tests/test_x.py", "more"]]])(
    "fails for %j with a sentence",
    (given: string[]) => {
      try {
        parseTarget(given, cwd, {});
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
        expect((error as Failure).exitCode).toBe(2);
        return;
      }
      throw new Error("it was accepted");
    },
  );
});

describe("words", () => {
  it.each([
    ["a  b", ["a", "b"]],
    [`a "b c" 'd "e'`, ["a", "b c", 'd "e']],
    ["a\\ b", ["a b"]],
    ["''", [""]],
    ["", []],
  ])("%s", (text, expected) => expect(words(text)).toEqual(expected));
});
