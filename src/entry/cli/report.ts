import { resolve } from "node:path";
import { ensureCodeflashFolder } from "../../adapters/disk/files.ts";
import { mibOrDash } from "../../records/mib.ts";
import { Failure } from "../../vocabulary/failure.ts";
import type { Invocation } from "../invocation.ts";
import { sessionsOf } from "../open-session.ts";
import { outputVersion, type ReportOutput } from "../output.ts";
import { reportPath, writeReport } from "../report/write.ts";
import { repositoryHere } from "../repository-here.ts";
import { talk } from "./talk.ts";

/** `report`: writes the page of a session again, from its journal alone. */
export async function run({ cwd, flags }: Invocation): Promise<number> {
  const out = talk(flags);
  const repository = await repositoryHere(cwd, "Stand in the project whose session you want to see.");
  const { sessions, unreadable } = await sessionsOf(repository.commonDir);
  out.say(unreadable);
  const wanted = flags["session"];
  const found = wanted === undefined ? sessions.at(-1) : sessions.find((it) => it.id === wanted);
  if (!found)
    throw new Failure(
      "wrong-use",
      wanted === undefined ? "There is no session yet." : `There is no session ${wanted}.`,
      wanted === undefined
        ? "Begin with: codeflash-memory optimize <target>"
        : `There are: ${sessions.map((it) => it.id).join(", ") || "none"}.`,
    );
  const given = flags["out"];
  if (given === undefined) await ensureCodeflashFolder(repository.root);
  const path = typeof given === "string" ? resolve(cwd, given) : reportPath(repository.root);
  const report = await writeReport(path, found.state);
  if (!report) throw new Failure("wrong-use", `Session ${found.id} has not begun yet.`, "Wait until it has its baseline.");
  out.say([
    `${report.project}, ${report.target}: heap peak ${mibOrDash(report.heap.before)} → ${mibOrDash(report.heap.after)} MiB, ${report.counts.keeps} kept`,
    `Report: ${path}`,
  ]);
  const answer: ReportOutput = { schema: outputVersion, command: "report", file: path, report };
  await out.answer(answer);
  return 0;
}
