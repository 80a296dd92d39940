import { openSteps } from "../../method/open-steps.ts";
import { before, keeps, type State } from "../../method/state.ts";
import { mibOrDash } from "../../records/mib.ts";
import type { Invocation } from "../invocation.ts";
import { holderOf, sessionsOf } from "../open-session.ts";
import { outputVersion, type StatusOutput } from "../output.ts";
import { repositoryHere } from "../repository-here.ts";
import { talk } from "./talk.ts";

/** `status`: what the sessions of this repository found, read from their journals. */
export async function run(invocation: Invocation): Promise<number> {
  const out = talk(invocation.flags);
  const repository = await repositoryHere(invocation.cwd, "Stand in the project whose sessions you want to see.");
  const holder = holderOf(repository.commonDir);
  const { sessions: all, unreadable } = await sessionsOf(repository.commonDir);
  out.say(unreadable);
  const sessions = all.map(({ id, state }, index) =>
    statusRow(id, state, index === all.length - 1 ? (holder?.pid ?? null) : null),
  );
  if (sessions.length === 0) out.say(["No session yet. Begin with: codeflash-memory optimize <target>"]);
  for (const it of sessions) {
    const peaks = `heap peak ${mibOrDash(it.heapPeakBytes.before)} MiB → ${mibOrDash(it.heapPeakBytes.after)} MiB`;
    const now = it.holderPid === null ? it.outcome : `running (process ${it.holderPid})`;
    out.say([
      `${it.session}  ${it.target}`,
      `  ${now}; ${it.experiments} experiments, ${it.keeps} kept; ${peaks}${it.next ? `; next: ${it.next}` : ""}`,
    ]);
  }
  const answer: StatusOutput = { schema: outputVersion, command: "status", sessions };
  await out.answer(answer);
  return 0;
}

/** What one session came to. */
export function statusRow(id: string, state: State, holderPid: number | null): StatusOutput["sessions"][number] {
  return {
    session: id,
    target: state.session?.targetName ?? "",
    outcome: state.finished ? `${state.finished.outcome}: ${state.finished.why}` : "unfinished",
    experiments: state.experiments.length,
    keeps: keeps(state).length,
    heapPeakBytes: { before: before(state)?.heapBytes ?? null, after: state.peaks?.heapBytes ?? null },
    next: openSteps(state).open[0]?.step ?? null,
    holderPid,
  };
}
