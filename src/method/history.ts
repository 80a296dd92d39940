import type { Banned, History } from "../vocabulary/history.ts";
import { keeps, type State } from "./state.ts";

/** A session before this one, with what has become of the code since. */
export interface Earlier {
  state: State;
  /** Whether a file is the same at the commit where the experiment began and now. */
  unchanged(file: string, since: string): boolean;
}

/** Rules whose answer depends on leave, on machines or on company: another session may answer otherwise. */
const settled: readonly string[] = [
  "refused",
  "review",
  "reach",
  "crash",
  "correctness",
  "same outcome",
  "guard",
  "regression",
  "moved",
  "repeat",
  "scale",
  "no gain",
];

/** Approaches that a session before this one tried on the same target and the same code, and that failed for good. */
export function failedBefore(sessions: readonly Earlier[], targetName: string): Banned[] {
  return sessions.flatMap(({ state, unchanged }) =>
    state.experiments.flatMap((it) => {
      const { verdict, proposal } = it;
      const failed = verdict !== null && verdict.status !== "keep" && !verdict.parked && settled.includes(verdict.rule);
      const target = state.session?.tiers.find((tier) => tier.name === it.tier)?.targetName;
      if (!failed || target !== targetName || !unchanged(proposal.site.file, it.parent)) return [];
      const why = `session ${state.session?.session}, experiment ${it.number}: ${verdict.reason}`;
      return [{ key: it.key, summary: proposal.summary, why }];
    }),
  );
}

/** Changes of ours that a person reverted: the project does not want them. */
export function revertedBefore(commits: History["commits"]): Banned[] {
  return commits.flatMap(({ commit, subject }) => {
    const summary = /^Revert "mem: (.+)"$/.exec(subject)?.[1];
    return summary === undefined ? [] : [{ key: null, summary, why: `reverted by ${commit.slice(0, 10)}` }];
  });
}

const columns = { target: 1, status: 8, description: 9 } as const;

/** Discards in rows of results.tsv that other people left. Their description is the summary, a dash and the reason. */
export function failedElsewhere(rows: readonly string[], targetName: string): Banned[] {
  return rows.flatMap((row) => {
    const fields = row.split("\t");
    const [summary, ...reason] = (fields[columns.description] ?? "").split(" — ");
    const why = reason.join(" — ");
    const failed = fields[columns.status] === "discard" && fields[columns.target] === targetName;
    const open = /^needs consent|^slower/.test(why);
    return failed && summary && why && !open ? [{ key: null, summary, why: `results.tsv: ${why}` }] : [];
  });
}

/** What sessions before this one kept, oldest first. */
export const keptBefore = (states: readonly State[]): History["kept"] =>
  states.flatMap((state) => keeps(state).map((it) => ({ file: it.proposal.site.file, technique: it.proposal.technique })));

/** The commit subject of a change: at most 72 characters, so a long summary is cut in it. */
export function commitSubject(summary: string): string {
  const subject = `mem: ${summary}`;
  return subject.length <= 72 ? subject : `${subject.slice(0, 71).trimEnd()}…`;
}

/** Why an approach is not tried: it failed before. Null: nothing is known against it. */
export function bannedBy(history: History | null, key: string, summary: string): string | null {
  const short = commitSubject(summary).slice("mem: ".length);
  const same = (it: Banned) => (it.key === null ? it.summary === summary || it.summary === short : it.key === key);
  return history?.banned.find(same)?.why ?? null;
}
