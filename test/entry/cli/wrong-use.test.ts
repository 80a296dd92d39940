import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { snapshot, userGit, writeFiles } from "../../adapters/git/user-tree.ts";
import { python, repository, run, wasteful } from "./program.ts";

/** One clear sentence, a way forward, no stack trace, nothing of the user's changed. */
async function refused(root: string, args: string[], exitCode: number, sentence: RegExp, env: Record<string, string> = {}) {
  const before = existsSync(join(root, ".git")) ? snapshot(root) : "";
  const ended = await run(args, root, env);
  expect(ended.stderr).toMatch(sentence);
  expect(ended.stderr).not.toMatch(/\n\s+at |Traceback/);
  expect(ended.stderr.trim().split("\n").length).toBeGreaterThanOrEqual(2);
  expect(ended.exitCode).toBe(exitCode);
  if (before) expect(snapshot(root)).toBe(before);
}
const optimize = (...args: string[]) => ["optimize", ...args, "--python", python];

describe("wrong use", () => {
  it("names an unknown target, command, flag and setting", async () => {
    const root = repository();
    await refused(root, optimize("nowhere.py"), 2, /There is no nowhere\.py/);
    await refused(root, optimize(), 2, /No target was named/);
    await refused(root, optimize("app.py", "--pairs", "many"), 2, /setting pairs is wrong/);
    expect(await run(["optimise"], root)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("Did you mean") });
    expect(await run(["optimize", "app.py", "--pairz", "3"], root)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("--pairs"),
    });
    writeFileSync(join(root, "pyproject.toml"), "[tool.codeflash-memory]\nmax-experiment = 3\n");
    await refused(root, optimize("app.py"), 2, /unknown key "max-experiment"[\s\S]*max-experiments/);
    writeFileSync(join(root, "pyproject.toml"), "[tool\n");
    await refused(root, optimize("app.py"), 2, /pyproject\.toml cannot be read/);
  });

  it("says that there is no Python, or that it is too old", async () => {
    const root = repository();
    await refused(root, ["optimize", "app.py", "--python", "/no/such/python"], 4, /No Python answers at/);
    const empty = mkdtempSync(join(tmpdir(), "empty-path-"));
    await refused(root, ["profile", "app.py"], 4, /No Python was found/, { PATH: empty, CONDA_PREFIX: "" });
  });

  const old = ["3.7", "3.8"].flatMap((version) => {
    const folder = join(homedir(), ".pyenv/versions");
    return existsSync(folder)
      ? readdirSync(folder)
          .filter((it) => it.startsWith(`${version}.`))
          .map((it) => join(folder, it, "bin/python"))
      : [];
  });
  it.skipIf(old.length === 0)("names a Python that is too old", async () => {
    await refused(repository(), ["optimize", "app.py", "--python", old[0] as string], 4, /is Python 3\.[78]; 3\.9 is the oldest/);
  });

  it("needs a repository with a commit, and tests", async () => {
    const loose = mkdtempSync(join(tmpdir(), "loose-"));
    writeFiles(loose, wasteful);
    await refused(loose, optimize("app.py"), 2, /not in a git repository/);
    expect(readdirSync(loose)).not.toContain(".codeflash");
    userGit(loose, "init", "-q");
    await refused(loose, optimize("app.py"), 2, /has no commit yet/);
    const { "test_work.py": _, ...untested } = wasteful;
    await refused(repository(untested), optimize("app.py"), 2, /No tests can be run/);
  });

  it("says so when tests, target or its time fail before any change", async () => {
    await refused(
      repository({ ...wasteful, "test_work.py": "def test_no():\n    assert 1 == 2\n" }),
      optimize("app.py"),
      1,
      /No test passes before any change/,
    );
    await refused(
      repository({ ...wasteful, "test_work.py": "import nothing_of_that_name\n" }),
      optimize("app.py"),
      1,
      /cannot be collected/,
    );
    await refused(
      repository({ ...wasteful, "app.py": "import work\nraise RuntimeError('lost')\n" }),
      optimize("app.py"),
      1,
      /RuntimeError: lost/,
    );
    await refused(
      repository({ ...wasteful, "app.py": "import time\ntime.sleep(600)\n" }),
      optimize("app.py", "--timeout", "3"),
      1,
      /did not end within its time limit/,
    );
    await refused(repository(), optimize("test_work.py::test_of_no_such_name"), 1, /test_of_no_such_name/);
  });

  it.skipIf(process.getuid?.() === 0)("says that a folder cannot be written", async () => {
    const root = repository();
    chmodSync(root, 0o555);
    await refused(root, optimize("app.py"), 4, /cannot be written/);
    chmodSync(root, 0o755);
  });
  it("says that a place is no folder for its records", async () => {
    const root = repository();
    writeFileSync(join(root, ".codeflash"), "a file of the user's\n");
    await refused(root, optimize("app.py"), 4, /\.codeflash is a file, not a folder/);
  });
});

describe("help", () => {
  it("comes with examples and exit codes", async () => {
    const { exitCode, stdout } = await run(["--help"], tmpdir());
    expect(exitCode).toBe(0);
    for (const part of ["profile", "optimize", "status", "doctor", "Examples:", "Exit codes:"]) expect(stdout).toContain(part);
    expect((await run(["optimize", "--help"], tmpdir())).stdout).toContain("--test-command");
  });
  it("prints its first line in under 200 ms, or four times what bare Node takes on this machine now", async () => {
    const [help, bare]: [number[], number[]] = [[], []];
    for (let index = 0; index < 6; index++) {
      let began = performance.now();
      await run(["--help"], tmpdir());
      help.push(performance.now() - began);
      began = performance.now();
      spawnSync(process.execPath, ["-e", "0"]);
      bare.push(performance.now() - began);
    }
    expect(Math.min(...help)).toBeLessThan(Math.max(200, 4 * Math.min(...bare)));
  });
  it("gives the schema of every answer", async () => {
    for (const command of ["profile", "optimize", "status", "doctor"]) {
      const schema = JSON.parse((await run([command, "--schema"], tmpdir())).stdout);
      expect(schema.properties.schema.const).toBe(1);
      expect(schema.required).toContain("command");
    }
  });
});
