import { constants } from "node:fs";
import { copyFile, lstat, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { filterDrivers, git, splitNul } from "./git.ts";

/**
 * Puts what the user has into a fresh tree where a commit has only what a program makes content of (git LFS and the like), since that
 * program is not run. Sources stay as they are committed. What the user does not have as a file of its own stays too.
 */
export async function filledFromUser(user: string, tree: string): Promise<void> {
  const drivers = await filterDrivers(user);
  if (drivers.length === 0) return;
  const { stdout: names } = await git(["ls-files", "-z"], { cwd: tree });
  const { stdout } = await git(["check-attr", "-z", "--stdin", "filter"], { cwd: tree, input: names });
  const answers = splitNul(stdout);
  const [root, top] = [Buffer.from(user).toString("latin1"), Buffer.from(tree).toString("latin1")];
  for (let at = 0; at + 2 < answers.length; at += 3) {
    const name = (answers[at] as Buffer).toString("latin1");
    if (name.endsWith(".py") || !drivers.includes((answers[at + 2] as Buffer).toString("utf8"))) continue;
    const [from, to] = [join(root, name), join(top, name)];
    if ((await isOwnFile(from, root)) && (await isOwnFile(to, top)))
      await copyFile(bytes(from), bytes(to), constants.COPYFILE_FICLONE);
  }
}

/** File names need not be text: a path is carried as one character a byte. */
const bytes = (path: string): Buffer => Buffer.from(path, "latin1");

/** A plain file that lies in a folder, and not behind a link. */
async function isOwnFile(path: string, folder: string): Promise<boolean> {
  const found = await lstat(bytes(path)).catch(() => null);
  if (!found?.isFile()) return false;
  const place = await realpath(bytes(path), { encoding: "buffer" });
  const inside = await realpath(bytes(folder), { encoding: "buffer" });
  return place.toString("latin1").startsWith(inside.toString("latin1") + sep);
}
