import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { diffOf } from "../adapters/git/commit.ts";
import { lastCommits } from "../adapters/git/log.ts";
import { resolveCommit, showFile } from "../adapters/git/repository.ts";
import { type Earlier, failedBefore, failedElsewhere, keptBefore, revertedBefore } from "../method/history.ts";
import type { State } from "../method/state.ts";
import { foreignRows } from "../records/results.ts";
import type { History } from "../vocabulary/history.ts";

/** How much of the last patch and of learnings.md is carried along, in characters. */
const mostText = 4000;
/** Commits that are looked at: the last ones for what was worked on, more of them for what was taken back. */
const [lately, longAgo] = [20, 100];

interface Options {
  root: string;
  base: string;
  targetNames: readonly string[];
  /** Sessions before this one, oldest first. */
  earlier: readonly State[];
  /** Whether approaches that failed before are left alone; a session that begins afresh tries them again. */
  bans: boolean;
}

/** What the project remembers; what cannot be read is empty. */
export async function readHistory({ root, base, targetNames, earlier, bans }: Options): Promise<History> {
  const commits = await lastCommits(root, base, longAgo);
  const text = (name: string) => readFile(join(root, ".codeflash", name), "utf8").catch(() => "");
  const foreign = foreignRows(await text("results.tsv"), earlier);
  const sessions = await withChanges(root, base, earlier);
  const banned = targetNames.flatMap((name) => [...failedBefore(sessions, name), ...failedElsewhere(foreign, name)]);
  const parent = await resolveCommit(root, `${base}^`);
  return {
    commits: commits.slice(0, lately),
    lastPatch: parent === null ? "" : (await diffOf(root, parent, base)).slice(0, mostText),
    sessions: earlier.length,
    kept: keptBefore(earlier),
    banned: bans ? [...banned, ...revertedBefore(commits)] : [],
    foreignRows: foreign,
    learnings: (await text("learnings.md")).slice(0, mostText),
  };
}

/** Looks up once for each file that an experiment was about whether it is still the same. */
async function withChanges(root: string, base: string, states: readonly State[]): Promise<Earlier[]> {
  const same = new Map<string, boolean>();
  for (const { proposal, parent } of states.flatMap((it) => it.experiments)) {
    const key = `${parent}:${proposal.site.file}`;
    if (same.has(key)) continue;
    const [then, now] = [await showFile(root, parent, proposal.site.file), await showFile(root, base, proposal.site.file)];
    same.set(key, then !== null && now !== null && then.equals(now));
  }
  return states.map((state) => ({ state, unchanged: (file, since) => same.get(`${since}:${file}`) ?? false }));
}
