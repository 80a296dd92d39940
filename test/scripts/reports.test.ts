import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeFiles } from "../adapters/git/user-tree.ts";
import { checkout, linkPackages, linkPython, script } from "./checkout.ts";

function prepared(): string {
  const root = checkout();
  linkPackages(root);
  linkPython(root);
  return root;
}

const suite = (body: string) => `import { expect, it } from "vitest";\n${body}\n`;

describe("npm test", () => {
  it("ends with the sum of what passed, failed and was left out", () => {
    const root = prepared();
    writeFiles(root, {
      "test/good.test.ts": suite('it("holds", () => expect(1).toBe(1));\nit.skip("later", () => {});'),
      "test/bad.test.ts": suite('it("does not hold", () => expect(1).toBe(2));'),
      "test/broken.test.ts": 'import "./not-there.ts";\n',
    });
    const good = script(root, "test.mjs", ["test/good.test.ts"]);
    expect([good.lines.at(-1), good.exitCode]).toEqual(["1 passed, 0 failed, 1 skipped", 0]);
    const all = script(root, "test.mjs", ["test"]);
    expect([all.lines.at(-1), all.exitCode]).toEqual(["1 passed, 2 failed, 1 skipped", 1]);
  });

  it("does not pass when no test ran", () => {
    const root = prepared();
    const ended = script(root, "test.mjs", ["test/none.test.ts"]);
    expect([ended.lines.at(-1), ended.exitCode]).toEqual(["0 passed, 1 failed", 1]);
  });
});

describe("npm run cases", () => {
  it("says how to name the folder where there is none", () => {
    const root = prepared();
    const ended = script(root, "cases.mjs", ["--dir", join(root, "no-cases")]);
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain("Name their folder with --dir or CODEFLASH_MEMORY_CASES.");
    expect(existsSync(join(root, ".reports/cases.json"))).toBe(false);
  });

  it("counts a case that cannot be set up as a crash and goes on with the next", () => {
    const root = prepared();
    const broken = { "setup.sh": "echo no such release >&2\nexit 1\n", "case.json": "{}" };
    const entries = ["one", "two"].flatMap((name) =>
      Object.entries(broken).map(([file, text]) => [`cases/${name}/${file}`, text]),
    );
    writeFiles(root, { ...Object.fromEntries(entries), "cases/score.py": "" });
    const unknown = script(root, "cases.mjs", ["three", "--dir", join(root, "cases")]);
    expect(unknown.lines[0]).toBe(`three: CRASH there is no such case in ${join(root, "cases")}`);
    const ended = script(root, "cases.mjs", ["--dir", join(root, "cases")]);
    expect(ended.exitCode).toBe(1);
    expect(ended.lines.slice(0, 2)).toEqual(["one", "two"].map((it) => `${it}: CRASH set-up failed: no such release`));
    expect(ended.lines.at(-1)).toMatch(/^cases: 0 of 2 improved/);
    const report = JSON.parse(readFileSync(join(root, ".reports/cases.json"), "utf8")) as { failures: string[] };
    expect(report.failures).toContain("two crashed: set-up failed: no such release");
  });
});
