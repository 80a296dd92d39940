import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { chmod, mkdir, readdir, readFile, realpath, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { idsOf } from "../../vocabulary/commit.ts";
import { asFailure } from "../disk/files.ts";
import { effects } from "../effects.ts";
import { filledFromUser } from "./filtered.ts";
import { git, localClones, oneByOne, splitNul } from "./git.ts";
import { type LeftOut, overlay } from "./overlay.ts";
import { type Checkout, showFile, submodulesOf } from "./repository.ts";

/** A file is written anew, and a link in its place is not followed. */
const overwriting = constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW;

/** What is copied beside a commit at most. */
const overlayLimitBytes = 512 * 1024 * 1024;

/** Before a commit: a clone of it, without what the user has not committed. */
export const cleanPrefix = "clean:";

/** Begins the name of each of our worktrees: git's own folder for it is known by that even when it was left half made. */
const prefix = "codeflash-";

/**
 * The trees of commits, each checked out once, detached, hooks off. They lie below the git common directory: the user's
 * `git clean -fdx` does not reach it, editors, test runners and searches of the user's tree do not look into it, and it is on the
 * same disk, so that files can be cloned. The user's index and HEAD have no part in it.
 */
export class Trees {
  /** What was not copied beside the last tree, by name and size. */
  leftOut: readonly LeftOut[] = [];
  private readonly made = new Map<string, Promise<string>>();
  private readonly checkouts: readonly Checkout[];
  private readonly folder: string;

  /** With several checkouts a tree has each of them where the user has it, below the folder that they share. */
  constructor(checkouts: readonly [Checkout, ...Checkout[]], session: string) {
    this.checkouts = checkouts;
    this.folder = join(checkouts[0].commonDir, "codeflash", "trees", session);
  }

  /** Folder with the files of a commit. A second call gives the same folder; a failed one is tried anew. */
  path(commit: string): Promise<string> {
    const known = this.made.get(commit);
    if (known) return known;
    const making = this.checkout(commit);
    this.made.set(commit, making);
    making.catch(() => this.made.delete(commit));
    return making;
  }

  /** Paths of the files that were too large to be copied. */
  tooLarge(): string[] {
    return this.leftOut.filter((it) => it.why === "too-large").map((it) => it.name);
  }

  private async checkout(commit: string): Promise<string> {
    // A name of its own each time: a git that outlived a killed run of ours may still be writing into the old folder.
    const path = join(this.folder, `${prefix}${commit.replace(cleanPrefix, "").slice(0, 12)}-${randomBytes(3).toString("hex")}`);
    try {
      const ids = idsOf(commit.replace(cleanPrefix, ""));
      const leftOut: LeftOut[] = [];
      for (const [index, { root, at }] of this.checkouts.entries()) {
        const place = join(path, at);
        await mkdir(dirname(place), { recursive: true });
        const id = ids[index] ?? "";
        if (commit.startsWith(cleanPrefix)) await clone(root, id, place);
        else leftOut.push(...(await worktree(root, id, place)).map((it) => ({ ...it, name: join(at, it.name) })));
      }
      this.leftOut = leftOut;
      return await realpath(path);
    } catch (error) {
      await this.remove(path).catch(() => undefined);
      throw asFailure(error, path);
    }
  }

  /** Throws away all trees but those of these commits. */
  async release(except: readonly string[]): Promise<void> {
    for (const [commit, path] of this.made) {
      if (except.includes(commit)) continue;
      this.made.delete(commit);
      const made = await path.catch(() => null);
      if (made !== null) await this.remove(made);
    }
  }

  /** Takes away everything, also what a killed run of this or an earlier session left. Only for the holder of the lock. */
  async sweep(): Promise<void> {
    this.made.clear();
    const trees = dirname(this.folder);
    await removeFolder(trees);
    await this.forget(trees, true);
    for (const { commonDir } of this.checkouts) {
      const [ours, refs] = [join(commonDir, "codeflash"), join(commonDir, "refs", "codeflash")];
      for (const name of await readdir(ours).catch(() => []))
        if (name.startsWith("index-")) await rm(join(ours, name), { force: true });
      for (const name of await readdir(refs).catch(() => []))
        if (name.endsWith(".lock")) await rm(join(refs, name), { force: true });
    }
  }

  private async remove(path: string): Promise<void> {
    await removeFolder(path);
    await this.forget(path, false);
  }

  /**
   * Takes away git's records of the worktrees at or below a path; with `half`, also those of ours that a killed git left
   * unfinished. `git worktree prune` would do, but it also forgets the user's worktrees on disks that are not mounted now.
   */
  private forget(path: string, half: boolean): Promise<void> {
    return oneByOne(() => this.forgotten(path, half));
  }

  private async forgotten(path: string, half: boolean): Promise<void> {
    for (const { commonDir } of this.checkouts) {
      const records = join(commonDir, "worktrees");
      for (const name of await readdir(records).catch(() => [])) {
        const place = (await readFile(join(records, name, "gitdir"), "utf8").catch(() => "")).trim();
        const unfinished = half && place === "" && name.startsWith(prefix);
        if (unfinished || place.startsWith(path + sep)) await rm(join(records, name), { recursive: true, force: true });
      }
      await rmdir(records).catch(() => undefined);
    }
  }
}

/** The files of a commit, with what the user has beside it that is not committed. */
async function worktree(root: string, commit: string, path: string): Promise<LeftOut[]> {
  await git(["worktree", "add", "--detach", "--quiet", path, commit], { cwd: root, files: true });
  await sourcesAsCommitted(path);
  await filledFromUser(root, path);
  return overlay(root, path, { submodules: await submodulesOf(root), limitBytes: overlayLimitBytes });
}

/** The files of a commit and nothing else. Shares the objects: the commit need not be at a branch to be found. */
async function clone(root: string, commit: string, path: string): Promise<void> {
  await git(["clone", "--quiet", "--shared", "--no-checkout", root, path], { cwd: root, env: localClones });
  await git(["checkout", "--quiet", "--detach", commit], { cwd: path, files: true });
  await sourcesAsCommitted(path);
  await filledFromUser(root, path);
}

/**
 * Edits are spans of the committed bytes, so Python sources must have them: where an attribute of the project has git write other
 * line ends, they are written anew. To Python the line ends are the same.
 */
async function sourcesAsCommitted(tree: string): Promise<void> {
  const { stdout } = await git(["ls-files", "--eol", "-z", "--", "*.py"], { cwd: tree });
  for (const entry of splitNul(stdout)) {
    const [info = "", path = ""] = entry.toString("utf8").split("\t");
    const [committed, written] = info.split(/\s+/).map((it) => it.slice(2));
    const absent = written === undefined || written === ""; // a sparse checkout
    if (absent || committed === written || path.includes("\ufffd")) continue;
    const blob = await showFile(tree, "HEAD", path);
    if (blob !== null) await writeFile(join(tree, path), blob, { flag: overwriting });
  }
}

/** Takes a folder away, also where the target took the right to write from a folder inside. */
async function removeFolder(path: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 3 };
  try {
    await effects().run("unlink", () => rm(path, options));
  } catch {
    await effects().run("unlink", async () => {
      await makeWritable(path);
      await rm(path, options);
    });
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700).catch(() => undefined);
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => []))
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
}
