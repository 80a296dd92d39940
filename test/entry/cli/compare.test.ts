import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { CompareOutput } from "../../../src/entry/output.ts";
import { snapshot, userGit } from "../../adapters/git/user-tree.ts";
import { python, run } from "./program.ts";

const MiB = 1024 * 1024;
/** Holds 39.7 MiB of blocks, which the allocator gives back when they go. */
const wasteful = "def build():\n    rows = [bytes(4 * 1024 - 33) for _ in range(10163)]\n    return len(rows)\n";
const lean = "def build():\n    return sum(1 for _ in range(10163))\n";
const bench = "from toy import build\n\nprint(build())\n";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "compare-"));
  made.push(folder);
  return folder;
}

function commit(root: string, files: Record<string, string>, message: string): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  userGit(root, "add", "-A");
  userGit(root, "commit", "-q", "-m", message);
}

function toy(package_: string, files: Record<string, string> = {}): string {
  const root = join(emptyFolder(), "user project");
  mkdirSync(root);
  userGit(root, "init", "-q", "-b", "main");
  commit(root, { [`${package_}/__init__.py`]: wasteful, "bench_toy.py": bench, ...files }, "wasteful");
  userGit(root, "tag", "wasteful");
  commit(root, { [`${package_}/__init__.py`]: lean }, "lean");
  return root;
}

async function compared(root: string, interpreter: string, more: string[] = []) {
  const before = snapshot(root);
  const words = [
    "compare",
    "wasteful",
    "--target",
    "bench_toy.py",
    "--python",
    interpreter,
    "--pairs",
    "2",
    "--json",
    "--full",
    ...more,
  ];
  const ended = await run(words, root);
  expect(snapshot(root)).toBe(before);
  return ended;
}

describe("compare", () => {
  it("tells 39.7 MiB from nothing in a flat layout, and leaves nothing behind", async () => {
    const root = toy("toy");
    const ended = await compared(root, python, ["--markdown", join(root, "..", "c.md")]);
    expect(ended.exitCode, ended.stderr).toBe(0);
    const { comparison, base, head, metric } = CompareOutput.parse(JSON.parse(ended.stdout));
    expect(metric).toBe("process-peak");
    expect(base.peakBytes - head.peakBytes).toBeGreaterThan(38 * MiB);
    expect(base.peakBytes - head.peakBytes).toBeLessThan(42 * MiB);
    expect(comparison.heap.headBytes / comparison.heap.baseBytes).toBeLessThan(0.03);
    expect(comparison.outputEqual).toBe(true);
    expect(readFileSync(join(root, "..", "c.md"), "utf8")).toContain("lower (noise");
    expect(userGit(root, "worktree", "list").split("\n")).toHaveLength(1);
  }, 120_000);

  it("measures the commit and not the checkout in a src layout with an editable install", async () => {
    const pyproject = '[build-system]\nrequires = []\nbuild-backend = "none"\n[project]\nname = "toy"\nversion = "1"\n';
    const root = toy("src/toy", { "pyproject.toml": pyproject });
    const venv = join(emptyFolder(), "venv");
    execFileSync(python, ["-m", "venv", "--without-pip", "--system-site-packages", venv]);
    const interpreter = join(venv, "bin/python");
    const packages = execFileSync(interpreter, ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], {
      encoding: "utf8",
    }).trim();
    writeFileSync(join(packages, "__editable__.toy-1.pth"), `${join(root, "src")}\n`);
    const ended = await compared(root, interpreter);
    expect(ended.exitCode, ended.stderr).toBe(0);
    const { comparison } = CompareOutput.parse(JSON.parse(ended.stdout));
    expect(comparison.heap.headBytes / comparison.heap.baseBytes).toBeLessThan(0.03);
    expect(comparison.process.baseBytes - comparison.process.headBytes).toBeGreaterThan(38 * MiB);
  }, 120_000);

  it("fails where head needs more than it may, breaks a test, or is not comparable", async () => {
    const root = toy("toy", {
      "test_toy.py": "from toy import build\n\ndef test_size():\n    assert build() == 10163\n",
      "uv.lock": "a",
    });
    commit(root, { "toy/__init__.py": wasteful.replace("10163", "12000") }, "worse");
    const worse = await compared(root, python, ["--fail-above", "5", "--tests", "test_toy.py"]);
    expect(worse.exitCode, worse.stderr).toBe(1);
    const { comparison } = CompareOutput.parse(JSON.parse(worse.stdout));
    expect(comparison).toMatchObject({ change: "higher", outputEqual: false, broken: ["test_toy.py::test_size"] });
    commit(root, { "uv.lock": "b" }, "lock");
    const refused = await compared(root, python);
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toContain("the dependency lock differs");
    expect((await compared(root, python, ["--allow", "lock"])).exitCode).toBe(0);
  }, 180_000);

  it("lends the head's benchmark to a base that has none, and says so", async () => {
    const root = toy("toy");
    commit(root, { "bench_new.py": bench }, "a new benchmark");
    const ended = await run(
      ["compare", "wasteful", "--target", "bench_new.py", "--python", python, "--pairs", "2", "--json", "--full"],
      root,
    );
    expect(ended.exitCode, ended.stderr).toBe(0);
    const answer = CompareOutput.parse(JSON.parse(ended.stdout));
    expect(answer.notes).toEqual(["both sides run bench_new.py of HEAD: the base has none"]);
    expect(answer.comparison.change).toBe("lower");
  }, 120_000);

  it("compares with the files as they are", async () => {
    const root = toy("toy");
    writeFileSync(join(root, "toy/__init__.py"), wasteful);
    const ended = await run(
      ["compare", "HEAD", "worktree", "--target", "bench_toy.py", "--python", python, "--pairs", "2", "--json", "--full"],
      root,
    );
    expect(CompareOutput.parse(JSON.parse(ended.stdout)).comparison.change, ended.stderr).toBe("higher");
  }, 120_000);

  it.each([
    [["compare", "nowhere", "--target", "bench_toy.py"], "There is no commit nowhere"],
    [["compare", "HEAD", "main", "--target", "bench_toy.py"], "are the same commit"],
    [["compare", "wasteful"], "No target was named"],
    [["compare", "wasteful", "--target", "gone.py"], "There is no gone.py"],
  ])("wrong use %j gets a sentence", async (words, sentence) => {
    const ended = await run([...words, "--python", python], toy("toy"));
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain(sentence);
  });
});
