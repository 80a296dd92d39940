import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aPython, findPythons } from "../pythons.ts";
import { distribution, environment, installedCopy } from "./editable-layouts.ts";
import { type ProbeOptions, probe, pythonWithPytest, type Ran, script, withFolder, write } from "./probe-kit.ts";

const named = '[build-system]\nrequires = []\n\n[project]\nversion = "1.0"\nname = "Some_Demo"\n';

interface Case {
  checkout: Record<string, string>;
  /** What lies in the environment. */
  packages: (root: string, top: string) => Record<string, string>;
  /** Where the command stands, below the checkout. */
  cwd?: string;
  env?: (top: string) => Record<string, string>;
}

/** Runs `bench/run.py` over the checkout itself, as `profile` does. */
function ran({ checkout, packages, cwd = "", env }: Case, use: (ran: Ran, root: string, installed: string) => void): void {
  withFolder({}, (top) => {
    const root = join(top, "check out");
    write(root, checkout);
    const python = environment(aPython(), join(top, "venv"), packages(root, top));
    const options: ProbeOptions = { python, root, cwd: join(root, cwd), env: env?.(top) ?? {} };
    const done = probe({ pass: "bench", target: script(join(root, "bench/run.py")) }, options);
    expect(done.stderr).toBe("");
    use(done, root, join(top, "venv/lib", `python${python.version}`, "site-packages"));
  });
}

const strays = (it: Ran): unknown => it.last("witness")["strays"];

describe.each(findPythons())("Python $version", (python) => {
  test("an installed copy is told, whichever tree is measured", () => {
    withFolder({}, (top) => {
      const [root, tree] = [join(top, "checkout"), join(top, "tree")];
      const files = (side: string) => ({
        "src/demo/__init__.py": "",
        "src/demo/mod.py": `WORD = "${side}"\n`,
        "src/demo/_version.py": "",
        "bench/run.py": "from demo.mod import WORD\nprint(WORD)\n",
      });
      write(root, files("checkout"));
      write(tree, files("tree"));
      const own = environment(python, join(root, ".venv"), installedCopy.install(root));
      const installed = join(root, ".venv/lib", `python${python.version}`, "site-packages/demo/__init__.py");
      for (const it of [root, tree]) {
        const done = probe(
          { pass: "bench", target: script("bench/run.py") },
          { python: own, root, tree: it, exclude: [join(root, ".venv")] },
        );
        expect(done.stdout, done.stderr).toBe("checkout\n"); // the trap itself
        expect(strays(done)).toEqual([{ module: "demo", path: installed, copyOf: "src/demo/__init__.py" }]);
      }
    });
  });
});

const flat = { "demo/__init__.py": "", "demo/mod.py": "", "bench/run.py": "import demo.mod\n" };

test.each<[string, Case, string]>([
  [
    "by its name, from an index",
    { checkout: { ...flat, "pyproject.toml": named }, packages: () => installed("some-demo", null) },
    "",
  ],
  [
    "of setup.cfg",
    { checkout: { ...flat, "setup.cfg": "[metadata]\nname = demo\n" }, packages: () => installed("demo", null) },
    "",
  ],
  [
    "of setup.py",
    {
      checkout: { ...flat, "setup.py": "from setuptools import setup\nsetup(name='demo')\n" },
      packages: () => installed("demo", null),
    },
    "",
  ],
  [
    "of a project in a folder of the repository",
    {
      checkout: {
        "libs/one/setup.py": "",
        "libs/one/src/demo/mod.py": "",
        "libs/one/src/demo/__init__.py": "",
        "bench/run.py": "import demo.mod\n",
      },
      packages: (root) => installed("demo", join(root, "libs/one")),
      cwd: "libs/one/src",
    },
    "libs/one/src/",
  ],
])("a copy is known %s", (_, it, folder) => {
  ran(it, (done, __, packages) => {
    const copy = { module: "demo", path: join(packages, "demo/__init__.py"), copyOf: `${folder}demo/__init__.py` };
    expect(strays(done)).toEqual([copy]);
  });
});

/** `demo` in an environment. */
const installed = (name: string, from: string | null): Record<string, string> => ({
  "demo/__init__.py": "",
  "demo/mod.py": "",
  ...distribution(name, from, ["demo/__init__.py", "demo/mod.py"]),
});

test("another checkout of the same project is told as a copy; the portion of a name space, by its module", () => {
  const checkout = { "pyproject.toml": named, "src/space/demo/__init__.py": "", "bench/run.py": "import space.demo\n" };
  const packages = (_: string, top: string) => {
    write(join(top, "other"), { ...checkout, "src/space/demo/__init__.py": "# another\n" });
    return { "other.pth": `${top}/other/src\n` };
  };
  ran({ checkout, packages }, (done, root) => {
    const path = join(root, "../other/src/space/demo/__init__.py");
    expect(strays(done)).toEqual([{ module: "space.demo", path, copyOf: "src/space/demo/__init__.py" }]);
  });
});

test("a copy of another project of the checkout is told apart: the one that is worked on may come from the tree", () => {
  const checkout = {
    "apps/one/pyproject.toml": named,
    "apps/one/one.py": "",
    "libs/two/demo/__init__.py": "",
    "bench/run.py": "import demo.mod, one\n",
  };
  const packages = (root: string) => ({ ...installed("demo", join(root, "libs/two")), "one.pth": `${root}/apps/one\n` });
  ran({ checkout, packages, cwd: "apps/one" }, (done, _, folder) => {
    expect(strays(done)).toEqual([]);
    const copy = { module: "demo", path: join(folder, "demo/__init__.py"), copyOf: "libs/two/demo/__init__.py" };
    expect(done.last("witness")["copies"]).toEqual([copy]);
  });
});

test("a copy that the tests import", () => {
  withFolder({}, (root) => {
    const python = pythonWithPytest();
    write(root, { "checkout/pyproject.toml": named, "checkout/src/demo/__init__.py": "" });
    write(root, { "checkout/tests/test_it.py": "import demo\ndef test_it(): pass\n" });
    write(join(root, "lib/site-packages"), installed("some.demo", null));
    const options = { python, root: join(root, "checkout"), env: { PYTHONPATH: join(root, "lib/site-packages") } };
    const done = probe({ pass: "tests", tests: ["tests"] }, options);
    expect(done.last("test")).toMatchObject({ outcome: "passed" });
    expect(strays(done)).toMatchObject([{ module: "demo", copyOf: "src/demo/__init__.py" }]);
  });
});

const other = (names: readonly string[]) => () => ({
  ...Object.fromEntries(names.map((it) => [it, ""])),
  ...distribution("PyYAML", null, names),
});

test.each<[string, Case]>([
  [
    "a package of tests, and data folders, that another project's happen to be named like",
    {
      checkout: { "pyproject.toml": named, "tests/__init__.py": "", "yaml/a.yaml": "", "bench/run.py": "import tests, yaml\n" },
      packages: other(["tests/__init__.py", "yaml/__init__.py"]),
    },
  ],
  [
    "a library that the project has a copy of",
    {
      checkout: { "pyproject.toml": named, "lib/yaml/__init__.py": "", "bench/run.py": "import yaml\n" },
      packages: other(["yaml/__init__.py"]),
    },
  ],
  [
    "a library that was installed from a folder where the project keeps it",
    {
      checkout: { "src/vendor/yaml/__init__.py": "", "yaml/__init__.py": "", "bench/run.py": "import yaml\n" },
      packages: (root) => ({ "yaml/__init__.py": "", ...distribution("yaml", `${root}/src/vendor`, ["yaml/__init__.py"]) }),
    },
  ],
  [
    "another project's portion of a name space",
    {
      checkout: { "pyproject.toml": named, "src/space/demo.py": "", "bench/run.py": "import space.other, space.demo\n" },
      packages: (root) => ({
        "space/other.py": "",
        "own.pth": `${root}/src\n`,
        ...distribution("other", null, ["space/other.py"]),
      }),
    },
  ],
  [
    "an installed copy that is not what is imported",
    {
      checkout: { ...flat, "pyproject.toml": named },
      packages: () => installed("some-demo", null),
      env: (top) => ({ PYTHONPATH: join(top, "check out") }),
    },
  ],
  [
    "a package of the tree that takes a module from a copy",
    {
      checkout: {
        "pyproject.toml": named,
        "src/demo/__init__.py": "__path__ = __import__('pkgutil').extend_path([], __name__)[::-1]\n",
        "src/demo/extra.py": "",
        "bench/run.py": "import demo.extra\n",
      },
      packages: (root) => ({
        "demo/__init__.py": "",
        "demo/extra.py": "",
        "own.pth": `import sys; sys.path.insert(1, ${JSON.stringify(join(root, "src"))})\n`,
        ...distribution("some-demo", null, ["demo/__init__.py", "demo/extra.py"]),
      }),
    },
  ],
  [
    "what only the name of an unknown project speaks for",
    { checkout: flat, packages: () => installed("demo", "/somewhere/else") },
  ],
])("no copy of the project: %s", (_, it) => {
  ran(it, (done) => expect(strays(done)).toEqual([]));
});
