import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sealOf } from "../../../src/adapters/disk/seal.ts";
import { openRepository } from "../../../src/adapters/git/repository.ts";
import { Trees } from "../../../src/adapters/git/trees.ts";
import { branchName, workspace } from "../../../src/adapters/git/workspace.ts";
import { commitOf, idsOf } from "../../../src/vocabulary/commit.ts";
import { snapshot, userGit, writeFiles } from "./user-tree.ts";

/** Three repositories in one folder; the changes of the tests touch the first two. */
async function open() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "several-")));
  const checkouts: { root: string; commonDir: string; at: string }[] = [];
  const heads: string[] = [];
  for (const at of ["app", "libs/feed", "libs/other"]) {
    const root = join(folder, at);
    mkdirSync(root, { recursive: true });
    userGit(root, "init", "-q", "-b", "main");
    writeFiles(root, { "a.py": "x = 1\n", "b.py": "y = 1\n" });
    userGit(root, "add", "-A");
    userGit(root, "commit", "-q", "-m", "start");
    const repository = await openRepository(root);
    checkouts.push({ root, commonDir: repository?.commonDir ?? "", at });
    heads.push(repository?.head ?? "");
  }
  const [first, ...others] = checkouts;
  if (!first) throw new Error("no repository");
  const trees = new Trees([first, ...others], "s1");
  const scratch = mkdtempSync(join(tmpdir(), "scratch-"));
  const verify = async () => ({ ok: true, why: "", functions: ["f"] });
  const work = workspace({ checkouts: [first, ...others], session: "s1", scratch, trees, verify, seal: await sealOf([]) });
  const base = commitOf(heads);
  const change = (...files: string[]) => ({
    edits: files.map((file) => ({ file, start: 4, end: 5, text: "2" })),
    scope: files.map((file) => `${file}:f`),
  });
  const made = async (parent: string, ...files: string[]) => {
    const candidate = await work.candidate(parent, change(...files), "mem: one\n", 1_700_000_000);
    if (candidate.kind === "refused") throw new Error(candidate.reason);
    return candidate;
  };
  const refs = () =>
    checkouts.map(({ root }) =>
      userGit(root, "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/codeflash", "refs/codeflash", "refs/tags"),
    );
  const block = (index: number, ref: string) => {
    const lock = join(checkouts[index]?.commonDir ?? "", `${ref}.lock`);
    mkdirSync(join(lock, ".."), { recursive: true });
    writeFileSync(lock, "");
    return () => rmSync(lock);
  };
  return { checkouts, heads, base, trees, work, made, refs, block };
}
type Place = Awaited<ReturnType<typeof open>>;
const two = ["app/a.py", "libs/feed/b.py"];
const branch = `refs/heads/${branchName}`;

describe("several repositories", () => {
  it("have one tree, in which each lies where the user has it", async () => {
    const { base, trees, made, checkouts } = await open();
    const before = checkouts.map(({ root }) => snapshot(root));
    const tree = await trees.path((await made(base, ...two)).commit);
    expect(readFileSync(join(tree, "app/a.py"), "utf8")).toBe("x = 2\n");
    expect(readFileSync(join(tree, "libs/feed/b.py"), "utf8")).toBe("y = 2\n");
    expect(readFileSync(join(tree, "libs/other/a.py"), "utf8")).toBe("x = 1\n");
    await trees.sweep();
    for (const { root } of checkouts) expect(userGit(root, "worktree", "list").split("\n")).toHaveLength(1);
    expect(checkouts.map(({ root }) => snapshot(root))).toEqual(before);
  });

  it("get a commit only where the change touched something, and the patch says where", async () => {
    const { base, made, work } = await open();
    const { commit, patch, changedLines } = await made(base, ...two);
    expect(idsOf(commit).map((id, index) => id === idsOf(base)[index])).toEqual([false, false, true]);
    expect((await made(base, ...two)).commit).toBe(commit);
    expect(patch).toMatch(/^--- a\/app\/a\.py$/m);
    expect(patch).toMatch(/^\+\+\+ b\/libs\/feed\/b\.py$/m);
    expect(changedLines).toBe(4);
    expect(String(await work.read(commit, "libs/feed/b.py"))).toBe("y = 2\n");
    expect(await work.read(commit, "elsewhere/b.py")).toBeNull();
    const outside = { edits: [{ file: "elsewhere/b.py", start: 0, end: 0, text: "" }], scope: [] };
    expect(await work.candidate(base, outside, "mem: x\n", 1)).toMatchObject({ kind: "refused" });
  });

  it("move together: session ref, branch and tag in all of them", async () => {
    const { base, made, work, refs, heads } = await open();
    const { commit } = await made(base, ...two);
    expect(await work.keep(base, commit)).toEqual({ moved: true, why: null });
    expect(await work.tag(commit)).toBe("codeflash/optimize-v1");
    expect(await work.tag(commit)).toBe("codeflash/optimize-v1");
    const ids = [...idsOf(commit).slice(0, 2), heads[2]];
    expect(refs()).toEqual(ids.map((id) => `refs/codeflash/s1 ${id}\n${branch} ${id}\nrefs/tags/codeflash/optimize-v1 ${id}`));
    const next = (await made(commit, "libs/feed/a.py")).commit;
    await work.keep(commit, next);
    expect(await work.tag(next)).toBe("codeflash/optimize-v2");
    const back = await work.takeBack(next, base, commit, "mem: back\n", 1);
    expect(String(await work.read(back ?? "", "app/a.py"))).toBe("x = 1\n");
    expect(String(await work.read(back ?? "", "libs/feed/b.py"))).toBe("y = 1\n");
    expect(String(await work.read(back ?? "", "libs/feed/a.py"))).toBe("x = 2\n");
  });

  const faults: [string, (place: Place) => () => void, boolean][] = [
    ["the session ref of the second", ({ block }) => block(1, "refs/codeflash/s1"), true],
    ["the session ref of the last", ({ block }) => block(2, "refs/codeflash/s1"), true],
    ["the branch of the second", ({ block }) => block(1, branch), false],
    ["the branch of the last", ({ block }) => block(2, branch), false],
    [
      "a branch that the user has checked out",
      ({ checkouts }) => {
        const root = checkouts[1]?.root ?? "";
        userGit(root, "checkout", "-q", "-b", branchName);
        return () => {
          userGit(root, "checkout", "-q", "main");
          userGit(root, "branch", "-q", "-D", branchName);
        };
      },
      false,
    ],
  ];
  it.each(faults)(
    "move in none of them when %s cannot, and in all of them afterwards",
    async (_, fail, throws) => {
      const place = await open();
      const { base, made, work, refs } = place;
      const { commit } = await made(base, ...two);
      const mend = fail(place);
      const branches = () => refs().map((it) => it.split("\n").filter((line) => line.startsWith(branch)));
      const [before, branchesBefore] = [refs(), branches()];
      if (throws) {
        await expect(work.keep(base, commit)).rejects.toMatchObject({ code: "harness-broken" });
        expect(refs()).toEqual(before);
      } else {
        expect(await work.keep(base, commit)).toMatchObject({ moved: false });
        expect(branches()).toEqual(branchesBefore);
      }
      mend();
      expect(await work.keep(base, commit)).toEqual({ moved: true, why: null });
      expect(refs().every((it, index) => it.includes(`${branch} ${idsOf(commit)[index]}`))).toBe(true);
    },
    30_000,
  );

  it("get a milestone in none of them when one refuses it, and are completed after a kill between two of them", async () => {
    const { base, made, work, refs, block, checkouts } = await open();
    const { commit } = await made(base, ...two);
    await work.keep(base, commit);
    const before = refs();
    const mend = block(1, "refs/tags/codeflash/optimize-v1");
    await expect(work.tag(commit)).rejects.toMatchObject({ code: "harness-broken" });
    expect(refs()).toEqual(before);
    mend();
    // a kill after the first of three effects leaves this behind
    userGit(checkouts[0]?.root ?? "", "tag", "codeflash/optimize-v1", idsOf(commit)[0] ?? "");
    expect(await work.tag(commit)).toBe("codeflash/optimize-v1");
    const next = (await made(commit, "libs/other/a.py", "app/b.py")).commit;
    userGit(checkouts[0]?.root ?? "", "update-ref", "refs/codeflash/s1", idsOf(next)[0] ?? "");
    expect(await work.keep(commit, next)).toEqual({ moved: true, why: null });
    expect(refs().every((it, index) => it.includes(`refs/codeflash/s1 ${idsOf(next)[index]}`))).toBe(true);
  });
});
