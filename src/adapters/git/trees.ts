import { constants, existsSync } from "node:fs";
import { chmod, copyFile, lstat, mkdir, readdir, readlink, realpath, rm, stat, symlink, utimes } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { git, splitNul } from "./git.ts";

/** Folders that no target needs a copy of: environments, caches, our own records. */
const skipped = new Set([
  ".git",
  ".codeflash",
  "__pycache__",
  "node_modules",
  ".pytest_cache",
  ".mypy_cache",
  ".ruff_cache",
  ".tox",
  ".nox",
  ".hypothesis",
  ".eggs",
  ".venv",
  "venv",
  "env",
]);

/** What is copied beside a commit at most. */
const overlayLimitBytes = 512 * 1024 * 1024;

/**
 * The trees of commits, each checked out once, detached, hooks off, below the git common directory, where the user's
 * `git clean -fdx` does not reach. The user's index and HEAD have no part in it.
 */
export class Trees {
  private readonly made = new Map<string, Promise<string>>();
  /** What was too large to be copied beside them. */
  readonly leftOut: string[] = [];
  private readonly root: string;
  private readonly folder: string;

  constructor(root: string, commonDir: string, session: string) {
    this.root = root;
    this.folder = join(commonDir, "codeflash", "trees", session);
  }

  path(commit: string): Promise<string> {
    const known = this.made.get(commit) ?? this.checkout(commit);
    this.made.set(commit, known);
    return known;
  }

  private async checkout(commit: string): Promise<string> {
    const path = join(this.folder, commit.slice(0, 12));
    await this.remove(path);
    await mkdir(dirname(path), { recursive: true });
    await git(["worktree", "add", "--detach", "--force", "--quiet", path, commit], { cwd: this.root });
    await this.overlay(path);
    return realpath(path);
  }

  /** Throws away all trees but those of these commits. */
  async release(except: readonly string[]): Promise<void> {
    for (const [commit, path] of this.made) {
      if (except.includes(commit)) continue;
      this.made.delete(commit);
      await this.remove(await path);
    }
  }

  /** Takes away everything, also what a killed run of this or an earlier session left. */
  async sweep(): Promise<void> {
    this.made.clear();
    const parent = dirname(this.folder);
    for (const session of await readdir(parent).catch(() => [])) {
      for (const name of await readdir(join(parent, session)).catch(() => [])) await this.remove(join(parent, session, name));
      await rm(join(parent, session), { recursive: true, force: true });
    }
    await git(["worktree", "prune"], { cwd: this.root });
  }

  private async remove(path: string): Promise<void> {
    if (!existsSync(path)) return;
    const gone = await git(["worktree", "remove", "--force", "--force", path], { cwd: this.root, allowExit: [1, 128] });
    if (gone.exitCode !== 0) await rm(path, { recursive: true, force: true });
  }

  /** Copies what git does not track and a target may need: data, generated modules, compiled extensions. */
  private async overlay(tree: string): Promise<void> {
    const { stdout } = await git(["ls-files", "--others", "-z", "--directory"], { cwd: this.root });
    let left = overlayLimitBytes;
    for (const name of splitNul(stdout)) {
      const relative =
        name.toString("latin1") === name.toString("utf8") || !name.toString("utf8").includes("\ufffd")
          ? name.toString("utf8")
          : null;
      if (relative === null) continue;
      left = await this.copy(relative.replace(/\/$/, ""), tree, left);
    }
  }

  private async copy(relative: string, tree: string, left: number): Promise<number> {
    const [from, to] = [join(this.root, relative), join(tree, relative)];
    const name = relative.split("/").at(-1) ?? "";
    if (skipped.has(name) || existsSync(join(from, "pyvenv.cfg")) || existsSync(join(from, "conda-meta"))) return left;
    const info = await lstat(from).catch(() => null);
    if (!info) return left;
    if (info.isDirectory()) {
      if (existsSync(join(from, ".git"))) return left;
      for (const inside of await readdir(from)) left = await this.copy(`${relative}/${inside}`, tree, left);
      return left;
    }
    if (existsSync(to)) return left;
    if (info.isSymbolicLink()) {
      const inside = await realpath(from).catch(() => null);
      if (inside?.startsWith(this.root + sep)) {
        await mkdir(dirname(to), { recursive: true });
        await symlink(await readlink(from), to).catch(() => undefined);
      }
      return left;
    }
    if (!info.isFile()) return left;
    if (info.size > left) {
      this.leftOut.push(`${relative} (${Math.ceil(info.size / 1024 / 1024)} MiB)`);
      return left;
    }
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await chmod(to, (await stat(from)).mode);
    await utimes(to, info.atime, info.mtime);
    return left - info.size;
  }
}
