import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, cpSync, linkSync, mkdirSync, rmSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { aPython, type FoundPython, findPythons } from "../pythons.ts";
import { environment, type Layout, layouts, linkFolder, partedLinks } from "./editable-layouts.ts";
import { call, type ProbeOptions, probe, pythonWithPytest, script, withFolder, witness, write } from "./probe-kit.ts";

const children = fileURLToPath(new URL("../../python/children", import.meta.url));
const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const word = (side: string) => `WORD = "${side}"\n`;

/** A checkout with its environment inside, and a tree in which `mod` says another word and the ignored module is missing. */
function arranged(layout: Layout, python: FoundPython, use: (options: ProbeOptions, module: string) => void): void {
  withFolder({}, (top) => {
    const [root, tree] = [join(top, "checkout"), join(top, "tree")];
    const module = layout.module ?? "demo";
    for (const [folder, side] of [
      [root, "checkout"],
      [tree, "tree"],
    ] as const) {
      write(folder, {
        [`${layout.package}/__init__.py`]: "from .mod import WORD\nfrom ._version import VERSION\n",
        [`${layout.package}/mod.py`]: word(side),
        "main.py": `import ${module}, subprocess, sys\nfrom ${module}.mod import WORD\nprint(WORD, ${module}.VERSION)\n`,
        "child.py": `import subprocess, sys\nsubprocess.run([sys.executable, "-c", "import ${module}.mod as m; print(m.WORD, m.__file__)"], check=True)\n`,
      });
    }
    write(root, { [`${layout.package}/_version.py`]: "VERSION = 'generated'\n" });
    const own = environment(python, join(root, ".venv"), layout.install(root));
    layout.arrange?.(root);
    use({ python: own, root, tree, exclude: [join(root, ".venv")] }, module);
  });
}

describe.each(findPythons())("Python $version", (python) => {
  test.each(layouts)("$name: the tree is imported, what git ignores is found, children too", (layout) => {
    arranged(layout, python, (options, module) => {
      const ran = probe({ pass: "bench", target: script("main.py") }, options);
      expect(ran.stderr).toBe("");
      expect(ran.stdout).toBe("tree generated\n");
      expect(witness(ran).strays).toEqual([]);
      expect(witness(ran).files[`${layout.package}/mod.py`]).toBe(hash(word("tree")));
      const child = probe({ pass: "bench", target: script("child.py") }, options);
      expect(child.stderr).toBe("");
      expect(child.stdout).toBe(`tree ${options.tree}/${layout.package}/mod.py\n`);
      expect(child.last("result")).toMatchObject({ children: true });
      const itself = probe({ pass: "bench", target: call(`${module}.mod`, "WORD.upper") }, { ...options, tree: options.root });
      expect(Object.values(witness(itself).files)).toContain(hash(word("checkout")));
      expect(witness(itself).strays).toEqual([]);
    });
  });
});

test.each([
  ["symbolic", symlinkSync],
  ["hard", linkSync],
])("files of a tree's own %s links bear the names of their sources", (_, link) => {
  const python = aPython();
  const strict = layouts.find((it) => it.name === "a strict link tree") as Layout;
  arranged(strict, python, (options) => {
    const tree = options.tree as string;
    mkdirSync(join(tree, linkFolder, "demo"), { recursive: true });
    for (const name of ["__init__.py", "mod.py"]) link(join(tree, "src/demo", name), join(tree, linkFolder, "demo", name));
    // as it is where imports are rewritten, and as it is where the tree lies over the checkout
    const own = environment(python, join(tree, ".venv"), strict.install(tree));
    write(tree, {
      "src/demo/_version.py": "VERSION = 'generated'\n",
      [`${linkFolder}/demo/_version.py`]: "VERSION = 'generated'\n",
    });
    for (const it of [options, { ...options, root: tree, python: own, exclude: [join(tree, ".venv")] }]) {
      const ran = probe({ pass: "bench", target: script("main.py") }, it);
      expect(ran.stdout, ran.stderr).toBe("tree generated\n");
      expect(witness(ran).strays).toEqual([]);
      expect(witness(ran).files["src/demo/mod.py"]).toBe(hash(word("tree")));
    }
  });
});

test.each([true, false])(
  "a module of a link tree that has parted from its source is a stray; the tree has a copy: %s",
  (copied) => {
    arranged(partedLinks, aPython(), (options) => {
      const [root, tree] = [options.root, options.tree as string];
      if (copied) cpSync(join(root, linkFolder), join(tree, linkFolder), { recursive: true });
      const ran = probe({ pass: "bench", target: script("main.py") }, options);
      expect(ran.stdout).toBe("checkout generated\n"); // the trap itself
      expect(witness(ran).strays).toEqual([{ module: "demo.mod", path: join(copied ? tree : root, linkFolder, "demo/mod.py") }]);
    });
  },
);

test("a tracked module that the tree no longer has is not taken from the checkout", () => {
  const python = aPython();
  arranged(layouts[1] as Layout, python, (options) => {
    const git = (...args: string[]) => execFileSync("git", ["-C", options.root, ...args]);
    git("init", "-q");
    git("add", "demo/__init__.py", "demo/mod.py", "main.py");
    rmSync(join(options.tree as string, "demo/mod.py"));
    const ran = probe({ pass: "bench", target: script("main.py") }, options);
    expect(ran.last("result")).toMatchObject({ exitCode: 1, error: { type: "ModuleNotFoundError" } });
  });
});

test("a module that reaches the process from the checkout is a stray", () => {
  const python = aPython();
  arranged(layouts[1] as Layout, python, (options) => {
    write(options.tree as string, {
      "main.py": `import importlib.util, sys
spec = importlib.util.spec_from_file_location("mod", ${JSON.stringify(join(options.root, "demo/mod.py"))})
module = sys.modules["mod"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(module.WORD)
`,
    });
    const ran = probe({ pass: "bench", target: script("main.py") }, options);
    expect(ran.stdout).toBe("checkout\n");
    expect(witness(ran).strays).toEqual([{ module: "mod", path: join(options.root, "demo/mod.py") }]);
  });
});

test("old bytecode that time and size let through is a stray, although the file on disk is right", () => {
  const python = aPython();
  withFolder({ "mod.py": "def answer(): return 41\n", "main.py": "import mod\nprint(mod.answer())\n" }, (root) => {
    execFileSync(python.executable, ["-m", "py_compile", "mod.py"], { cwd: root });
    const { atime, mtime } = statSync(join(root, "mod.py"));
    write(root, { "mod.py": "def answer(): return 42\n" });
    utimesSync(join(root, "mod.py"), atime, new Date(Math.floor(mtime.getTime() / 1000) * 1000 + (mtime.getTime() % 1000)));
    const ran = probe({ pass: "bench", target: script("main.py") }, { python, root });
    expect(ran.stdout).toBe("41\n"); // the trap itself
    expect(witness(ran).strays).toEqual([{ module: "mod", path: join(root, "mod.py") }]);
    probe({ pass: "compile", files: ["mod.py", "../outside.py"] }, { python, root });
    const again = probe({ pass: "bench", target: script("main.py") }, { python, root });
    expect(again.stdout).toBe("42\n");
    expect(witness(again).strays).toEqual([]);
  });
});

test("a file that is rewritten after its import is a stray", () => {
  const python = aPython();
  const main = "import mod\nopen(mod.__file__, 'w').write('def answer(): return 42\\n')\nprint(mod.answer())\n";
  withFolder({ "mod.py": "def answer(): return 41\n", "main.py": main }, (root) => {
    const ran = probe({ pass: "bench", target: script("main.py") }, { python, root });
    expect(witness(ran).strays).toEqual([{ module: "mod", path: join(root, "mod.py") }]);
  });
});

test("a tree inside the checkout, a pytest target, PYTHONPATH, and the user's own sitecustomize", () => {
  const python = pythonWithPytest();
  withFolder({}, (top) => {
    const root = join(top, "checkout");
    const files = (side: string) => ({
      "src/demo.py": word(side),
      "tests/test_demo.py": "import sys, demo\ndef test_word(): assert demo.WORD == 'tree' and sys.custom\n",
    });
    write(root, { ...files("checkout"), "site/sitecustomize.py": "import sys\nsys.custom = True\nprint('custom')\n" });
    const tree = join(root, ".git/codeflash/tree");
    write(tree, files("tree"));
    const env = { PYTHONPATH: `${root}/src:${root}/site` };
    const options = { python, root, tree, exclude: [join(root, ".git")], env };
    const ran = probe({ pass: "bench", target: { kind: "pytest", nodeId: "tests/test_demo.py" } }, options);
    expect(ran.stdout).toContain("1 passed");
    expect(Object.keys(witness(ran).files)).toEqual(["src/demo.py", "tests/test_demo.py"]);
    expect(witness(ran).strays).toEqual([]);
    const command = spawnSync(
      python.executable,
      ["-c", "import demo, sys; print(demo.WORD, sys.custom, any('children' in it for it in sys.path))"],
      {
        cwd: tree,
        encoding: "utf8",
        env: {
          ...process.env,
          PYTHONPATH: `${children}:${env.PYTHONPATH}`,
          CODEFLASH_MEMORY_PROJECT: JSON.stringify({ root, tree, exclude: [] }),
        },
      },
    );
    expect(command.stderr).toBe("");
    expect(command.stdout).toBe("custom\ntree True False\n");
  });
});

test("a checkout under the interpreter's prefix is still the project; its packages are not", () => {
  const python = aPython();
  withFolder({}, (top) => {
    const own = environment(python, join(top, "usr"), { "other.py": word("other") });
    const [root, tree] = [join(top, "usr/src/app"), join(top, "tree")];
    write(root, { "demo.py": word("checkout"), "main.py": "import demo, other\nprint(demo.WORD, other.WORD)\n" });
    cpSync(root, tree, { recursive: true });
    write(tree, { "demo.py": word("tree") });
    const ran = probe({ pass: "bench", target: script(join(root, "main.py")) }, { python: own, root, tree });
    expect(ran.stdout).toBe("tree other\n");
    expect(Object.keys(witness(ran).files)).toEqual(["demo.py", "main.py"]);
  });
});

test("a compiled module that exists only in the checkout is loaded from there", () => {
  const python = aPython();
  const origin = execFileSync(python.executable, ["-c", "import _queue; print(getattr(_queue, '__file__', ''))"], {
    encoding: "utf8",
  }).trim();
  if (origin === "") return expect(origin).toBe(""); // this Python has no compiled modules as files
  arranged({ ...(layouts[1] as Layout), name: "compiled" }, python, (options) => {
    const suffix = origin.slice(origin.indexOf(".", origin.lastIndexOf("/")));
    copyFileSync(origin, join(options.root, "demo", `_queue${suffix}`));
    write(options.tree as string, { "main.py": "import demo._queue as q\nprint(q.__file__)\n" });
    const ran = probe({ pass: "bench", target: script("main.py") }, options);
    expect(dirname(ran.stdout.trim())).toBe(join(options.root, "demo"));
    expect(ran.last("witness")).toMatchObject({ strays: [], borrowed: ["demo._queue", "demo._version"] });
  });
});
