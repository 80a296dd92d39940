import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isLibrary, provenance, readProjectFile, targetName } from "../../../src/adapters/python/discover.ts";

const folder = (files: Record<string, string> = {}) => {
  const root = mkdtempSync(join(tmpdir(), "discover-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  return root;
};
const library = async (files: Record<string, string>) => {
  const root = folder(files);
  return isLibrary(await readProjectFile(root, root), root);
};

describe("a project", () => {
  it("is a library where it is packaged and offers no command", async () => {
    expect(await library({})).toBe(false);
    expect(await library({ "pyproject.toml": "[tool.black]\n" })).toBe(false);
    expect(await library({ "pyproject.toml": '[project]\nname = "x"\n' })).toBe(true);
    expect(await library({ "pyproject.toml": '[project]\nname = "x"\n[project.scripts]\nx = "x:main"\n' })).toBe(false);
    expect(await library({ "pyproject.toml": '[tool.poetry]\nname = "x"\n[tool.poetry.scripts]\nx = "x:main"\n' })).toBe(false);
    expect(await library({ "setup.py": "" })).toBe(true);
  });

  it("says which file is no TOML, and where", async () => {
    const root = folder({ "pyproject.toml": "[project\n" });
    await expect(readProjectFile(root, root)).rejects.toMatchObject({ code: "bad-settings" });
  });

  it("has a provenance that moves with the lock file, the interpreter and the target", async () => {
    const interpreter = { version: [3, 11, 7], executable: "/py" } as unknown as Parameters<typeof provenance>[0];
    const script = { kind: "script" as const, path: "a.py", args: ["1"] };
    const root = folder({ "uv.lock": "one" });
    const first = await provenance(interpreter, script, root);
    expect(first).toMatchObject({ command: "python a.py 1", interpreter: "CPython 3.11.7 /py" });
    writeFileSync(join(root, "uv.lock"), "two");
    expect((await provenance(interpreter, script, root)).lockHash).not.toBe(first.lockHash);
    expect((await provenance(interpreter, script, folder())).lockHash).toBeNull();
  });

  it("names its targets as a person would type them", () => {
    expect(targetName({ kind: "pytest", nodeId: "t.py::x" })).toBe("t.py::x");
    expect(targetName({ kind: "module", module: "a.b", args: ["-x"] })).toBe("-m a.b -x");
    expect(targetName({ kind: "function", module: "a", qualname: "f", args: "1, 2" })).toBe("a:f(1, 2)");
  });
});
