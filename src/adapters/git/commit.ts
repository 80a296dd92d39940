import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { git, gitText, splitNul } from "./git.ts";

/** Who commits: never the user, and the same on each machine, so that a redo gives the same id. */
const identity = {
  GIT_AUTHOR_NAME: "codeflash-memory",
  GIT_AUTHOR_EMAIL: "codeflash-memory@users.noreply.github.com",
  GIT_COMMITTER_NAME: "codeflash-memory",
  GIT_COMMITTER_EMAIL: "codeflash-memory@users.noreply.github.com",
};

export interface NewCommit {
  root: string;
  commonDir: string;
  /** Null: it begins a history of its own. */
  parent: string | null;
  /** New bytes of files that the parent has; their modes stay. */
  files: ReadonlyMap<string, Buffer>;
  /** Whether files that the parent lacks may be added. */
  newFiles?: boolean;
  message: string;
  dateSeconds: number;
}

/**
 * Makes a commit object by plumbing: private index, no hooks, no filters, fixed author and date, so that the same call gives
 * the same id. No ref moves, and the user's index is not looked at.
 */
export async function commitFiles(options: NewCommit): Promise<string> {
  const { root, parent } = options;
  const index = join(options.commonDir, "codeflash", `index-${randomUUID()}`);
  const date = `@${options.dateSeconds} +0000`;
  const env = { ...identity, GIT_INDEX_FILE: index, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  try {
    await mkdir(dirname(index), { recursive: true });
    await git(["read-tree", parent ?? "--empty"], { cwd: root, env });
    for (const [path, bytes] of options.files) {
      const blob = await gitText(["hash-object", "-w", "--no-filters", "--stdin"], { cwd: root, env, input: bytes });
      const known = parent === null ? null : await modeOf(root, parent, path);
      const mode = known ?? (options.newFiles ? "100644" : null);
      if (mode === null) throw new Error(`${path} is no plain file of ${parent}`);
      await git(["update-index", "-z", "--index-info"], { cwd: root, env, input: `${mode} ${blob}\t${path}\0` });
    }
    const tree = await gitText(["write-tree"], { cwd: root, env });
    const onto = parent === null ? [] : ["-p", parent];
    return await gitText(["commit-tree", tree, ...onto], { cwd: root, env, input: options.message });
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

/** A commit on the head that undoes an earlier one; null where its patch no longer applies backwards. */
export async function undoCommit(options: {
  root: string;
  commonDir: string;
  head: string;
  commit: string;
  message: string;
  dateSeconds: number;
}): Promise<string | null> {
  const { root, head, commit } = options;
  const index = join(options.commonDir, "codeflash", `index-${randomUUID()}`);
  const date = `@${options.dateSeconds} +0000`;
  const env = { ...identity, GIT_INDEX_FILE: index, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  try {
    await mkdir(dirname(index), { recursive: true });
    await git(["read-tree", head], { cwd: root, env });
    const patch = await git(["diff-tree", "-r", "-p", "--binary", "--no-ext-diff", "--no-textconv", `${commit}^`, commit], {
      cwd: root,
    });
    const applied = await git(["apply", "--cached", "--reverse", "--whitespace=nowarn", "-"], {
      cwd: root,
      env,
      input: patch.stdout,
      allowExit: [1, 128],
    });
    if (applied.exitCode !== 0) return null;
    const tree = await gitText(["write-tree"], { cwd: root, env });
    return await gitText(["commit-tree", tree, "-p", head], { cwd: root, env, input: options.message });
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

/** Tags that begin so, with the commits that they name. */
export async function tagsOf(root: string, prefix: string): Promise<{ name: string; commit: string }[]> {
  const format = "%(refname:strip=2) %(objectname)";
  const text = await gitText(["for-each-ref", `--format=${format}`, `refs/tags/${prefix}*`], { cwd: root });
  return text
    .split("\n")
    .filter((it) => it !== "")
    .map((it) => {
      const [name = "", commit = ""] = it.split(" ");
      return { name, commit };
    });
}

/** Mode of a plain file of a commit; null for a link, a folder, a submodule, what lies outside, or nothing. */
export async function modeOf(root: string, commit: string, path: string): Promise<string | null> {
  if (path === "" || path.startsWith("/") || path.split("/").includes("..")) return null;
  const entries = splitNul((await git(["ls-tree", "-z", commit, "--", path], { cwd: root })).stdout);
  const mode = entries[0]?.toString("utf8").split(" ")[0];
  return mode === "100644" || mode === "100755" ? mode : null;
}

/** The patch between two commits as git's plumbing prints it, with paths below `at`: the user's diff settings have no part in it. */
export async function diffOf(root: string, from: string, to: string, at = ""): Promise<string> {
  const prefixes = at === "" ? [] : [`--src-prefix=a/${at}/`, `--dst-prefix=b/${at}/`];
  const args = ["diff-tree", "-r", "-p", "--binary", "--no-ext-diff", "--no-textconv", ...prefixes, from, to];
  return (await git(args, { cwd: root })).stdout.toString("utf8");
}

/** A ref of a session of ours that has a commit in its history; null: none has. */
export async function heldBy(root: string, commit: string): Promise<string | null> {
  const args = ["for-each-ref", "--count=1", "--format=%(refname)", `--contains=${commit}`, "refs/codeflash/"];
  return (await gitText(args, { cwd: root })) || null;
}

/** Moves a ref only from the value that we know (null: it is not there yet). A ref that is already there counts as moved. */
export async function moveRef(root: string, name: string, to: string, from: string | null): Promise<boolean> {
  const old = from ?? "0".repeat(to.length);
  const done = await git(["update-ref", "--create-reflog", name, to, old], { cwd: root, env: identity, allowExit: [1, 128] });
  if (done.exitCode === 0) return true;
  return (await gitText(["rev-parse", "--verify", "--quiet", name], { cwd: root, allowExit: [1, 128] })) === to;
}

/** Takes a ref away where it still has the value that we gave it. */
export async function deleteRef(root: string, name: string, value: string): Promise<void> {
  await git(["update-ref", "-d", name, value], { cwd: root, env: identity, allowExit: [1, 128] });
}

/** Folder of the worktree that has a branch checked out or is rebasing it; null when none has. */
export async function checkedOutAt(root: string, branch: string): Promise<string | null> {
  const parts = splitNul((await git(["worktree", "list", "--porcelain", "-z"], { cwd: root })).stdout).map((it) =>
    it.toString("utf8"),
  );
  let folder = "";
  for (const part of parts) {
    if (part.startsWith("worktree ")) folder = part.slice("worktree ".length);
    if (part === `branch refs/heads/${branch}`) return folder;
    if (part === "detached" && (await isRebasing(folder, `refs/heads/${branch}`))) return folder;
  }
  return null;
}

/** During a rebase HEAD is detached; the branch that git will move at its end stands in a file. */
async function isRebasing(folder: string, ref: string): Promise<boolean> {
  const names = ["rebase-merge/head-name", "rebase-apply/head-name"];
  const found = await gitText(["rev-parse", ...names.flatMap((name) => ["--git-path", name])], { cwd: folder }).catch(() => "");
  for (const path of found.split("\n").filter((it) => it !== "")) {
    if ((await readFile(resolve(folder, path), "utf8").catch(() => "")).trim() === ref) return true;
  }
  return false;
}
