import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { git, gitText, splitNul } from "./git.ts";

const author = { name: "codeflash-memory", email: "codeflash-memory@users.noreply.github.com" };

export interface NewCommit {
  root: string;
  commonDir: string;
  parent: string;
  /** New bytes of files that the parent has; their modes stay. */
  files: ReadonlyMap<string, Buffer>;
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
  const env = {
    GIT_INDEX_FILE: index,
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_COMMITTER_NAME: author.name,
    GIT_COMMITTER_EMAIL: author.email,
    GIT_AUTHOR_DATE: `@${options.dateSeconds} +0000`,
    GIT_COMMITTER_DATE: `@${options.dateSeconds} +0000`,
  };
  try {
    await mkdir(dirname(index), { recursive: true });
    await git(["read-tree", parent], { cwd: root, env });
    for (const [path, bytes] of options.files) {
      const blob = await gitText(["hash-object", "-w", "--no-filters", "--stdin"], { cwd: root, env, input: bytes });
      const mode = await modeOf(root, parent, path);
      await git(["update-index", "-z", "--index-info"], { cwd: root, env, input: `${mode} ${blob}\t${path}\0` });
    }
    const tree = await gitText(["write-tree"], { cwd: root, env });
    return await gitText(["commit-tree", tree, "-p", parent], { cwd: root, env, input: options.message });
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

async function modeOf(root: string, commit: string, path: string): Promise<string> {
  const entries = splitNul((await git(["ls-tree", "-z", commit, "--", path], { cwd: root })).stdout);
  const mode = entries[0]?.toString("utf8").split(" ")[0];
  if (mode !== "100644" && mode !== "100755") throw new Error(`${path} is no plain file of ${commit}`);
  return mode;
}

export const diffOf = async (root: string, from: string, to: string): Promise<string> =>
  (await git(["diff", "--no-color", "--no-ext-diff", "--no-textconv", "--binary", from, to], { cwd: root })).stdout.toString(
    "utf8",
  );

/** Moves a ref only from the value that we know; a ref that is already there counts as moved. */
export async function moveRef(root: string, name: string, to: string, from: string | null): Promise<boolean> {
  const old = from ?? "0".repeat(40);
  const done = await git(["update-ref", "--create-reflog", name, to, old], { cwd: root, allowExit: [1, 128] });
  if (done.exitCode === 0) return true;
  return (await gitText(["rev-parse", "--verify", "--quiet", name], { cwd: root, allowExit: [1, 128] })) === to;
}

/** Folder of the worktree that has a branch checked out; null when none has. */
export async function checkedOutAt(root: string, branch: string): Promise<string | null> {
  const parts = splitNul((await git(["worktree", "list", "--porcelain", "-z"], { cwd: root })).stdout).map((it) =>
    it.toString("utf8"),
  );
  let folder: string | null = null;
  for (const part of parts) {
    if (part.startsWith("worktree ")) folder = part.slice("worktree ".length);
    if (part === `branch refs/heads/${branch}`) return folder;
  }
  return null;
}
