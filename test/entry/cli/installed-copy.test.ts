import { execFileSync } from "node:child_process";
import { readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { userGit } from "../../adapters/git/user-tree.ts";
import { python, repository, run, tiny } from "./program.ts";

/** Makes a wheel of what lies in src, with the standard library alone: nothing has to be fetched to install the project. */
const backend = `import glob, os, zipfile

def build_wheel(folder, settings=None, metadata=None):
    with zipfile.ZipFile(os.path.join(folder, "demo-1.0-py3-none-any.whl"), "w") as wheel:
        for path in glob.glob("src/demo/*.py"):
            wheel.write(path, path[len("src/"):])
        wheel.writestr("demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0\\n")
        wheel.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: backend\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("demo-1.0.dist-info/RECORD", "")
    return "demo-1.0-py3-none-any.whl"
`;

let root = "";
let copy = "";

beforeAll(() => {
  root = realpathSync(
    repository({
      ".gitignore": ".venv\n",
      "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
      "backend.py": backend,
      "src/demo/__init__.py": "",
      "src/demo/work.py": tiny["work.py"] ?? "",
      "bench/run.py": (tiny["app.py"] ?? "").replace("import work", "from demo import work"),
      "tests/test_work.py": (tiny["test_work.py"] ?? "").replace("import work", "from demo import work"),
    }),
  );
  execFileSync(python, ["-m", "venv", "--without-pip", ".venv"], { cwd: root });
  const own = join(root, ".venv/bin/python");
  const install = ["install", "-q", "--no-index", "--no-build-isolation", "--no-deps", "."];
  execFileSync(python, ["-m", "pip", "--disable-pip-version-check", "--python", own, ...install], { cwd: root });
  const library = join(root, ".venv/lib", readdirSync(join(root, ".venv/lib"))[0] ?? "", "site-packages");
  const pytest = execFileSync(python, ["-c", "import os, pytest; print(os.path.dirname(os.path.dirname(pytest.__file__)))"]);
  writeFileSync(join(library, "pytest.pth"), pytest);
  copy = join(library, "demo/__init__.py");
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

const sentence = () => `imports demo from ${copy}, not from src/demo/__init__.py: no change in this checkout reaches it.`;
const way =
  "Install it anew with `pip install -e` in that environment, name another one with --python, or put src first on PYTHONPATH.";

test("profile shows the copy that ran, and says that it is one; a target of which nothing is the checkout's is refused", async () => {
  const script = await run(["profile", "bench/run.py", "--json"], root);
  expect(script.exitCode, script.stderr).toBe(0);
  const { notes, dominantStage } = JSON.parse(script.stdout);
  expect(dominantStage.name).toBe("work.main");
  expect(notes).toEqual([`The target ${sentence()} ${way}`]);
  const called = await run(["profile", "demo.work:main", "--args", "1000"], root);
  expect(called.exitCode).toBe(4);
  expect(called.stderr).toContain(`codeflash-memory: The target ${sentence()}\n  ${way}\n`);
});

test("optimize refuses where a test, or the target, imports the copy", async () => {
  const tested = await run(["optimize", "bench/run.py"], root);
  expect(tested.stderr).toContain(`codeflash-memory: A test ${sentence()}\n  ${way}\n`);
  expect(tested.exitCode).toBe(4);
  const measured = await run(["optimize", "bench/run.py", "--test-command", "true", "--fresh"], root);
  expect(measured.stderr).toContain(`codeflash-memory: The target ${sentence()}\n  ${way}\n`);
  expect(measured.exitCode).toBe(4);
  expect(userGit(root, "status", "--porcelain")).toBe("");
});

test("doctor knows it before anything is run; the way forward leads on", async () => {
  const { stdout, exitCode } = await run(["doctor"], root);
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toMatch(/^ {2}- +install +demo 1\.0 in .*site-packages is a copy of this checkout\n +Where a target imports/m);
  const there = await run(["profile", "bench/run.py", "--json"], root, { PYTHONPATH: "src" });
  expect(there.exitCode, there.stderr).toBe(0);
  const { notes, table } = JSON.parse(there.stdout);
  expect([notes, table.pipeline.file]).toEqual([[], "src/demo/work.py"]);
});
