import { createHash } from "node:crypto";
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of ours in the user's cache: outside of the project and of every environment. */
export const cacheFolder = (name: string): string =>
  join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "codeflash-memory", name);

const week = 7 * 24 * 60 * 60 * 1000;

/** Keeps a long answer for a week and gives its path. */
export async function keptAnswer(text: string): Promise<string> {
  const name = `${createHash("sha256").update(text).digest("hex").slice(0, 16)}.json`;
  for (const folder of [cacheFolder("answers"), join(tmpdir(), "codeflash-memory-answers")]) {
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, name), text);
      await forgetOld(folder);
      return join(folder, name);
    } catch {
      // not writable: the next
    }
  }
  return "(nowhere: neither the cache nor the temporary folder can be written; use --full)";
}

async function forgetOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found && Date.now() - found.mtimeMs > week) await rm(path, { force: true });
  }
}
