import { constants } from "node:fs";
import { open, rm, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { diffLines } from "diff";
import { ensureFolder, writeAtomic } from "../../adapters/disk/files.ts";
import type { EditBlock } from "../../minds/edit-blocks.ts";
import { Failure } from "../../vocabulary/failure.ts";
import type { Project } from "../compose.ts";
import type { AgentSession } from "./agent-session.ts";

/** Where the agent edits: copies of the head's files, never what is measured. */
const folder = (project: Project): string => join(project.home, ".codeflash", "work");

/**
 * Copies of these files as the head has them; paths by file. `fresh`: what an earlier change left there goes; else what is edited
 * already stays as it is.
 */
export async function layOut(agent: AgentSession, files: readonly string[], fresh: boolean): Promise<Record<string, string>> {
  await ensureFolder(dirname(folder(agent.project)));
  if (fresh) await rm(folder(agent.project), { recursive: true, force: true });
  const paths: Record<string, string> = {};
  for (const file of files) {
    const bytes = await agent.read(agent.state().commit, file);
    if (!bytes) continue;
    paths[file] = join(folder(agent.project), file);
    if (fresh || (await ownBytes(paths[file])) === null) await writeAtomic(paths[file], bytes);
  }
  return paths;
}

/**
 * The change that an edited copy makes: `path` is a file or folder of the working copies, or a file of the project elsewhere. Only files in `files` are looked at. Fails with `wrong-use` where it holds no change, or would undo a keep.
 */
export async function blocksOfCopy(agent: AgentSession, path: string, files: readonly string[]): Promise<EditBlock[]> {
  const given = isAbsolute(path) ? path : resolve(agent.project.home, path);
  const own = !relative(folder(agent.project), given).startsWith("..");
  const found = await stat(given).catch(() => null);
  if (!found) throw new Failure("wrong-use", `There is no ${path}.`, `The working copies are in ${folder(agent.project)}.`);
  const blocks: EditBlock[] = [];
  for (const file of files) {
    const copy = found.isDirectory() ? join(given, file) : given;
    if (!found.isDirectory() && !copy.endsWith(file)) continue;
    const [head, edited] = [await agent.read(agent.state().commit, file), await ownBytes(copy)];
    if (head === null || edited === null) continue;
    const before = textOf(file, head);
    if (!own) await mustHoldKeeps(agent, file, before);
    blocks.push(...blocksOf(file, before, textOf(file, edited)));
  }
  if (blocks.length > 0) return blocks;
  throw new Failure(
    "wrong-use",
    `${path} holds no change to ${files.join(", ")}.`,
    `Edit the copies in ${folder(agent.project)} and submit that path, or submit search/replace blocks.`,
  );
}

/** Null: no file is there, or a link to one, which would bring in what lies elsewhere. */
async function ownBytes(path: string): Promise<Buffer | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null);
  try {
    return file && (await file.stat()).isFile() ? await file.readFile() : null;
  } finally {
    await file?.close();
  }
}

function textOf(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Failure("wrong-use", `${file} is not UTF-8.`, "Submit the change as search/replace blocks.");
  }
}

/** A copy that was taken before a keep would take the kept change back without a word. */
async function mustHoldKeeps(agent: AgentSession, file: string, head: string): Promise<void> {
  const base = await agent.read(agent.state().session?.base ?? "", file);
  if (base === null || Buffer.from(base).toString("utf8") === head) return;
  throw new Failure(
    "wrong-use",
    `${file} was changed by an earlier keep, and a copy of your own does not have that.`,
    `Edit the copy in ${folder(agent.project)}: it is the head's.`,
  );
}

/** The lines that differ, each piece with as many lines around it as make it unmistakable. */
export function blocksOf(file: string, before: string, after: string): EditBlock[] {
  const lines = before.split(/(?<=\n)/);
  const blocks: EditBlock[] = [];
  let at = 0;
  const parts = diffLines(before, after);
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index];
    if (!part?.added && !part?.removed) {
      at += part?.count ?? 0;
      continue;
    }
    const removed = part.removed ? part.count : 0;
    const other = parts[index + 1];
    const pair = other && (part.removed ? other.added : other.removed) ? other : null;
    if (pair) index += 1;
    const gone = removed + (pair?.removed ? pair.count : 0);
    const text = part.added ? part.value : pair?.added ? pair.value : "";
    blocks.push(unmistakable(file, lines, at, gone, text));
    at += gone;
  }
  return blocks;
}

function unmistakable(file: string, lines: readonly string[], at: number, gone: number, text: string): EditBlock {
  const whole = lines.join("");
  for (let around = gone === 0 ? 1 : 0; ; around++) {
    const [from, to] = [Math.max(0, at - around), Math.min(lines.length, at + gone + around)];
    const search = lines.slice(from, to).join("");
    const once = search.trim() !== "" && whole.indexOf(search) === whole.lastIndexOf(search);
    if (once || (from === 0 && to === lines.length)) {
      return { file, search, replace: `${lines.slice(from, at).join("")}${text}${lines.slice(at + gone, to).join("")}` };
    }
  }
}
