import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sealOf } from "../../../src/adapters/disk/seal.ts";
import { withEffects } from "../../../src/adapters/effects.ts";
import { openRepository, resolveCommit } from "../../../src/adapters/git/repository.ts";
import { Trees } from "../../../src/adapters/git/trees.ts";
import { applyEdits, branchName, workspace } from "../../../src/adapters/git/workspace.ts";
import { Faulty } from "../../faults/plan.ts";
import { loudHooks, makeRepository, snapshot, userGit, writeFiles } from "./user-tree.ts";

async function open(root: string) {
  const repository = await openRepository(root);
  if (!repository?.head) throw new Error("no repository");
  const trees = new Trees([{ root: repository.root, commonDir: repository.commonDir, at: "" }], "s1");
  const scratch = mkdtempSync(join(tmpdir(), "scratch-"));
  const work = workspace({
    checkouts: [{ root: repository.root, commonDir: repository.commonDir, at: "" }],
    session: "s1",
    scratch,
    trees,
    verify: async () => ({ ok: true, why: "", functions: ["f"] }),
    seal: await sealOf([]),
  });
  return { repository, head: repository.head, trees, work };
}

const change = (file: string, start: number, end: number, text: string) => ({
  edits: [{ file, start, end, text }],
  scope: [`${file}:f`],
});

describe("a candidate", () => {
  it("is one commit with the same id each time, and leaves all that is the user's as it was", async () => {
    const root = makeRepository({ "app.py": "x = 1\ny = 2\n", "other.py": "z\n" });
    writeFiles(root, { "app.py": "x = 1\ny = 2\n# my unsaved work\n", "staged.py": "new\n", "loose.txt": "untracked\n" });
    userGit(root, "add", "staged.py");
    loudHooks(root);
    const before = snapshot(root);
    const { head, trees, work } = await open(root);
    const made = await work.candidate(head, change("app.py", 4, 5, "3"), "mem: three\n", 1_700_000_000);
    const again = await work.candidate(head, change("app.py", 4, 5, "3"), "mem: three\n", 1_700_000_000);
    if (made.kind !== "made") throw new Error(made.reason);
    expect(again).toEqual(made);
    expect(made.changedLines).toBe(2);
    const tree = await trees.path(made.commit);
    expect(readFileSync(join(tree, "app.py"), "utf8")).toBe("x = 3\ny = 2\n");
    expect(readFileSync(join(tree, "loose.txt"), "utf8")).toBe("untracked\n");
    expect(await work.keep(head, made.commit)).toEqual({ moved: true, why: null });
    expect(await work.keep(head, made.commit)).toEqual({ moved: true, why: null });
    expect(await resolveCommit(root, branchName)).toBe(made.commit);
    await trees.sweep();
    expect(existsSync(tree)).toBe(false);
    expect(snapshot(root)).toBe(before);
    expect(userGit(root, "worktree", "list").split("\n").length).toBe(1);
  });

  it("says of a full disk that it is full, not that git would not", async () => {
    const { head, work } = await open(makeRepository({ "app.py": "x = 1\n" }));
    const made = await work.candidate(head, change("app.py", 4, 5, "3"), "mem: three\n", 1);
    if (made.kind !== "made") throw new Error(made.reason);
    const calm = new Faulty(-1, "kill");
    await withEffects(calm, () => work.keep(head, made.commit));
    for (let at = 1; at <= calm.count; at++)
      await expect(
        withEffects(new Faulty(at, "ENOSPC"), () => work.keep(head, made.commit)),
        `${at}`,
      ).rejects.toThrow("ENOSPC");
  });

  it("keeps CRLF, file modes and every other byte", async () => {
    const root = makeRepository({ "run.py": "a = 1\r\nb = 'ä'\r\n" });
    userGit(root, "update-index", "--chmod=+x", "run.py");
    userGit(root, "commit", "-q", "-m", "mode");
    const { head, work } = await open(root);
    const made = await work.candidate(head, change("run.py", 4, 5, "2"), "mem: x\n", 1);
    if (made.kind !== "made") throw new Error(made.reason);
    expect(userGit(root, "ls-tree", made.commit, "run.py")).toMatch(/^100755/);
    expect(userGit(root, "show", `${made.commit}:run.py`)).toBe("a = 2\r\nb = 'ä'");
  });

  it("is refused when it cannot be what was meant", async () => {
    const root = makeRepository({ "app.py": "x\n" });
    const { head, work } = await open(root);
    expect(await work.candidate(head, change("none.py", 0, 0, "a"), "m", 1)).toMatchObject({ kind: "refused" });
    expect(await work.candidate(head, change("app.py", 0, 99, "a"), "m", 1)).toMatchObject({ kind: "refused" });
    symlinkSync("app.py", join(root, "link.py"));
    userGit(root, "add", "-A");
    userGit(root, "commit", "-q", "-m", "link");
    const linked = (await resolveCommit(root, "HEAD")) as string;
    expect(await work.candidate(linked, change("link.py", 0, 1, "z"), "m", 1)).toMatchObject({
      kind: "refused",
      reason: "link.py is a link, not a file",
    });
    expect(await work.candidate(head, change("app.py", 0, 1, "x"), "m", 1)).toMatchObject({
      kind: "refused",
      reason: "the edits change nothing",
    });
  });

  it("does not move the branch under the user's feet", async () => {
    const root = makeRepository({ "app.py": "x\n" });
    userGit(root, "switch", "-q", "-c", branchName);
    const { head, work } = await open(root);
    const made = await work.candidate(head, change("app.py", 0, 1, "y"), "m", 1);
    if (made.kind !== "made") throw new Error(made.reason);
    const kept = await work.keep(head, made.commit);
    expect(kept.moved).toBe(false);
    expect(kept.why).toContain("checked out");
    expect(userGit(root, "status", "--porcelain")).toBe("");
    expect(await resolveCommit(root, "refs/codeflash/s1")).toBe(made.commit);
  });
});

describe("the branch", () => {
  const two = async (root: string) => {
    const { head, work } = await open(root);
    const one = await work.candidate(head, change("app.py", 0, 1, "y"), "m", 1);
    if (one.kind !== "made") throw new Error(one.reason);
    const next = await work.candidate(one.commit, change("app.py", 0, 1, "z"), "m", 1);
    if (next.kind !== "made") throw new Error(next.reason);
    return { head, work, first: one.commit, second: next.commit };
  };
  it("is brought up once the user has left it", async () => {
    const root = makeRepository({ "app.py": "x\n" });
    userGit(root, "switch", "-q", "-c", branchName);
    const { head, work, first, second } = await two(root);
    expect((await work.keep(head, first)).moved).toBe(false);
    userGit(root, "switch", "-q", "main");
    expect(await work.keep(first, second)).toEqual({ moved: true, why: null });
    expect(await resolveCommit(root, branchName)).toBe(second);
  });
  it("stays where it holds commits of somebody else", async () => {
    const root = makeRepository({ "app.py": "x\n" });
    const { head, work, first } = await two(root);
    userGit(root, "switch", "-q", "-c", branchName);
    userGit(root, "commit", "-q", "--allow-empty", "-m", "theirs");
    userGit(root, "switch", "-q", "main");
    const theirs = await resolveCommit(root, branchName);
    expect(await work.keep(head, first)).toMatchObject({ moved: false, why: expect.stringContaining("other commits") });
    expect(await resolveCommit(root, branchName)).toBe(theirs);
  });
  it("stays while the user rebases it", async () => {
    const root = makeRepository({ "app.py": "x\n" });
    const { head, work, first, second } = await two(root);
    await work.keep(head, first);
    userGit(root, "commit", "-q", "--allow-empty", "-m", "main goes on");
    expect(() => userGit(root, "rebase", "-q", "--exec", "false", "main", branchName)).toThrow();
    expect(userGit(root, "rev-parse", "--abbrev-ref", "HEAD")).toBe("HEAD");
    expect(await work.keep(first, second)).toMatchObject({ moved: false, why: expect.stringContaining("checked out") });
    expect(await resolveCommit(root, branchName)).toBe(first);
  });
  it("cannot be made beside a branch `codeflash`; the session's ref is moved all the same", async () => {
    const root = makeRepository({ "app.py": "x\n" });
    userGit(root, "branch", "codeflash");
    const { head, work, first } = await two(root);
    expect(await work.keep(head, first)).toMatchObject({ moved: false, why: expect.stringContaining("refs/codeflash/s1") });
    expect(await resolveCommit(root, "refs/codeflash/s1")).toBe(first);
  });
});

describe("the user's settings", () => {
  it("change neither the id nor the patch, and bring no file of theirs", async () => {
    const made = async (settings: string[][]) => {
      const root = makeRepository({ "app.py": "x\n" });
      const base = userGit(root, "commit-tree", "HEAD^{tree}", "-m", "base");
      for (const setting of settings) userGit(root, "config", ...(setting as [string, string]));
      const before = snapshot(root);
      const files = readdirSync(join(root, ".git"));
      const { work } = await open(root);
      const candidate = await work.candidate(base, change("app.py", 0, 1, "y"), "mem: ä\n", 1);
      if (candidate.kind !== "made") throw new Error(candidate.reason);
      expect((await work.keep(base, candidate.commit)).moved).toBe(true);
      expect(snapshot(root)).toBe(before);
      expect(readdirSync(join(root, ".git")).filter((it) => !files.includes(it) && it !== "logs")).toEqual(["codeflash"]);
      const raw = userGit(root, "cat-file", "commit", candidate.commit).replace(/^parent .*$/m, "");
      return { patch: candidate.patch, raw };
    };
    const plain = await made([]);
    const hooks = mkdtempSync(join(tmpdir(), "hooks-"));
    writeFileSync(join(hooks, "reference-transaction"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const odd = await made([
      ["diff.noprefix", "true"],
      ["diff.context", "9"],
      ["diff.external", "false"],
      ["i18n.commitEncoding", "ISO-8859-1"],
      ["core.splitIndex", "true"],
      ["core.hooksPath", hooks],
      ["user.useConfigOnly", "true"],
      ["commit.gpgSign", "true"],
      ["core.fsmonitor", "false"],
      ["core.autocrlf", "true"],
      ["submodule.recurse", "true"],
    ]);
    expect(odd).toEqual(plain);
    expect(plain.patch).toContain("--- a/app.py\n+++ b/app.py");
  });
});

describe("the tree of a commit", () => {
  it("gets ignored data beside it, but no environment, no cache, nothing from outside", async () => {
    const root = makeRepository({ "app.py": "x\n", ".gitignore": "data/\n*.so\n.venv/\n" });
    writeFiles(root, {
      "data/in.csv": "1,2\n",
      "fast.so": "ELF",
      ".venv/pyvenv.cfg": "",
      ".venv/lib/a.py": "",
      "__pycache__/a.pyc": "",
    });
    symlinkSync(mkdtempSync(join(tmpdir(), "outside-")), join(root, "link-out"));
    const { head, trees } = await open(root);
    const tree = await trees.path(head);
    expect(readFileSync(join(tree, "data/in.csv"), "utf8")).toBe("1,2\n");
    expect(existsSync(join(tree, "fast.so"))).toBe(true);
    expect([".venv", "__pycache__", "link-out"].map((name) => existsSync(join(tree, name)))).toEqual([false, false, false]);
    writeFileSync(join(tree, "data/in.csv"), "changed");
    expect(readFileSync(join(root, "data/in.csv"), "utf8")).toBe("1,2\n");
    await trees.sweep();
  });

  it("is swept when its session was killed", async () => {
    const root = makeRepository({ "app.py": "x\n" });
    const first = await open(root);
    const tree = await first.trees.path(first.head);
    const { trees } = await open(root);
    await trees.sweep();
    expect(existsSync(tree)).toBe(false);
    expect(userGit(root, "worktree", "list").split("\n").length).toBe(1);
  });
});

describe("a repository", () => {
  it("is seen as it is: none, unborn, detached, dirty, a subfolder", async () => {
    expect(await openRepository(mkdtempSync(join(tmpdir(), "none-")))).toBe(null);
    const unborn = mkdtempSync(join(tmpdir(), "unborn-"));
    userGit(unborn, "init", "-q", "-b", "main");
    expect(await openRepository(unborn)).toMatchObject({ head: null, branch: "main" });
    const root = makeRepository({ "app.py": "x\n", "sub/a.py": "y\n" });
    userGit(root, "checkout", "-q", "--detach");
    writeFileSync(join(root, "app.py"), "changed\n");
    mkdirSync(join(root, "sub/deep"));
    expect(await openRepository(join(root, "sub/deep"))).toMatchObject({ branch: null, dirty: ["app.py"] });
  });
  it("may hold file names that are no text", async () => {
    const root = makeRepository({ "app.py": "x\n" });
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe, 0x2e, 0x74])]), "odd\n");
    userGit(root, "add", "-A");
    userGit(root, "commit", "-q", "-m", "odd");
    const { head, trees, work } = await open(root);
    expect((await work.candidate(head, change("app.py", 0, 1, "y"), "m", 1)).kind).toBe("made");
    expect(existsSync(join(await trees.path(head), "app.py"))).toBe(true);
    await trees.sweep();
  });
});

describe("edits", () => {
  it("are spans of the raw bytes", () => {
    const before = Buffer.from("aé b c");
    const edits = [
      { file: "f", start: 6, end: 7, text: "C" },
      { file: "f", start: 0, end: 1, text: "A" },
      { file: "f", start: 4, end: 4, text: "+" },
    ];
    expect(applyEdits(before, edits).toString()).toBe("Aé +b C");
  });
});
