import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeAtomic } from "../../adapters/disk/files.ts";
import { startTime } from "../../adapters/disk/lock.ts";
import { freshProfile, type State } from "../../method/state.ts";
import type { Session } from "../open-session.ts";

/** Where the agent stands. `stopped`: the harness has a step to go on with, which `start` lets it do. */
export type Phase = "choose" | "check" | "submit" | "repair" | "stopped" | "finished";

/**
 * What the hooks of a host need to know of a session, in one small file that they read in a millisecond: a view of the journal,
 * which may be lost. It counts as long as its process lives.
 */
export interface Gate {
  session: string;
  /** Paths below it are the project's. */
  root: string;
  target: string;
  process: { pid: number; startTime: string };
  phase: Phase;
  /** A per-stage table that is newer than the last keep is there. */
  table: boolean;
  /** `file:qualname` that was chosen; null: none. */
  chosen: string | null;
  experiments: number;
  next: string;
  handoff: string;
  /** Where the host's early reads are noted, one path a line. */
  reads: string;
  /** Is there once the whole summary was told, or asked for. */
  told: string;
}

export function gateOf({ id, project, journalPath }: Session, state: State, phase: Phase): Gate {
  const open = state.experiments.at(-1);
  return {
    session: id,
    root: project.home,
    target: state.session?.targetName ?? "",
    process: { pid: process.pid, startTime: startTime(process.pid) ?? "" },
    phase,
    table: freshProfile(state) !== null,
    chosen: open && open.verdict === null ? `${open.proposal.site.file}:${open.proposal.site.qualname}` : null,
    experiments: state.experiments.length,
    next: nextWords[phase],
    handoff: join(project.home, ".codeflash", "HANDOFF.md"),
    reads: join(dirname(journalPath), "reads.txt"),
    told: join(dirname(journalPath), "summary-told"),
  };
}

/** What the agent does next, by phase: the last sentence of each answer, and what is told after a compaction. */
export const nextWords: Record<Phase, string> = {
  choose: "Call `targets`, then `choose_target` with the first that is open; nothing of the implementation is read before.",
  check: "Read only the source that came with the target, then call `open_experiment` with the eight answers.",
  submit:
    "Make this one change, then `submit` it: search/replace blocks, or the edited working copy. `micro_benchmark` first where it can be tried alone.",
  repair: "The change broke something: `submit` a repair of the same change, or give it up.",
  stopped: "Call `start` without arguments: the harness goes on with its step.",
  finished: "Give your user the whole summary: stage tables, discoveries, breakdown, what was discarded and why.",
};

/** At the git common directory, beside the journal and the lock. */
const gatePath = (journalPath: string): string => join(dirname(dirname(dirname(journalPath))), "gate.json");

/** A gate that cannot be written is no reason to end: the server's own gates hold without it. */
export const writeGate = (journalPath: string, gate: Gate): Promise<void> =>
  writeAtomic(gatePath(journalPath), `${JSON.stringify(gate, null, 2)}\n`).catch(() => undefined);

/** The session was let go unfinished: the host's tools are free. */
export const removeGate = (journalPath: string): Promise<void> =>
  rm(gatePath(journalPath), { force: true }).catch(() => undefined);
