import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { lstat, mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
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

/** Replaces a file as a whole: a reader sees the old text or the new one. Fails with `unwritable` or `disk-full`. */
export async function writeAtomic(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
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

async function written(path: string, text: string): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** `.codeflash/` with its own .gitignore, so that the user's status stays as it was. A link in its place is refused. */
export async function ensureCodeflashFolder(root: string): Promise<string> {
  const folder = join(root, ".codeflash");
  const ignore = join(folder, ".gitignore");
  const there = await lstat(folder).catch(() => null);
  if (there?.isSymbolicLink() || there?.isFile()) {
    throw new Failure(
      "unwritable",
      `${folder} is ${there.isFile() ? "a file" : "a link"}, not a folder.`,
      "Rename it: the records go into a folder of that name.",
    );
  }
  try {
    await mkdir(folder, { recursive: true });
    if (!existsSync(ignore)) await writeFile(ignore, "*\n");
    return folder;
  } catch (error) {
    throw asFailure(error, folder);
  }
}
