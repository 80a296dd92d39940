import { appendFileSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeFiles } from "../adapters/git/user-tree.ts";
import { checkout, linkPackages, linkPython, onlyCommands, script } from "./checkout.ts";

const noNpm = { npm: 'echo called > "$PWD/npm-was-called"\nexit 1' };
const stamp = (root: string) => JSON.parse(readFileSync(join(root, ".setup/stamp.json"), "utf8")) as Record<string, string>;
const built = (root: string) => statSync(join(root, "dist/main.js")).mtimeMs;

describe("the set-up", () => {
  it("leaves packages alone that are all there, builds once, and again when a source changed", () => {
    const root = checkout();
    linkPackages(root);
    linkPython(root);
    const path = onlyCommands(root, noNpm);
    const first = script(root, "setup.mjs", [], path);
    expect(first).toMatchObject({ exitCode: 0, stderr: "[setup] build\n" });
    expect(existsSync(join(root, "npm-was-called"))).toBe(false);
    const at = built(root);
    expect(script(root, "setup.mjs", [], path)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(built(root)).toBe(at);
    appendFileSync(join(root, "src/entry/cli/main.ts"), "\n// changed\n");
    expect(script(root, "setup.mjs", [], path)).toMatchObject({ exitCode: 0, stderr: "[setup] build\n" });
    expect(built(root)).toBeGreaterThan(at);
  });

  it("installs packages that a stamp promises and that are gone, and promises nothing when that fails", () => {
    const root = checkout();
    linkPackages(root);
    linkPython(root);
    script(root, "setup.mjs");
    expect(stamp(root)["packages"]).toContain(process.versions.node);
    const bare = checkout();
    writeFiles(bare, { ".setup/stamp.json": JSON.stringify(stamp(root)) });
    const ended = script(bare, "setup.mjs", [], onlyCommands(bare, noNpm));
    expect(ended.exitCode).toBe(4);
    expect(ended.stderr).toContain("[setup] Installing the npm packages failed (see above).");
    expect(existsSync(join(bare, "npm-was-called"))).toBe(true);
    expect(stamp(bare)["packages"]).toBeUndefined();
  });

  it.each([
    ["no Python", {}],
    ["a Python that is too old", { python3: "echo False" }],
    ["a Python without venv", { python3: "exit 1" }],
  ])("says what to do where there is %s", (_, commands) => {
    const root = checkout();
    linkPackages(root);
    const ended = script(root, "setup.mjs", [], onlyCommands(root, commands));
    expect(ended.exitCode).toBe(4);
    expect(ended.stderr).toMatch(/\[setup\] No Python 3\.9 or newer with pip and venv was found\. Install one .*\n$/);
    expect(ended.stderr).not.toContain("    at ");
  });
});
