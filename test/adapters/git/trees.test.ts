import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { overlay } from "../../../src/adapters/git/overlay.ts";
import { openRepository } from "../../../src/adapters/git/repository.ts";
import { cleanPrefix, Trees } from "../../../src/adapters/git/trees.ts";
import { Failure } from "../../../src/vocabulary/failure.ts";
import { loudHooks, makeRepository, snapshot, userGit, writeFiles } from "./user-tree.ts";

async function open(root: string) {
  const repository = await openRepository(root);
  if (!repository?.head) throw new Error("no repository");
  return {
    ...repository,
    head: repository.head,
    trees: new Trees([{ root: repository.root, commonDir: repository.commonDir, at: "" }], "s1"),
  };
}
const folder = (name: string) => realpathSync(mkdtempSync(join(tmpdir(), name)));

describe("where the tree of a commit lies", () => {
  it("is out of reach of git clean, out of sight of status, and each commit has its own", async () => {
    const root = makeRepository({ "app.py": "x\n" });
    loudHooks(root);
    const before = snapshot(root);
    const { head, trees } = await open(root);
    const [one, again] = await Promise.all([trees.path(head), trees.path(head)]);
    expect(again).toBe(one);
    expect(snapshot(root)).toBe(before);
    const quiet = ["-c", "core.hooksPath=/dev/null"]; // these are our looks, not the user's
    execFileSync("git", [...quiet, "clean", "-fdxq"], { cwd: root });
    expect(readFileSync(join(one, "app.py"), "utf8")).toBe("x\n");
    expect(userGit(root, ...quiet, "status", "--porcelain", "--ignored")).toBe("");
    expect(userGit(one, ...quiet, "status", "--porcelain")).toBe("");
    await trees.release([]);
    expect(existsSync(one)).toBe(false);
    expect(snapshot(root)).toBe(before);
  });

  it("may be a clean clone: nothing that is not committed, no hook runs, and the commit need be on no branch", async () => {
    const root = makeRepository({ "app.py": "x\n", ".gitignore": "data.csv\n" });
    loudHooks(root);
    writeFiles(root, { "data.csv": "1,2\n", "app.py": "changed by the user\n" });
    const before = snapshot(root);
    const { head, trees } = await open(root);
    const [beside, clean] = [await trees.path(head), await trees.path(`${cleanPrefix}${head}`)];
    expect(readFileSync(join(beside, "data.csv"), "utf8")).toBe("1,2\n");
    expect(existsSync(join(clean, "data.csv"))).toBe(false);
    expect(readFileSync(join(clean, "app.py"), "utf8")).toBe("x\n");
    await trees.release([head]);
    expect([existsSync(beside), existsSync(clean)]).toEqual([true, false]);
    await trees.sweep();
    expect(snapshot(root)).toBe(before);
  });

  it("may be left half made by a kill, and is swept; the user's own worktrees stay, also those on a disk that is away", async () => {
    const root = makeRepository({ "app.py": "x\n" });
    const [here, away] = [join(folder("wt-"), "here"), join(folder("wt-"), "away")];
    userGit(root, "worktree", "add", "-q", "-b", "here", here);
    userGit(root, "worktree", "add", "-q", "-b", "away", away);
    rmSync(away, { recursive: true });
    const { head, commonDir, trees } = await open(root);
    const tree = await trees.path(head);
    mkdirSync(join(commonDir, "worktrees/codeflash-half"));
    writeFileSync(join(commonDir, "worktrees/codeflash-half/locked"), "initializing");
    writeFileSync(join(commonDir, "codeflash/index-1234.lock"), "");
    mkdirSync(join(commonDir, "refs/codeflash"), { recursive: true });
    writeFileSync(join(commonDir, "refs/codeflash/s0.lock"), "");
    await (await open(root)).trees.sweep();
    expect(existsSync(tree)).toBe(false);
    expect(readdirSync(join(commonDir, "worktrees")).sort()).toEqual(["away", "here"]);
    expect(readdirSync(join(commonDir, "codeflash"))).toEqual([]);
    expect(readdirSync(join(commonDir, "refs/codeflash"))).toEqual([]);
  });

  it("is tried anew after a failure", async () => {
    const root = makeRepository({ "app.py": "x\n" });
    const { commonDir, trees, head } = await open(root);
    mkdirSync(join(commonDir, "codeflash"), { recursive: true });
    writeFileSync(join(commonDir, "codeflash/trees"), "in the way");
    await expect(trees.path(head)).rejects.toBeInstanceOf(Failure);
    rmSync(join(commonDir, "codeflash/trees"));
    expect(existsSync(join(await trees.path(head), "app.py"))).toBe(true);
    await trees.sweep();
  });

  it.skipIf(process.getuid?.() === 0)("can be taken away where the target took the right to write", async () => {
    const root = makeRepository({ "app.py": "x\n" });
    const { trees, head } = await open(root);
    const tree = await trees.path(head);
    writeFiles(tree, { "closed/inside.txt": "x" });
    chmodSync(join(tree, "closed"), 0o500);
    await trees.sweep();
    expect(existsSync(tree)).toBe(false);
  });
});

describe("several trees of one repository at the same moment", () => {
  it("are all made", async () => {
    const root = makeRepository({ "app.py": "x = 0\n" });
    const commits = [userGit(root, "rev-parse", "HEAD").trim()];
    for (let number = 1; number < 8; number++) {
      writeFiles(root, { "app.py": `x = ${number}\n` });
      userGit(root, "commit", "-q", "-am", `${number}`);
      commits.push(userGit(root, "rev-parse", "HEAD").trim());
    }
    const { trees } = await open(root);
    for (let round = 0; round < 3; round++) {
      const paths = await Promise.all(commits.map((it) => trees.path(it)));
      expect(paths.map((it) => readFileSync(join(it, "app.py"), "utf8"))).toEqual(commits.map((_, index) => `x = ${index}\n`));
      await Promise.all([trees.release(commits.slice(0, 1)), trees.path(commits[0] as string)]);
    }
    await trees.sweep();
  });

  it("wait for another process that is half through with its own", async () => {
    const root = makeRepository({ "app.py": "x = 0\n" });
    const { trees, head, commonDir } = await open(root);
    const other = join(commonDir, "worktrees", "other");
    mkdirSync(other, { recursive: true });
    writeFileSync(join(other, "gitdir"), "/somewhere/.git\n");
    writeFileSync(join(other, "commondir"), "");
    const made = trees.path(head);
    setTimeout(() => rmSync(other, { recursive: true }), 300);
    expect(existsSync(join(await made, "app.py"))).toBe(true);
    await trees.sweep();
  });
});

describe("what lies beside the files of a commit", () => {
  it("keeps times, modes, names that are no text, empty folders; links lead into the copy, never out", async () => {
    const root = makeRepository({ "app.py": "x\n", "kept/in.txt": "committed\n" });
    writeFiles(root, {
      "data/b.csv": "1\n",
      "env/gym.py": "y = 1\n",
      "tools/run.sh": "#!\n",
      "conda/conda-meta/x": "",
      "conda/lib.py": "",
    });
    mkdirSync(join(root, "out/put"), { recursive: true });
    utimesSync(join(root, "data/b.csv"), 1000, 2000);
    chmodSync(join(root, "tools/run.sh"), 0o755);
    symlinkSync(join(root, "data"), join(root, "absolute"));
    symlinkSync("../data/b.csv", join(root, "tools/relative.csv"));
    symlinkSync(folder("outside-"), join(root, "escape"));
    const odd = (at: string) => Buffer.concat([Buffer.from(`${at}/data/`), Buffer.from([0xff, 0xfe])]);
    writeFileSync(odd(root), "odd\n");
    const before = snapshot(root);
    const { trees, head } = await open(root);
    const tree = await trees.path(head);
    expect(statSync(join(tree, "data/b.csv")).mtimeMs).toBe(2_000_000);
    expect(statSync(join(tree, "tools/run.sh")).mode & 0o777).toBe(0o755);
    expect(readFileSync(odd(tree), "utf8")).toBe("odd\n");
    expect(existsSync(join(tree, "env/gym.py"))).toBe(true);
    expect(lstatSync(join(tree, "out/put")).isDirectory()).toBe(true);
    expect(readlinkSync(join(tree, "absolute"))).toBe("data");
    expect(realpathSync(join(tree, "tools/relative.csv"))).toBe(join(tree, "data/b.csv"));
    expect(["escape", "conda"].filter((name) => existsSync(join(tree, name)))).toEqual([]);
    writeFileSync(join(tree, "absolute/b.csv"), "changed");
    expect(snapshot(root)).toBe(before);
    expect(trees.leftOut).toEqual([]);
    await trees.sweep();
  });

  it("has further names of the commit's own files as that, whatever the user's say", async () => {
    const root = makeRepository({ "src/mod.py": "committed\n", ".gitignore": "build\ndata\n" });
    writeFiles(root, { "data/one.bin": "d", "build/alone/mod.py": "alone\n", "build/gone/old.py": "old\n", "data/old.py": "x" });
    userGit(root, "add", "-f", "data/old.py");
    rmSync(join(root, "data/old.py"));
    mkdirSync(join(root, "build/links"), { recursive: true });
    linkSync(join(root, "src/mod.py"), join(root, "build/links/mod.py"));
    linkSync(join(root, "data/one.bin"), join(root, "build/links/one.bin"));
    linkSync(join(root, "build/gone/old.py"), join(root, "data/old.py"));
    writeFileSync(join(root, "src/mod.py"), "changed by the user\n");
    const before = snapshot(root);
    const { trees, head } = await open(root);
    const tree = await trees.path(head);
    expect(readFileSync(join(tree, "build/links/mod.py"), "utf8")).toBe("committed\n");
    expect(readFileSync(join(tree, "build/alone/mod.py"), "utf8")).toBe("alone\n");
    const same = (one: string, other: string) => statSync(join(tree, one)).ino === statSync(join(tree, other)).ino;
    expect(same("build/links/mod.py", "src/mod.py")).toBe(true);
    expect(same("build/links/one.bin", "data/one.bin")).toBe(true);
    expect(existsSync(join(tree, "build/gone/old.py"))).toBe(false); // its source is not in this commit
    writeFileSync(join(tree, "build/links/mod.py"), "written by a run");
    expect(snapshot(root)).toBe(before);
    await trees.sweep();
  });

  it("replaces nothing of the commit and writes through none of its links", async () => {
    const outside = folder("outside-");
    const root = makeRepository({ "app.py": "x\n" });
    symlinkSync(outside, join(root, "data"));
    writeFiles(root, { file: "committed\n" });
    userGit(root, "add", "-A");
    userGit(root, "commit", "-q", "-m", "link");
    rmSync(join(root, "data"));
    rmSync(join(root, "file"));
    userGit(root, "rm", "-q", "--cached", "data", "file");
    writeFiles(root, { "data/in.csv": "1\n", "file/in.csv": "2\n" });
    const { trees, head } = await open(root);
    const tree = await trees.path(head);
    expect(readdirSync(outside)).toEqual([]);
    expect(readFileSync(join(tree, "file"), "utf8")).toBe("committed\n");
    await trees.sweep();
  });

  it("has a limit: the small come first, the rest is named with its size", async () => {
    const root = makeRepository({ "app.py": "x\n" });
    writeFiles(root, { "a-large.bin": "x".repeat(900), "b-small.bin": "y".repeat(100), "c/d.bin": "z".repeat(150) });
    const tree = folder("tree-");
    expect(await overlay(root, tree, { submodules: [], limitBytes: 500 })).toEqual([
      { name: "a-large.bin", sizeBytes: 900, why: "too-large" },
    ]);
    expect(readdirSync(tree).sort()).toEqual(["b-small.bin", "c"]);
  });

  it("has a clone that lies in the project, but not another worktree of the user", async () => {
    const root = makeRepository({ "app.py": "x\n", ".gitignore": "lib/\nwork/\n" });
    userGit(root, "clone", "-q", makeRepository({ "mod.py": "m\n" }), join(root, "lib"));
    userGit(root, "worktree", "add", "-q", "-b", "other", join(root, "work"));
    const { trees, head } = await open(root);
    const tree = await trees.path(head);
    expect(readdirSync(join(tree, "lib"))).toEqual(["mod.py"]);
    expect(existsSync(join(tree, "work"))).toBe(false);
    await trees.sweep();
    expect(userGit(root, "worktree", "list").split("\n").length).toBe(2);
  });
});

describe("unusual repositories", () => {
  it("with submodules: their files are there", async () => {
    const library = makeRepository({ "mod.py": "m\n" });
    const root = makeRepository({ "app.py": "x\n" });
    userGit(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "vendor/lib");
    userGit(root, "commit", "-q", "-m", "submodule");
    userGit(root, "config", "submodule.recurse", "true");
    const before = snapshot(root);
    const { trees, head, submodules } = await open(root);
    expect(submodules).toEqual(["vendor/lib"]);
    const tree = await trees.path(head);
    expect(readdirSync(join(tree, "vendor/lib"))).toEqual(["mod.py"]);
    await trees.sweep();
    expect(existsSync(tree)).toBe(false);
    expect(snapshot(root)).toBe(before);
    // and from within the submodule, which is a repository of its own
    const inner = await open(join(root, "vendor/lib"));
    expect(readFileSync(join(await inner.trees.path(inner.head), "mod.py"), "utf8")).toBe("m\n");
    await inner.trees.sweep();
    expect(snapshot(root)).toBe(before);
  });

  it("shallow, bare, a linked worktree, a folder that is not there", async () => {
    const origin = makeRepository({ "app.py": "x\n" });
    userGit(origin, "commit", "-q", "--allow-empty", "-m", "second");
    const shallow = join(folder("shallow-"), "clone");
    userGit(origin, "clone", "-q", "--depth", "1", `file://${encodeURI(origin)}`, shallow);
    const { trees, head, shallow: isShallow } = await open(shallow);
    expect(isShallow).toBe(true);
    expect(existsSync(join(await trees.path(head), "app.py"))).toBe(true);
    await trees.sweep();
    const bare = join(folder("bare-"), "bare.git");
    userGit(origin, "clone", "-q", "--bare", origin, bare);
    expect(await openRepository(bare)).toBe(null);
    expect(await openRepository(join(bare, "no/such"))).toBe(null);
    const linked = join(folder("linked-"), "wt");
    userGit(origin, "worktree", "add", "-q", "-b", "side", linked);
    const side = await open(linked);
    expect(side).toMatchObject({ root: linked, commonDir: join(realpathSync(origin), ".git"), branch: "side", shallow: false });
    expect(existsSync(join(await side.trees.path(side.head), "app.py"))).toBe(true);
    await side.trees.sweep();
    expect(existsSync(linked)).toBe(true);
  });

  it("with line ends by attribute: sources are the committed bytes, the rest is as the user has it", async () => {
    const root = makeRepository({ ".gitattributes": "* text eol=crlf\n", "app.py": "x = 1\ny = 2\n", "in.csv": "1\n2\n" });
    const { trees, head } = await open(root);
    const tree = await trees.path(head);
    expect(readFileSync(join(tree, "app.py"), "utf8")).toBe("x = 1\ny = 2\n");
    expect(readFileSync(join(tree, "in.csv"), "utf8")).toBe("1\r\n2\r\n");
    await trees.sweep();
  });

  it("with content that a program keeps elsewhere: as the user has it, the program is not run, sources are as committed", async () => {
    const root = makeRepository({ "in.bin": "pointer\n", "away.bin": "pointer\n", "app.py": "x = 1\n" });
    writeFiles(root, { ".gitattributes": "* filter=store\n" });
    userGit(root, "add", ".gitattributes");
    userGit(root, "commit", "-q", "-m", "attributes");
    writeFiles(root, { "in.bin": "content\n", "app.py": "x = 1 # expanded\n" });
    rmSync(join(root, "away.bin"));
    symlinkSync("in.bin", join(root, "away.bin"));
    for (const name of ["clean", "smudge", "process"]) userGit(root, "config", `filter.store.${name}`, `touch '${root}/was-run'`);
    userGit(root, "config", "filter.store.required", "true");
    const before = snapshot(root);
    const { trees, head } = await open(root);
    for (const commit of [head, `${cleanPrefix}${head}`]) {
      const tree = await trees.path(commit);
      const texts = ["in.bin", "away.bin", "app.py"].map((name) => readFileSync(join(tree, name), "utf8"));
      expect(texts).toEqual(["content\n", "pointer\n", "x = 1\n"]);
    }
    await trees.sweep();
    expect(existsSync(join(root, "was-run"))).toBe(false);
    expect(snapshot(root)).toBe(before);
  });

  it("sparse: what is left out stays out", async () => {
    const root = makeRepository({ "app/a.py": "x\n", "other/b.py": "y\r\n" });
    userGit(root, "sparse-checkout", "set", "app");
    const { trees, head } = await open(root);
    const tree = await trees.path(head);
    expect(existsSync(join(tree, "app/a.py"))).toBe(true);
    await trees.sweep();
  });
});
