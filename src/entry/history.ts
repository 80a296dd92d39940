import { join } from "node:path";
import { ownText } from "../adapters/disk/files.ts";
import { diffOf } from "../adapters/git/commit.ts";
import { lastCommits } from "../adapters/git/log.ts";
import { type Checkout, resolveCommit } from "../adapters/git/repository.ts";
import { readFileOf } from "../adapters/git/workspace.ts";
import { type Earlier, failedBefore, failedElsewhere, keptBefore, revertedBefore } from "../method/history.ts";
import type { State } from "../method/state.ts";
import { foreignRows } from "../records/results.ts";
import { idsOf } from "../vocabulary/commit.ts";
import type { History } from "../vocabulary/history.ts";
import { proseOf } from "./conventions.ts";

/** How much of the last patch and of learnings.md is carried along, in characters. */
const mostText = 4000;
/** Commits that are looked at: the last ones for what was worked on, more of them for what was taken back. */
const [lately, longAgo] = [20, 100];

interface Options {
  home: string;
  checkouts: readonly Checkout[];
  base: string;
  targetNames: readonly string[];
  /** Sessions before this one, oldest first. */
  earlier: readonly State[];
  /** Whether approaches that failed before are left alone; a session that begins afresh tries them again. */
  bans: boolean;
}

/** What the project remembers; what cannot be read is empty. */
export async function readHistory({ home, checkouts, base, targetNames, earlier, bans }: Options): Promise<History> {
  const logs = checkouts.map(async ({ root, at }, index) => {
    const commits = await lastCommits(root, idsOf(base)[index] ?? base, longAgo);
    return commits.map((it) => ({ ...it, files: it.files.map((file) => join(at, file)) }));
  });
  const commits = (await Promise.all(logs)).flat();
  const text = (name: string) => ownText(join(home, ".codeflash", name));
  const foreign = foreignRows(await text("results.tsv"), earlier);
  const sessions = await withChanges(checkouts, base, earlier);
  const banned = targetNames.flatMap((name) => [...failedBefore(sessions, name), ...failedElsewhere(foreign, name)]);
  return {
    commits: commits.slice(0, lately),
    lastPatch: await lastPatch(checkouts, base),
    sessions: earlier.length,
    kept: keptBefore(earlier),
    banned: bans ? [...banned, ...revertedBefore(commits)] : [],
    foreignRows: foreign,
    learnings: (await text("learnings.md")).slice(0, mostText),
    style: proseOf(await text("conventions.md")).slice(0, mostText),
  };
}

/** What the last commit changed, in each repository. */
async function lastPatch(checkouts: readonly Checkout[], base: string): Promise<string> {
  const patches = checkouts.map(async ({ root, at }, index) => {
    const commit = idsOf(base)[index] ?? base;
    const parent = await resolveCommit(root, `${commit}^`);
    // A partial clone lacks the older texts, and nothing is fetched behind the user's back.
    return parent === null ? "" : diffOf(root, parent, commit, at).catch(() => "");
  });
  return (await Promise.all(patches)).join("").slice(0, mostText);
}

/** Looks up once for each file that an experiment was about whether it is still the same. */
async function withChanges(checkouts: readonly Checkout[], base: string, states: readonly State[]): Promise<Earlier[]> {
  const same = new Map<string, boolean>();
  for (const { proposal, parent } of states.flatMap((it) => it.experiments)) {
    const key = `${parent}:${proposal.site.file}`;
    if (same.has(key)) continue;
    const { file } = proposal.site;
    const [then, now] = [await readFileOf(checkouts, parent, file), await readFileOf(checkouts, base, file)];
    same.set(key, then !== null && now !== null && then.equals(now));
  }
  return states.map((state) => ({ state, unchanged: (file, since) => same.get(`${since}:${file}`) ?? false }));
}
