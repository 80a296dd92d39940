import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type CheckedJournal, checkJournal } from "../../adapters/disk/journal.ts";
import { openRepository } from "../../adapters/git/repository.ts";
import { Failure } from "../../vocabulary/failure.ts";
import type { Invocation } from "../invocation.ts";
import { sessionsFolder } from "../open-session.ts";
import { type JournalOutput, outputVersion } from "../output.ts";
import { repositoryHere } from "../repository-here.ts";
import { talk } from "./talk.ts";

/** `journal verify`: how far the chain of each journal holds. Exit code 4 when one breaks. */
export async function run({ target, flags, cwd }: Invocation): Promise<number> {
  const out = talk(flags);
  const [, path] = target;
  const files = path === undefined ? await allJournals(cwd) : [await journalAt(path, cwd)];
  if (files.length === 0) out.say(["No session yet: there is no journal. Begin with: codeflash-memory optimize <target>"]);
  const journals: JournalOutput["journals"] = [];
  for (const file of files) {
    const checked = await checkJournal(file);
    journals.push({ file, ...checked });
    out.say([`${checked.broken ? "BROKEN" : "ok    "} ${file}`, `       ${sentence(checked)}`]);
  }
  const whole = journals.every((it) => it.broken === null);
  if (!whole)
    out.say(["What is broken is never gone on with: the same target begins a new session, and the old journal is kept."]);
  const answer: JournalOutput = { schema: outputVersion, command: "journal", whole, journals };
  await out.answer(answer);
  return whole ? 0 : 4;
}

function sentence({ entries, tornBytes, hash, broken }: CheckedJournal): string {
  const many = (count: number) => `${count} ${count === 1 ? "entry" : "entries"}`;
  if (broken)
    return `Line ${broken.line} breaks the chain: ${broken.why}. Before it, ${many(entries)} ${entries === 1 ? "holds" : "hold"}.`;
  const torn =
    tornBytes === 0
      ? ""
      : ` Behind the last one stand ${tornBytes} bytes of an entry that is being written, or whose writer was killed: they count for nothing.`;
  if (hash === null) return `No entry yet.${torn}`;
  return `${many(entries)}, numbered without a gap, each with the hash of the one before; the last is ${hash.slice(0, 12)}.${torn}`;
}

async function allJournals(cwd: string): Promise<string[]> {
  const { commonDir } = await repositoryHere(cwd, "Stand in the project whose journals you want to check, or name one.");
  const folder = sessionsFolder(commonDir);
  const ids = await readdir(folder).catch(() => [] as string[]);
  return ids.sort().map((id) => join(folder, id, "journal.jsonl"));
}

/** A journal, the folder of a session, or a session's id. */
async function journalAt(path: string, cwd: string): Promise<string> {
  const here = resolve(cwd, path);
  const repository = await openRepository(cwd);
  const places = [here, join(here, "journal.jsonl")];
  if (repository) places.push(join(sessionsFolder(repository.commonDir), path, "journal.jsonl"));
  for (const place of places) if ((await stat(place).catch(() => null))?.isFile()) return place;
  throw new Failure(
    "wrong-use",
    `There is no journal at ${path}.`,
    "`codeflash-memory status` lists the sessions; name one of them, or the path of a journal.jsonl.",
  );
}
