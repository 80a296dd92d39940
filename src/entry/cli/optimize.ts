import { availableParallelism } from "node:os";
import { join } from "node:path";
import { availableMemoryBytes } from "../../adapters/isolation/processes.ts";
import { openExperiment, type State } from "../../method/state.ts";
import { linesOf } from "../../records/lines.ts";
import { type Now, nowAfter, standing, stepText } from "../../records/live.ts";
import { nothingReducible, summary, summaryFigures } from "../../records/summary.ts";
import { runSession, type Stop } from "../../session/run-session.ts";
import { Failure } from "../../vocabulary/failure.ts";
import type { Recorded } from "../../vocabulary/journal.ts";
import { openProject } from "../compose.ts";
import type { Invocation } from "../invocation.ts";
import { modelDrafter } from "../minds.ts";
import { openSession, type Session } from "../open-session.ts";
import { type OptimizeOutput, outputVersion } from "../output.ts";
import { reportPath, writeReport } from "../report/write.ts";
import { experimentFiles, writeLearnings, writeViews } from "../views.ts";
import { type Talk, talk } from "./talk.ts";

/** `optimize`: opens or resumes the session, follows the loop, tells what happens, leaves the records up to date. */
export async function run(invocation: Invocation): Promise<number> {
  const out = talk(invocation.flags);
  const project = await openProject(invocation, true);
  const stop = { requested: false, now: false };
  const asking = new AbortController();
  const session = await openSession(project, {
    version: invocation.version,
    fresh: invocation.flags["fresh"] === true,
    drafter: await modelDrafter(project.settings, invocation.cwd, asking.signal, (line) => out.tell([line])),
  });
  out.tell(session.anew.map((it) => `[resume] ${it}`));
  const release = onInterrupt(session, { stop, asking }, out);
  try {
    let now: Now = { step: null, experiment: null, sinceMs: Date.now() };
    let below: string[] = [];
    const tell = async (recorded: Recorded, state: State) => {
      out.event(recorded);
      now = nowAfter(now, recorded.entry, recorded.ts);
      below = standing(state);
      out.tell(linesOf(recorded.entry, state, out.width, out.bars));
      await record(session, recorded, state);
    };
    const state = session.ended
      ? nothingLeft(session, out)
      : await out.watching(
          () => ({ now: stepText(now), sinceMs: now.sinceMs, below }),
          () => follow(session, stop, tell),
        );
    await writeViews(session.project, session, state);
    await writeLearnings(session.project, session, state);
    await leaveReport(session, state, out);
    return await conclude(session, state, out, stop.requested);
  } finally {
    release();
    await session.close();
  }
}

async function follow(session: Session, stop: Stop, tell: (recorded: Recorded, state: State) => Promise<void>): Promise<State> {
  const ports = await session.ports(tell);
  try {
    const jobs = session.project.settings.jobs ?? Math.min(2, availableParallelism());
    return await runSession(session.state(), ports, stop, jobs, () => roomBeside(session.state()));
  } catch (error) {
    const askedInVain = error instanceof Failure && error.code === "interrupted" && stop.requested;
    if (stop.now || askedInVain) return session.state();
    throw error;
  }
}

function nothingLeft(session: Session, out: Talk): State {
  const state = session.state();
  out.say([
    `[resume] session ${session.id} has already taken this target to its plateau from this commit: nothing is left (${state.finished?.why}).`,
    "  Its changes are on codeflash/optimize. Begin anew with --fresh.",
  ]);
  return state;
}

/** Whether memory is free for one more run of the target, and as much again to be safe. */
export function roomBeside(state: State): boolean {
  const needed = 2 * (state.peaks?.processBytes ?? 0);
  return availableMemoryBytes() > needed;
}

/** Views are written whenever something was decided or learned. */
export async function record(session: Session, { entry }: Recorded, state: State): Promise<void> {
  if (entry.kind === "decided" || entry.kind === "implemented") await experimentFiles(session.project, state, entry.experiment);
  if (["calibrated", "profiled", "decided", "kept", "plateau", "finished"].includes(entry.kind))
    await writeViews(session.project, session, state);
}

/** The page of what was found; that it could not be written is told, and ends nothing. */
async function leaveReport(session: Session, state: State, out: Talk): Promise<void> {
  await writeReport(reportPath(session.project.home), state).catch((error: Error) => {
    out.say([`[note] the report could not be written: ${error.message}`]);
  });
}

async function conclude(session: Session, state: State, out: Talk, interrupted: boolean): Promise<number> {
  const folder = join(session.project.home, ".codeflash");
  const records = { handoff: join(folder, "HANDOFF.md"), results: join(folder, "results.tsv"), journal: session.journalPath };
  const figures = summaryFigures(state);
  const outcome = session.ended ? "nothing-left" : (state.finished?.outcome ?? "stopped");
  const answer: OptimizeOutput = {
    schema: outputVersion,
    command: "optimize",
    outcome,
    session: session.id,
    base: state.session?.base ?? "",
    branch: "codeflash/optimize",
    head: state.commit,
    target: state.session?.targetName ?? "",
    ...figures,
    provenance: session.project.provenance,
    records,
  };
  if (interrupted) {
    const open = openExperiment(state);
    out.say([
      `[stopped] ${open ? `experiment ${open.number} goes on` : "the session goes on"} when you run the same command again; nothing of yours was changed.`,
    ]);
    await out.answer(answer);
    return 130;
  }
  if (!session.ended) out.say(["", summary(state)]);
  else if (nothingReducible(state)) out.say([nothingReducible(state) ?? ""]);
  out.say([
    `Records: ${records.handoff}`,
    `         ${records.results}`,
    `Report:  ${reportPath(session.project.home)}`,
    ...(state.commit === state.session?.base ? [] : ["Changes: git log codeflash/optimize"]),
  ]);
  await out.answer(answer);
  return outcome === "limit" ? 3 : 0;
}

/** Ctrl-C once: finish the experiment under way, then stop. Twice, or SIGTERM: stop at once. Either way nothing is lost. */
function onInterrupt(session: Session, { stop, asking }: { stop: Stop; asking: AbortController }, out: Talk): () => void {
  const atOnce = () => {
    asking.abort();
    stop.requested = true;
    stop.now = true;
    session.abort();
  };
  const interrupt = () => {
    if (stop.requested) return atOnce();
    const open = openExperiment(session.state());
    out.say(["", `[stopping] after ${open ? `experiment ${open.number}` : "the step under way"}; once more to stop at once`]);
    stop.requested = true;
    asking.abort(); // a model's answer is not waited for: what was paid for is in the journal
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", atOnce);
  return () => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", atOnce);
  };
}
