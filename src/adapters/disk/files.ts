import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { lstat, mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { Failure } from "../../vocabulary/failure.ts";
import { effects } from "../effects.ts";

const unwritable = new Set(["EACCES", "EPERM", "EROFS", "ENOTDIR", "EISDIR", "EEXIST", "ELOOP"]);

/** What a failing system call means to a user. */
export function asFailure(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new Failure(
      "disk-full",
      `The disk is full: ${path} could not be written.`,
      "Make room and run the same command again: nothing that was recorded is lost.",
    );
  }
  if (code && unwritable.has(code)) {
    return new Failure("unwritable", `${path} cannot be written.`, "Make the folder writable, or work in a copy.");
  }
  return error;
}

/** Our records of a project lie below this folder of it. */
const recordsName = ".codeflash";

/**
 * Makes a folder. Among our records, none on the way may be a link: a repository could bring one that leads what we write out of the project.
 * Fails with `unwritable`.
 */
export async function ensureFolder(path: string): Promise<void> {
  const parts = path.split(sep);
  for (let at = parts.lastIndexOf(recordsName); at >= 0 && at < parts.length; at++) {
    const folder = parts.slice(0, at + 1).join(sep);
    const there = await lstat(folder).catch(() => null);
    if (there === null || there.isDirectory()) continue;
    throw new Failure(
      "unwritable",
      `${folder} is ${there.isSymbolicLink() ? "a link" : "a file"}, not a folder.`,
      "Rename it: our records go into a folder of that name.",
    );
  }
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw asFailure(error, path);
  }
}

/** Replaces a file as a whole: a reader sees the old text or the new one. Fails with `unwritable` or `disk-full`. */
export async function writeAtomic(path: string, text: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  await ensureFolder(dirname(path));
  try {
    await effects().run(
      "write",
      () => written(temporary, text),
      () => written(temporary, text.slice(0, text.length / 2)),
    );
    await effects().run("rename", () => rename(temporary, path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw asFailure(error, path);
  }
}

/**
 * The text of a file among our records, which a mind may be shown; empty where there is none. A link, of the file or its folder, is not
 * followed: a repository could bring one that leads to what is not the project's.
 */
export async function ownText(path: string): Promise<string> {
  const folder = await lstat(dirname(path)).catch(() => null);
  if (!folder?.isDirectory()) return "";
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null);
  try {
    return file && (await file.stat()).isFile() ? await file.readFile("utf8") : "";
  } finally {
    await file?.close();
  }
}

async function written(path: string, text: string | Uint8Array): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** `.codeflash/` with its own .gitignore, so that the user's status stays as it was. A link in its place is refused. */
export async function ensureCodeflashFolder(root: string): Promise<string> {
  const folder = join(root, recordsName);
  await ensureFolder(folder);
  // A link in its place is not followed; whatever is there stays.
  await writeFile(join(folder, ".gitignore"), "*\n", { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw asFailure(error, folder);
  });
  return folder;
}
