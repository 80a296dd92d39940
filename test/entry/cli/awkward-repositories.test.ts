import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { OptimizeOutput } from "../../../src/entry/output.ts";
import { loudHooks, snapshot, userGit, writeFiles } from "../../adapters/git/user-tree.ts";
import { type Ended, python, repository, run, start, tiny } from "./program.ts";

const optimize = ["optimize", "app.py", "--python", python, "--pairs", "2", "--allow", "slow", "--json", "--full"];
const folder = (name: string) => realpathSync(mkdtempSync(join(tmpdir(), name)));
const source = tiny["work.py"] as string;

/** A whole session: it keeps its one change, and all that is the user's is as it was, byte for byte. */
async function lowers(root: string): Promise<{ answer: OptimizeOutput; ended: Ended }> {
  const before = snapshot(root);
  const ended = await run(optimize, root);
  expect(ended.exitCode, ended.stderr).toBe(0);
  const answer = OptimizeOutput.parse(JSON.parse(ended.stdout));
  expect(answer.experiments, ended.stderr).toMatchObject([{ number: 1, status: "keep" }]);
  expect(userGit(root, "diff", "--name-only", answer.base, "codeflash/optimize")).toBe("work.py");
  expect(snapshot(root)).toBe(before);
  expect(userGit(root, "worktree", "list").split("\n")).toHaveLength(1);
  return { answer, ended };
}

describe("an awkward repository is worked on, and stays as it is:", () => {
  it("a detached HEAD, files that are changed, staged, stashed and not tracked", async () => {
    const root = repository(tiny);
    writeFiles(root, { "work.py": "stashed = 1\n" });
    userGit(root, "stash");
    userGit(root, "checkout", "-q", "--detach");
    writeFiles(root, {
      "work.py": "this is no Python\n",
      "staged.py": "x = 1\n",
      "notes.txt": "mine\n",
      "test_new.py": "1 / 0\n",
    });
    userGit(root, "add", "staged.py");
    // What is not tracked lies beside the commit: a test of the user's that is not committed yet would be collected too.
    rmSync(join(root, "test_new.py"));
    const { answer, ended } = await lowers(root);
    expect(ended.stderr).toContain("2 changed files are not committed (staged.py, work.py)");
    expect(answer.base).toBe(userGit(root, "rev-parse", "HEAD"));
    expect(userGit(root, "rev-parse", "--abbrev-ref", "HEAD")).toBe("HEAD");
  }, 120_000);

  it("a shallow clone whose target needs a submodule", async () => {
    const library = repository({ "shapes.py": "WIDTH = 12\n" });
    const origin = repository({
      ...tiny,
      "work.py": `from vendor.lib.shapes import WIDTH\n\n\n${source.replace("5:12", "5:WIDTH")}`,
    });
    userGit(origin, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "vendor/lib");
    userGit(origin, "commit", "-q", "-m", "submodule");
    const root = join(folder("shallow-"), "clone");
    const allow = ["-c", "protocol.file.allow=always"];
    userGit(origin, ...allow, "clone", "-q", "--depth", "1", "--recurse-submodules", `file://${encodeURI(origin)}`, root);
    const inside = userGit(join(root, "vendor/lib"), "status", "--porcelain=v2", "--branch");
    await lowers(root);
    expect(userGit(join(root, "vendor/lib"), "status", "--porcelain=v2", "--branch")).toBe(inside);
    expect(userGit(root, "rev-list", "--count", "HEAD")).toBe("1");
  }, 120_000);

  it("lines that end in CRLF, and file names that are no text", async () => {
    const root = repository(tiny);
    writeFiles(root, {
      "work.py": source.replaceAll("\n", "\r\n"),
      ".gitattributes": "*.txt text eol=crlf\n",
      "in.txt": "1\r\n",
    });
    const odd = (name: number[]) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name)]);
    writeFileSync(odd([0xff, 0xfe, 0x2e, 0x74]), "tracked\n");
    writeFileSync(odd([0x61, 0xe9, 0x2e, 0x70, 0x79]), "tracked = 1\n"); // `aé.py` as latin-1 has it
    userGit(root, "add", "-A");
    userGit(root, "commit", "-q", "-m", "odd");
    writeFileSync(odd([0xc3, 0x28]), "not tracked\n");
    await lowers(root);
    const kept = userGit(root, "show", "codeflash/optimize:work.py");
    expect(kept.match(/\r\n/g)?.length).toBeGreaterThan(10);
    expect(kept.replaceAll("\r\n", "")).not.toContain("\n");
  }, 120_000);

  it("hooks that fail, and hooks that rewrite what is committed and checked out", async () => {
    const root = repository(tiny);
    loudHooks(root);
    const rewrites = `#!/bin/sh\necho "# rewritten by a hook" >> work.py\ngit add -A 2>/dev/null\ntouch "${root}/.hook-ran"\n`;
    mkdirSync(join(root, "hooks"));
    const hooks = ["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-checkout", "post-index-change"];
    for (const name of hooks) {
      writeFileSync(join(root, "hooks", name), rewrites);
      chmodSync(join(root, "hooks", name), 0o755);
    }
    userGit(root, "config", "core.hooksPath", join(root, "hooks"));
    const { answer } = await lowers(root);
    expect(userGit(root, "show", `${answer.head}:work.py`)).not.toContain("rewritten");
    expect(userGit(root, "log", "-1", "--format=%s%n%ae", answer.head)).toMatch(/^mem: .*\ncodeflash-memory@/);
    expect(readdirSync(root).filter((it) => it.startsWith(".hook-ran"))).toEqual([]);
  }, 120_000);

  it("tests that flake, or need a network or a database: named with their reason, never blamed on a change", async () => {
    const turns = join(folder("turns-"), "count");
    const root = repository({
      ...tiny,
      "test_odd.py": `import pathlib, socket, sqlite3

turns = pathlib.Path(${JSON.stringify(turns)})


def test_flaky():
    count = int(turns.read_text()) if turns.exists() else 0
    turns.write_text(str(count + 1))
    assert count % 2 == 0


def test_network():
    socket.create_connection(("127.0.0.1", 9), timeout=5)


def test_database():
    sqlite3.connect("/no/such/folder/shop.db").execute("select 1")
`,
    });
    const { answer, ended } = await lowers(root);
    const odd = ["test_odd.py::test_database", "test_odd.py::test_flaky", "test_odd.py::test_network"];
    expect(answer.tests).toMatchObject({ excluded: odd });
    const handoff = readFileSync(answer.records.handoff, "utf8");
    for (const text of [ended.stderr, handoff]) {
      expect(text).toMatch(/test_network: finds no network or database here: ConnectionRefusedError/);
      expect(text).toMatch(/test_database: finds no network or database here: sqlite3.OperationalError: unable to open/);
      expect(text).toMatch(/test_flaky: passes and fails by turns/);
    }
  }, 120_000);

  it("two runs begun in the same moment, one of them in a linked worktree: one works, the other says who does", async () => {
    const root = repository(tiny);
    const linked = join(folder("linked-"), "tree");
    userGit(root, "worktree", "add", "-q", "-b", "side", linked);
    const before = snapshot(root);
    const both = await Promise.all([start(optimize, root).ended, start(optimize, linked).ended]);
    const [works, waits] = both.sort((a, b) => (a.exitCode ?? 9) - (b.exitCode ?? 9)) as [Ended, Ended];
    expect([works.exitCode, waits.exitCode], works.stderr + waits.stderr).toEqual([0, 4]);
    expect(waits.stderr).toMatch(/Another run \(process \d+, since .*\) works on this project\.\n {2}Wait for it/);
    expect(OptimizeOutput.parse(JSON.parse(works.stdout)).experiments).toMatchObject([{ status: "keep" }]);
    expect(snapshot(root)).toBe(before);
    expect(userGit(root, "worktree", "list").split("\n")).toHaveLength(2);
    expect(userGit(linked, "status", "--porcelain")).toBe("");
  }, 120_000);
});
