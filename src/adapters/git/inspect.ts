import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { git, splitNul } from "./git.ts";
import type { Checkout } from "./repository.ts";

/** What a run may never write to in its tree; data that a program keeps in tracked files is its own affair. */
const guarded = /(\.(py|pyi|pth|so|toml|cfg|ini|lock)|requirements[^/]*\.txt)$/;
const caches = /(^|\/)(__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.hypothesis)\/|\.pyc$/;

/** Tracked sources, tests and settings of a tree that are not what its commit says, with paths from the tree's root. */
export async function changedSources(tree: string, checkouts: readonly Checkout[]): Promise<string[]> {
  const all = await Promise.all(
    checkouts.map(async ({ at }) => {
      const { stdout } = await git(["diff-files", "--name-only", "-z", "--ignore-submodules=all"], {
        cwd: join(tree, at),
        files: true,
      });
      return splitNul(stdout).map((it) => join(at, it.toString("utf8")));
    }),
  );
  const names = all.flat().filter((it) => guarded.test(it));
  const really = await Promise.all(names.map(async (name) => ((await differs(tree, name)) ? name : null)));
  return really.filter((it) => it !== null).sort();
}

/** `diff-files` goes by times: whether the content differs too. */
async function differs(tree: string, name: string): Promise<boolean> {
  const folder = join(tree, name, "..");
  const asked = await git(["diff", "--quiet", "--no-ext-diff", "--no-textconv", "--", join(tree, name)], {
    cwd: folder,
    files: true,
    allowExit: [1, 128, 129],
  }).catch(() => null);
  return asked?.exitCode !== 0;
}

/** Bytes of what lies in a tree that git does not track, caches of tools left out. */
export async function untrackedBytes(tree: string, checkouts: readonly Checkout[]): Promise<number> {
  let bytes = 0;
  for (const { at } of checkouts) {
    const { stdout } = await git(["ls-files", "--others", "-z"], { cwd: join(tree, at) });
    for (const name of splitNul(stdout)) {
      if (caches.test(name.toString("latin1"))) continue;
      const path = Buffer.concat([Buffer.from(`${join(tree, at)}/`), name]);
      bytes += (await lstat(path).catch(() => null))?.size ?? 0;
    }
  }
  return bytes;
}
