import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { git, splitNul } from "./git.ts";

/** A git checkout as the user has it. */
export interface Repository {
  root: string;
  /** Where the objects and refs lie: shared by all worktrees. */
  commonDir: string;
  /** Null: no commit yet. */
  head: string | null;
  /** Null: detached. */
  branch: string | null;
  /** Tracked files that differ from HEAD, as far as their names are text. */
  dirty: string[];
  /** Only the last commits are here: history ends before the first one. */
  shallow: boolean;
  /** Folders of its submodules, relative to the root. */
  submodules: string[];
}

/** A repository as the work needs it, and where it lies below the folder that all paths of a session start from. */
export interface Checkout {
  root: string;
  commonDir: string;
  /** `""`: it is that folder. */
  at: string;
}

/** The repository that a folder lies in; null when there is none: no folder, no git, or a bare one, which has no files to run. */
export async function openRepository(folder: string): Promise<Repository | null> {
  const cwd = await realpath(folder).catch(() => null);
  if (cwd === null) return null;
  const asked = ["rev-parse", "--is-shallow-repository", "--show-toplevel", "--git-common-dir"];
  const found = await git(asked, { cwd, allowExit: [128] }).catch(() => null);
  if (found?.exitCode !== 0) return null;
  const [shallow, root, common] = found.stdout.toString("utf8").trimEnd().split("\n");
  if (!root || !common) return null;
  const head = await git(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], { cwd, allowExit: [1, 128] });
  const branch = await git(["symbolic-ref", "--quiet", "--short", "HEAD"], { cwd, allowExit: [1, 128] });
  return {
    root: await realpath(root),
    commonDir: await realpath(resolve(cwd, common)),
    head: head.exitCode === 0 ? head.stdout.toString("utf8").trim() : null,
    branch: branch.exitCode === 0 ? branch.stdout.toString("utf8").trim() : null,
    dirty: await changedFiles(root),
    shallow: shallow === "true",
    submodules: await submodulesOf(root),
  };
}

/** Folders of the submodules of a checkout, relative to it. */
export async function submodulesOf(root: string): Promise<string[]> {
  if (!existsSync(join(root, ".gitmodules"))) return [];
  const { stdout } = await git(["ls-files", "--stage", "-z"], { cwd: root });
  const gitlinks = splitNul(stdout).filter((it) => it.subarray(0, 7).toString("latin1") === "160000 ");
  return gitlinks.map((it) => it.subarray(it.indexOf(0x09) + 1).toString("utf8"));
}

async function changedFiles(root: string): Promise<string[]> {
  const { stdout } = await git(["status", "--porcelain=v1", "-z", "--untracked-files=no", "--ignore-submodules=all"], {
    cwd: root,
    files: true,
  });
  const names: string[] = [];
  const parts = splitNul(stdout);
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] as Buffer;
    if (part.length < 4) continue;
    names.push(part.subarray(3).toString("utf8"));
    if (part[0] === 0x52 || part[0] === 0x43) index++; // renamed or copied: the old name follows
  }
  return names;
}

/** Files that differ between two commits. */
export async function changedBetween(root: string, from: string, to: string): Promise<string[]> {
  const { stdout } = await git(["diff-tree", "-r", "--name-only", "-z", "--no-renames", from, to], { cwd: root });
  return splitNul(stdout).map((it) => it.toString("utf8"));
}

export async function resolveCommit(root: string, name: string): Promise<string | null> {
  const found = await git(["rev-parse", "--verify", "--quiet", `${name}^{commit}`], { cwd: root, allowExit: [1, 128] });
  return found.exitCode === 0 ? found.stdout.toString("utf8").trim() : null;
}

/** Whether `ancestor` is in the history of `commit`. */
export async function isAncestor(root: string, ancestor: string, commit: string): Promise<boolean> {
  return (await git(["merge-base", "--is-ancestor", ancestor, commit], { cwd: root, allowExit: [1, 128] })).exitCode === 0;
}

/** Bytes of one file of a commit; null when it has none there. */
export async function showFile(root: string, commit: string, path: string): Promise<Buffer | null> {
  const found = await git(["cat-file", "blob", `${commit}:${path}`], { cwd: root, allowExit: [128] });
  return found.exitCode === 0 ? found.stdout : null;
}
