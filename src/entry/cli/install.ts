import { existsSync } from "node:fs";
import { readFile, realpath, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";
import { createTwoFilesPatch } from "diff";
import { writeAtomic } from "../../adapters/disk/files.ts";
import { openRepository } from "../../adapters/git/repository.ts";
import { Failure } from "../../vocabulary/failure.ts";
import { folderOfProject } from "../compose.ts";
import { filesOf, type HostName, hostNames, type Place } from "../install/hosts.ts";
import type { Invocation } from "../invocation.ts";

interface Change {
  path: string;
  before: string | null;
  after: string;
}

/** `install`: a host's own files with our entry, or without it. Shows what will change, and writes when that is agreed to. */
export async function run({ target, flags, cwd }: Invocation): Promise<number> {
  const [given = ""] = target;
  const host = hostNames.find((it) => it === given);
  if (!host) throw new Failure("wrong-use", `There is no host ${given}.`, `Known hosts: ${hostNames.join(", ")}.`);
  const undo = flags["undo"] === true;
  const project = flags["project"] === true ? ((await openRepository(cwd))?.root ?? folderOfProject(cwd)) : null;
  const changes = await changesOf(host, placeOf(project), undo);
  if (changes.length === 0) {
    say(`[install] nothing to do: ${host} ${undo ? "has no entry of ours" : "is set up already"}`);
    return 0;
  }
  for (const it of changes)
    say(createTwoFilesPatch(it.path, it.path, it.before ?? "", it.after, undefined, undefined, { context: 3 }));
  if (!(await agreed(flags["yes"] === true))) return 0;
  for (const { path, before, after } of changes) {
    if (after === "" && before !== null) await rm(path);
    else await writeAtomic(await realpath(path).catch(() => path), after);
  }
  say(`[install] ${host}: ${undo ? "taken out" : "written"}; restart it to see the tools`);
  if (!undo && host === "claude-code" && !onPath())
    say("  codeflash-memory is not on the PATH, where the plugin looks for it: npm install -g codeflash-memory");
  return 0;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function placeOf(project: string | null): Place {
  return {
    project,
    home: homedir(),
    platform: process.platform,
    env: process.env,
    program: onPath() ? ["codeflash-memory"] : [process.execPath, resolve(process.argv[1] ?? "")],
    plugin: fileURLToPath(new URL("../plugin", import.meta.url)),
  };
}

const onPath = (): boolean =>
  (process.env["PATH"] ?? "").split(delimiter).some((folder) => folder !== "" && existsSync(join(folder, "codeflash-memory")));

async function changesOf(host: HostName, place: Place, undo: boolean): Promise<Change[]> {
  const changes: Change[] = [];
  for (const { path, change } of filesOf(host, place)) {
    const before = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw new Failure("unwritable", `${path} cannot be read: ${error.message}`, "Make it readable first.");
    });
    const after = change(before ?? "", undo);
    if (after !== (before ?? "")) changes.push({ path, before, after });
  }
  return changes;
}

/** Asked on a terminal; elsewhere only `--yes` writes. */
async function agreed(yes: boolean): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    say("[install] nothing was written: run it again with --yes to write this");
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question("Write this? [y/N] ");
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
