import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findInterpreter } from "../../../src/adapters/python/interpreter.ts";
import { findMemray } from "../../../src/adapters/python/overlay.ts";
import { environment, layouts } from "../../python/editable-layouts.ts";
import { write } from "../../python/probe-kit.ts";
import { aPython, findPythons } from "../../pythons.ts";
import { makeRepository, userGit } from "../git/user-tree.ts";

const folder = () => realpathSync(mkdtempSync(join(tmpdir(), "interpreter-")));
const active = process.env["VIRTUAL_ENV"];

async function found(root: string, setting?: string) {
  delete process.env["VIRTUAL_ENV"];
  try {
    return await findInterpreter({ setting, from: root, root });
  } finally {
    if (active !== undefined) process.env["VIRTUAL_ENV"] = active;
  }
}

/** Says in a folder that it was run, by whom. */
const springs = (told: string, name: string) => `open(${JSON.stringify(join(told, name))}, "w").close()`;

describe("the interpreter of a project", () => {
  it("is asked without running a line of what lies in its environment or in the project", async () => {
    const [root, told, library] = [folder(), folder(), folder()];
    const finder = layouts.find((it) => it.name === "a setuptools finder");
    environment(aPython(), join(root, ".venv"), {
      ...finder?.install(library),
      "evil.pth": `import os; ${springs(told, "pth")}\n`,
      "sitecustomize.py": springs(told, "sitecustomize"),
      "paths.pth": `# a comment\n${library}\n/no/such/folder\nbeside\n`,
      "beside/x.py": "",
      "memray/__init__.py": springs(told, "memray"),
      "memray/_memray.abi3.so": "",
      "pytest-8.1.2.dist-info/METADATA": "Name: pytest\nVersion: 8.1.2\n",
    });
    const shadows = ["json", "ast", "site", "sysconfig", "importlib", "memray", "platform", "encodings"];
    write(root, Object.fromEntries(shadows.map((it) => [`${it}.py`, springs(told, it)])));
    const python = await found(root);
    const packages = join(root, ".venv/lib", readdirSync(join(root, ".venv/lib"))[0] ?? "", "site-packages");
    expect(python).toMatchObject({ runner: ".venv", prefix: join(root, ".venv"), packages: [packages], pytest: "8.1.2" });
    expect(python.basePrefix).not.toBe(python.prefix);
    for (const it of [packages, library, join(packages, "beside"), `${library}/lib/inner`]) expect(python.searched).toContain(it);
    expect(python.searched).not.toContain("/no/such/folder");
    expect(await findMemray(python, { fetch: false })).toEqual({ kind: "there", overlay: null });
    expect(readdirSync(told)).toEqual([]);
    // the trap itself
    execFileSync(python.executable, ["-c", "import json"], { cwd: root });
    expect(readdirSync(told).sort()).toEqual(["json", "pth", "sitecustomize"]);
  });

  it("is not started where it came with the repository, unless it is named", async () => {
    const root = makeRepository({ "app.py": "" });
    const { executable } = environment(aPython(), join(root, ".venv"), {});
    expect(await found(root)).toMatchObject({ runner: ".venv" });
    userGit(root, "add", "-f", ".venv/pyvenv.cfg");
    await expect(found(root)).rejects.toMatchObject({
      message: expect.stringContaining("comes with the repository"),
      wayForward: expect.stringContaining(`--python ${join(root, ".venv")}`),
    });
    expect(await found(root, join(root, ".venv"))).toMatchObject({ executable });
  });
});

describe.each(findPythons())("Python $version", ({ executable }) => {
  const own =
    "import json, sys, sysconfig; p = sysconfig.get_paths(); print(json.dumps([sys.executable, sys.prefix, sys.base_prefix, sorted({p['purelib'], p['platlib']}), [it for it in sys.path if it]]))";
  it.each([
    ["itself", null],
    ["a virtual environment", []],
    ["one with the packages of its base", ["--system-site-packages"]],
  ])("%s is told as it is", async (_, words) => {
    const root = folder();
    if (words) execFileSync(executable, ["-m", "venv", "--without-pip", ...words, join(root, "it")]);
    const asked = words ? join(root, "it/bin/python") : executable;
    const python = await found(root, asked);
    const [path, prefix, base, packages, searched] = JSON.parse(
      execFileSync(asked, ["-c", own], { cwd: root, encoding: "utf8" }),
    );
    expect([python.executable, python.prefix, python.basePrefix, python.packages]).toEqual([path, prefix, base, packages]);
    const lacks = (searched as string[]).filter((it) => existsSync(it) && !python.searched.includes(it));
    expect(lacks).toEqual([]);
  });
});
