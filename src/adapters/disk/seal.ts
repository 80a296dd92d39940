import { lstat, readdir, realpath } from "node:fs/promises";
import { join } from "node:path";

/** A file's identity, size and times. The change time cannot be set by the program that writes: equal marks are the same content. */
type Marks = ReadonlyMap<string, string>;

/** What nobody may change while a session runs: the interpreter, its packages, our own Python programs. */
export interface Seal {
  /** Files that are not what they were, came, or went; sorted. */
  broken(): Promise<string[]>;
}

/** Written anew by every import: bytecode and what caches it. */
const passing = new Set(["__pycache__", ".pytest_cache"]);

/** Takes the marks of files and of all that lies below folders. What is not there is no part of it. */
export async function sealOf(paths: readonly string[]): Promise<Seal> {
  const before = await marksOf(paths);
  return {
    broken: async () => {
      const now = await marksOf(paths);
      return [...new Set([...before.keys(), ...now.keys()])].filter((it) => before.get(it) !== now.get(it)).sort();
    },
  };
}

async function marksOf(paths: readonly string[]): Promise<Marks> {
  const marks = new Map<string, string>();
  for (const path of paths) await mark(await realpath(path).catch(() => path), marks);
  return marks;
}

async function mark(path: string, marks: Map<string, string>): Promise<void> {
  const found = await lstat(path, { bigint: true }).catch(() => null);
  if (!found) return;
  if (!found.isDirectory()) {
    marks.set(path, `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs} ${found.mode}`);
    return;
  }
  const names = await readdir(path).catch(() => [] as string[]);
  await Promise.all(names.filter((it) => !passing.has(it)).map((name) => mark(join(path, name), marks)));
}
