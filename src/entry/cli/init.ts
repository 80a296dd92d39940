import { existsSync } from "node:fs";
import { ensureCodeflashFolder, writeAtomic } from "../../adapters/disk/files.ts";
import { openRepository } from "../../adapters/git/repository.ts";
import { folderOfProject } from "../compose.ts";
import { conventionsPath, conventionsTemplate } from "../conventions.ts";
import type { Invocation } from "../invocation.ts";
import { outputVersion } from "../output.ts";
import { talk } from "./talk.ts";

/** `init`: a conventions.md with every setting and its default. One that is there stays as it is. */
export async function run({ cwd, flags }: Invocation): Promise<number> {
  const out = talk(flags);
  const root = (await openRepository(cwd))?.root ?? folderOfProject(cwd);
  const path = conventionsPath(root);
  const made = !existsSync(path);
  if (made) {
    await ensureCodeflashFolder(root);
    await writeAtomic(path, conventionsTemplate());
  }
  out.say([
    made ? `[init] ${path} was made: every setting with its default` : `[init] ${path} is there already and stays as it is`,
  ]);
  await out.answer({ schema: outputVersion, command: "init", conventions: path, made });
  return 0;
}
