import { describe, expect, it } from "vitest";
import { readSettings } from "../../src/entry/settings.ts";
import { Failure } from "../../src/vocabulary/failure.ts";

const file = (table: Record<string, unknown>) => ({
  path: "/p/pyproject.toml",
  content: { tool: { "codeflash-memory": table } },
});

function failure(table: Record<string, unknown>, flags: Record<string, unknown> = {}): Failure {
  try {
    readSettings(file(table), flags);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("settings", () => {
  it.each([
    [{ isolation: "external" }, "isolation", "--isolation"],
    [{ expose: ["~/.ssh"] }, "expose", "--expose"],
    [{ python: "tools/python" }, "python", "--python"],
    [{ allow: ["slow", "net"] }, "allow net", "--allow-net"],
  ])("never open from a project's file what keeps its runs apart: %o", (content, what, flag) => {
    expect(failure(content)).toMatchObject({
      message: expect.stringContaining(`sets ${what}, which decides`),
      wayForward: expect.stringContaining(flag),
    });
    expect(readSettings(null, { allowNet: true, allow: ["slow"] }).allow).toEqual(["slow", "net"]);
  });
  it("come from the flag, then pyproject.toml, then the default", () => {
    const table = { pairs: 5, "max-experiments": 7, thresholds: { "keep-mib": 2 } };
    expect(readSettings(file(table), { pairs: 4, json: true })).toMatchObject({
      pairs: 4,
      maxExperiments: 7,
      timeout: 600,
      thresholds: { keepMib: 2, slowRatio: 1.5 },
    });
    expect(readSettings(null, {})).toMatchObject({ pairs: 3 });
  });
  it("name the nearest valid key", () => {
    expect(failure({ "max-experiment": 3 })).toMatchObject({
      message: '[tool.codeflash-memory] in /p/pyproject.toml has an unknown key "max-experiment".',
      wayForward: 'Did you mean "max-experiments"?',
    });
    expect(failure({ thresholds: { "keep-mb": 3 } }).wayForward).toBe('Did you mean "keep-mib"?');
  });
  it("refuse wrong values with the key's name", () => {
    expect(failure({ pairs: "many" }).message).toContain("pairs");
    expect(failure({}, { pairs: Number.NaN }).message).toContain("pairs");
    expect(failure({}, { allow: ["everything"] }).message).toContain("allow");
    expect(failure({ thresholds: 3 }).message).toContain("table");
  });
});
