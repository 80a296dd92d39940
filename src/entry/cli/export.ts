import { resolve } from "node:path";
import { writeAtomic } from "../../adapters/disk/files.ts";
import { experimentsCsv } from "../../records/csv.ts";
import { summary, summaryFigures } from "../../records/summary.ts";
import { Failure } from "../../vocabulary/failure.ts";
import type { Invocation } from "../invocation.ts";
import { sessionsOf } from "../open-session.ts";
import { type ExportOutput, outputVersion } from "../output.ts";
import { repositoryHere } from "../repository-here.ts";
import { talk } from "./talk.ts";

/** `export`: a session as JSON, Markdown or CSV, read from its journal. */
export async function run({ cwd, flags }: Invocation): Promise<number> {
  const out = talk(flags);
  const repository = await repositoryHere(cwd, "Stand in the project whose session you want.");
  const { sessions } = await sessionsOf(repository.commonDir);
  const wanted = flags["session"];
  const found = wanted === undefined ? sessions.at(-1) : sessions.find((it) => it.id === wanted);
  const session = found?.state.session;
  if (!found || !session)
    throw new Failure(
      "wrong-use",
      wanted === undefined ? "There is no session yet." : `There is no session ${wanted}.`,
      "`codeflash-memory status` lists the sessions; `optimize` begins one.",
    );
  const { state } = found;
  const files: string[] = [];
  const texts = {
    markdown: () => `# Peak memory of \`${session.targetName}\`\n\n${summary(state)}`,
    csv: () => experimentsCsv(state),
  };
  for (const kind of ["markdown", "csv"] as const) {
    if (typeof flags[kind] !== "string") continue;
    const path = resolve(cwd, flags[kind]);
    await writeAtomic(path, texts[kind]());
    files.push(path);
  }
  out.say(files.length > 0 ? files.map((it) => `[export] ${it}`) : [texts.markdown().trimEnd()]);
  const answer: ExportOutput = {
    schema: outputVersion,
    command: "export",
    session: found.id,
    target: session.targetName,
    base: session.base,
    head: state.commit,
    outcome: state.finished?.outcome ?? null,
    ...summaryFigures(state),
    pullRequests: state.pullRequests.map(({ kind: _, ...it }) => it),
    provenance: session.provenance,
    files,
  };
  await out.answer(answer);
  return 0;
}
