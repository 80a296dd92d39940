import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureCodeflashFolder, writeAtomic } from "../../adapters/disk/files.ts";
import type { Guidance } from "../../vocabulary/guidance.ts";
import { readGuidance } from "../guidance.ts";

/** The user's words to a running session are in guidance.md, and nowhere else: the page only writes that file. */
export const currentGuidance = (root: string): Promise<Guidance> => readGuidance(root);

/** Writes the whole text. False: somebody changed the file since `was` was read; it stays as it is. */
export async function writeGuidance(root: string, text: string, was: string): Promise<boolean> {
  const path = join(await ensureCodeflashFolder(root), "guidance.md");
  if ((await readFile(path, "utf8").catch(() => "")) !== was) return false;
  await writeAtomic(path, text);
  return true;
}

/** The same text with `stop = true` in its first TOML block, or without it. All other words stay. */
export function withStop(text: string, stop: boolean): string {
  const block = /^```toml[^\S\n]*\n([\s\S]*?)^```[^\S\n]*$/m.exec(text);
  if (!block) return stop ? `\`\`\`toml\nstop = true\n\`\`\`\n${text === "" ? "" : `\n${text}`}` : text;
  const rest = (block[1] as string).replace(/^[^\S\n]*stop[^\S\n]*=.*\n?/m, "");
  const changed = `\`\`\`toml\n${stop ? "stop = true\n" : ""}${rest}\`\`\``;
  return `${text.slice(0, block.index)}${changed}${text.slice(block.index + block[0].length)}`;
}
