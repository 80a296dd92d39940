import { constants, existsSync, type Stats } from "node:fs";
import { copyFile, link, lstat, mkdir, readdir, realpath, symlink, utimes } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { asFailure } from "../disk/files.ts";
import { git, splitNul } from "./git.ts";

/** Folders that no target needs a copy of: caches, other people's environments, our own records. */
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
]);

/** A file that was not copied beside a commit. */
export interface LeftOut {
  name: string;
  sizeBytes: number;
  why: "too-large" | "unreadable";
}

/** File names need not be text: a path is carried as one character a byte, and turned into bytes where the disk is asked. */
const bytes = (path: string): Buffer => Buffer.from(path, "latin1");
const carried = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
const shown = (path: string): string => bytes(path).toString("utf8");

interface Found {
  path: string;
  info: Stats;
}

/**
 * Copies what git does not track and a target may need (data, generated modules, compiled extensions, the files of submodules)
 * from the user's tree into the tree of a commit. Nothing of the commit is replaced, no link out of the user's tree is followed or
 * copied; what is one file under several names is so in the copy. Small files first, `limitBytes` in all. Returns what was left out.
 */
export async function overlay(
  user: string,
  target: string,
  options: { submodules: readonly string[]; limitBytes: number },
): Promise<LeftOut[]> {
  const [root, tree] = [carried(user), carried(target)];
  const { stdout } = await git(["ls-files", "--others", "-z", "--directory"], { cwd: user });
  const found: Found[] = [];
  for (const name of splitNul(stdout)) await collect(root, name.toString("latin1").replace(/\/$/, ""), found, false);
  for (const name of options.submodules) await collect(root, carried(name), found, true);
  found.sort((a, b) => a.info.size - b.info.size || (a.path < b.path ? -1 : 1));
  const folders = new Map<string, boolean>();
  const names = await committedNames(user, found);
  const leftOut: LeftOut[] = [];
  let leftBytes = options.limitBytes;
  for (const { path, info } of found) {
    if (!(await folderIn(tree, info.isDirectory() ? path : dirname(path), folders))) continue;
    if (info.isSymbolicLink()) await copyLink(root, tree, path);
    if (!info.isFile()) continue;
    const sizeBytes = info.size;
    const same = info.nlink > 1 ? await identity(root, path) : null;
    const other = same === null ? undefined : names.get(same);
    if (other !== undefined) await nameAgain(tree, other, path);
    else if (sizeBytes > leftBytes) leftOut.push({ name: shown(path), sizeBytes, why: "too-large" });
    else if (await copyOne(root, tree, path, info)) {
      leftBytes -= sizeBytes;
      if (same !== null) names.set(same, path);
    } else leftOut.push({ name: shown(path), sizeBytes, why: "unreadable" });
  }
  return leftOut;
}

/** Everything below a path that may be copied. What vanishes meanwhile is passed over: the user goes on working. */
async function collect(root: string, path: string, found: Found[], submodule: boolean): Promise<void> {
  const from = join(root, path);
  if (skipped.has(path.slice(path.lastIndexOf("/") + 1))) return;
  const info = await lstat(bytes(from)).catch(() => null);
  if (!info) return;
  if (!info.isDirectory()) {
    found.push({ path, info });
    return;
  }
  if (existsSync(bytes(join(from, "pyvenv.cfg"))) || existsSync(bytes(join(from, "conda-meta")))) return;
  // Another worktree of the user has a .git file; its files belong to another branch.
  const git = await lstat(bytes(join(from, ".git"))).catch(() => null);
  if (git?.isFile() && !submodule) return;
  found.push({ path, info });
  for (const name of await readdir(bytes(from), { encoding: "buffer" }).catch(() => []))
    await collect(root, `${path}/${name.toString("latin1")}`, found, false);
}

/** What tells a file whatever its name is; null: it is gone, or no file. */
async function identity(root: string, path: string): Promise<string | null> {
  const info = await lstat(bytes(join(root, path)), { bigint: true }).catch(() => null);
  return info?.isFile() ? `${info.dev} ${info.ino}` : null;
}

/**
 * The files of the commit that may have another name among what is found, by identity. An editable install can be such a folder of
 * hard links, under the names of their sources: copied, they would stay the user's beside every commit.
 */
async function committedNames(user: string, found: readonly Found[]): Promise<Map<string, string>> {
  const several = new Set(found.filter((it) => it.info.isFile() && it.info.nlink > 1).map((it) => basename(it.path)));
  const known = new Map<string, string>();
  if (several.size === 0) return known;
  const { stdout } = await git(["ls-files", "-z"], { cwd: user });
  for (const path of splitNul(stdout).map((it) => it.toString("latin1"))) {
    const same = several.has(basename(path)) ? await identity(carried(user), path) : null;
    if (same !== null) known.set(same, path);
  }
  return known;
}

/** One more name for a file of the tree; none where the commit lacks that file, or has a link on the way to it. */
async function nameAgain(tree: string, known: string, path: string): Promise<void> {
  const from = join(tree, known);
  const real = async (it: string) => (await realpath(bytes(it), { encoding: "buffer" }).catch(() => null))?.toString("latin1");
  if ((await real(from)) === join((await real(tree)) ?? "", known))
    await link(bytes(from), bytes(join(tree, path))).catch(() => undefined);
}

/** Makes a folder in the tree. False where the commit has a file or a link in its place: nothing is written through that. */
async function folderIn(tree: string, path: string, known: Map<string, boolean>): Promise<boolean> {
  const before = known.get(path);
  if (before !== undefined) return before;
  const parent = path === "." || (await folderIn(tree, dirname(path), known));
  const made = parent && (await makeFolder(join(tree, path)));
  known.set(path, made);
  return made;
}

async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(bytes(path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw asFailure(error, shown(path));
    return (await lstat(bytes(path))).isDirectory();
  }
}

/** A link is pointed at the same place of the copy, so that nothing is written into the user's tree through it. */
async function copyLink(root: string, tree: string, path: string): Promise<void> {
  const place = await realpath(bytes(join(root, path)), { encoding: "buffer" }).catch(() => null);
  const inside = place === null ? ".." : relative(root, place.toString("latin1"));
  if (inside === ".." || inside.startsWith("../")) return;
  const target = relative(dirname(join(root, path)), join(root, inside)) || ".";
  await symlink(bytes(target), bytes(join(tree, path))).catch(() => undefined);
}

/** False: it could not be read. A file that the commit has stays. */
async function copyOne(root: string, tree: string, path: string, info: Stats): Promise<boolean> {
  const to = bytes(join(tree, path));
  try {
    await copyFile(bytes(join(root, path)), to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    await utimes(to, info.atime, info.mtime);
    return true;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOENT") return true;
    if (code === "EACCES" || code === "EPERM" || code === "EIO" || code === "EISDIR") return false;
    throw asFailure(error, `${shown(path)} (${syscall})`);
  }
}
