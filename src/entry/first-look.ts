import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { openRepository } from "../adapters/git/repository.ts";
import { readProjectFile } from "../adapters/python/discover.ts";
import { likelyBenchmarks } from "../method/propose-tiers.ts";
import { keeps } from "../method/state.ts";
import type { FirstLook } from "../records/welcome.ts";
import { folderOfProject } from "./compose.ts";
import { readConventions } from "./conventions.ts";
import { sessionsOf } from "./open-session.ts";
import { readSettings } from "./settings.ts";

/** So many files and folders are looked at: enough for a project, an instant for a disk. */
const mostEntries = 4000;
const mostRead = 60;
const mostBytes = 200_000;
const ignored = /^(\..*|node_modules|build|dist|__pycache__|site-packages|.*\.egg-info)$/;

/** What a folder shows at a glance: names and the text of some files. Nothing of the project is run. */
export async function firstLook(cwd: string): Promise<FirstLook> {
  const repository = await openRepository(cwd);
  const root = repository?.root ?? folderOfProject(cwd);
  const files = pythonFiles(cwd);
  const textOf = reader(cwd);
  const sessions = repository ? (await sessionsOf(repository.commonDir)).sessions : [];
  const last = sessions.at(-1);
  return {
    name: basename(cwd),
    branch: repository?.branch ?? null,
    repository: repository !== null,
    hasCommit: repository?.head != null,
    environment: [".venv", "venv", "env"].find((it) => existsSync(join(cwd, it, "pyvenv.cfg"))) ?? null,
    pythonFiles: files.length,
    tests: likelyBenchmarks(
      files.filter((it) => isTest(it)).flatMap((it) => testsIn(it, textOf(it))),
      2,
    ),
    scripts: files.filter((it) => !isTest(it) && isScript(it, textOf)).sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1)),
    tiers: await tiersOf(cwd, root),
    session: last
      ? {
          targetName: last.state.session?.targetName ?? "",
          outcome: last.state.finished?.outcome ?? null,
          experiments: last.state.experiments.length,
          keeps: keeps(last.state).length,
        }
      : null,
  };
}

const isTest = (path: string): boolean => /^(test_.*|.*_test)\.py$/.test(basename(path));
const depth = (path: string): number => path.split("/").length;

/** Python files below a folder, no more than four folders deep, other people's environments and builds left out. */
function pythonFiles(cwd: string): string[] {
  const found: string[] = [];
  let left = mostEntries;
  const visit = (folder: string, deep: number) => {
    for (const entry of entriesOf(folder)) {
      if (--left < 0) return;
      const path = join(folder, entry.name);
      if (entry.isFile() && entry.name.endsWith(".py")) found.push(relative(cwd, path));
      if (entry.isDirectory() && deep < 4 && !ignored.test(entry.name) && !existsSync(join(path, "pyvenv.cfg")))
        visit(path, deep + 1);
    }
  };
  visit(cwd, 0);
  return found.slice(0, 2000);
}

/** A folder that may not be read has nothing for us. */
function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Text of a file below the folder; empty once enough of them were read, and where one cannot be. */
function reader(cwd: string): (path: string) => string {
  let left = mostRead;
  return (path) => {
    if (--left < 0) return "";
    try {
      return readFileSync(join(cwd, path), "utf8").slice(0, mostBytes);
    } catch {
      return "";
    }
  };
}

/** Node ids of the top-level tests of a file, as its text names them; the file itself where there are none. */
function testsIn(path: string, text: string): string[] {
  const names = [...text.matchAll(/^(?:async )?def (test\w*)\(/gm)].map((it) => `${path}::${it[1]}`);
  return names.length > 0 ? names : [path];
}

const isScript = (path: string, textOf: (path: string) => string): boolean =>
  depth(path) <= 3 && /^if __name__ == ["']__main__["']:/m.test(textOf(path)) && !/^(setup|conftest)\.py$/.test(basename(path));

/** Names of the configured tiers; settings that are wrong are told when a command needs them. */
async function tiersOf(cwd: string, root: string): Promise<string[]> {
  try {
    return Object.values(readSettings(await readProjectFile(cwd, root), {}, await readConventions(root)).tiers);
  } catch {
    return [];
  }
}
