import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readdir, realpath, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureCodeflashFolder, ensureFolder } from "../adapters/disk/files.ts";
import { JournalFile, readJournal } from "../adapters/disk/journal.ts";
import { acquireLock, lockHolder } from "../adapters/disk/lock.ts";
import { sealOf } from "../adapters/disk/seal.ts";
import { type Checkout, isAncestor, resolveCommit } from "../adapters/git/repository.ts";
import { Trees } from "../adapters/git/trees.ts";
import { branchName, workspace } from "../adapters/git/workspace.ts";
import { ownMarker } from "../adapters/isolation/orphans.ts";
import { pythonFolder } from "../adapters/isolation/python-folder.ts";
import { sweepMarked } from "../adapters/isolation/run.ts";
import { isLibrary, targetName } from "../adapters/python/discover.ts";
import { reviewer } from "../adapters/python/review.ts";
import { verifyEdits } from "../adapters/python/verify.ts";
import { incomparable } from "../method/compare.ts";
import { advance, beginning, type State } from "../method/state.ts";
import { catalogue } from "../minds/catalogue/catalogue.ts";
import { commitOf, shortCommit } from "../vocabulary/commit.ts";
import type { Drafter } from "../vocabulary/draft.ts";
import { Failure } from "../vocabulary/failure.ts";
import type { EntryOf, Recorded } from "../vocabulary/journal.ts";
import type { Ports } from "../vocabulary/ports.ts";
import { measuringPorts, type Project } from "./compose.ts";
import { findTests } from "./find-tests.ts";
import { readGuidance } from "./guidance.ts";
import { readHistory } from "./history.ts";
import { editorOf, type Isolated, isolate } from "./isolate.ts";
import type { DrafterMaker } from "./minds.ts";

/** A session that is held by this process. */
export interface Session {
  id: string;
  project: Project;
  journalPath: string;
  /** It had ended before we came: there is nothing to follow. */
  ended: boolean;
  /** Why earlier sessions of the same work are not taken up; empty: the last one is, or there is none. */
  anew: string[];
  /** States of the sessions before this one, oldest first. */
  earlier: State[];
  state(): State;
  ports(tell: (recorded: Recorded, state: State) => Promise<void>): Promise<Ports>;
  abort(): void;
  close(): Promise<void>;
}

/** The mind of a session whose user wants the model or the agent alone. */
const noRecipes: Ports["mind"] = {
  name: "none",
  watch: () => ({ classes: [], values: [] }),
  propose: () => ({ proposals: [], forbidden: [] }),
};

const stateOf = (records: readonly Recorded[]): State => records.reduce(advance, beginning);

export const sessionsFolder = (commonDir: string) => join(commonDir, "codeflash", "sessions");
export const lockPath = (commonDir: string) => join(commonDir, "codeflash", "lock");
export const holderOf = (commonDir: string) => lockHolder(lockPath(commonDir));

interface Found {
  id: string;
  path: string;
  state: State;
}

/** All sessions of a repository, oldest first. A journal that cannot be read is not touched: it is told, and passed over. */
export async function sessionsOf(commonDir: string): Promise<{ sessions: Found[]; unreadable: string[] }> {
  const names = (await readdir(sessionsFolder(commonDir)).catch(() => [] as string[])).sort();
  const sessions: Found[] = [];
  const unreadable: string[] = [];
  for (const id of names) {
    const path = join(sessionsFolder(commonDir), id, "journal.jsonl");
    try {
      const { records } = await readJournal(path);
      if (records.length > 0) sessions.push({ id, path, state: stateOf(records) });
    } catch (error) {
      unreadable.push(error instanceof Failure ? error.message : `The journal ${path} cannot be read: ${error}.`);
    }
  }
  return { sessions, unreadable };
}

interface Options {
  version: string;
  fresh: boolean;
  /** Who goes on where the catalogue stops; null: nobody. */
  drafter: Drafter | DrafterMaker | null;
}

/** Takes the lock, then resumes the unfinished session of this target, or begins one. */
export async function openSession(project: Project, options: Options): Promise<Session> {
  const repositories = mustBeRepositories(project);
  const isolated = await isolate(project, editorOf(project.settings));
  await ensureCodeflashFolder(project.home);
  const release = lockAll(repositories);
  try {
    return await hold(project, repositories, { ...options, isolated }, release);
  } catch (error) {
    release();
    throw error;
  }
}

/** Takes the locks of all repositories, or none. */
function lockAll(repositories: readonly Held[]): () => void {
  const releases: (() => void)[] = [];
  const releaseAll = () => {
    for (const release of releases) release();
  };
  for (const { root, commonDir } of repositories) {
    const lock = acquireLock(lockPath(commonDir));
    if (lock.held) releases.push(lock.release);
    else {
      releaseAll();
      throw new Failure(
        "held",
        `Another run (process ${lock.holder.pid}, since ${lock.holder.since}) works on ${repositories.length > 1 ? root : "this project"}.`,
        "Wait for it, or stop it with Ctrl-C; `codeflash-memory status` shows how far it is.",
      );
    }
  }
  return releaseAll;
}

/** A repository of the session, its commit to start from, and where it lies below the project's root. */
interface Held extends Checkout {
  head: string;
  branch: string | null;
  dirty: string[];
}

async function hold(
  project: Project,
  repositories: readonly [Held, ...Held[]],
  options: Options & { isolated: Isolated },
  release: () => void,
): Promise<Session> {
  const [{ commonDir }] = repositories;
  const { sessions: all, unreadable } = await sessionsOf(commonDir);
  const base = commitOf(await Promise.all(repositories.map((it) => baseOf(it.root, it.head))));
  const same = options.fresh ? undefined : all.findLast((it) => sameWork(it.state, project));
  const differs = same ? notTakenUp(same.state, project, commitOf(repositories.map((it) => it.head)), base) : null;
  const mine = differs === null ? same : undefined;
  const earlier = all.filter((it) => it !== mine);
  if (!mine) await setAside(project.home, earlier.at(-1)?.id);
  const id = mine?.id ?? newId();
  const journalPath = mine?.path ?? join(sessionsFolder(commonDir), id, "journal.jsonl");
  const tests = mine
    ? (mine.state.session?.tests ?? null)
    : findTests(project.settings, project.interpreter, join(project.root, project.cwd));
  const trees = new Trees(repositories, id);
  await sweepMarked(`cm-${shortHash(project.root)}-`);
  await trees.sweep();
  const journal = await JournalFile.open(journalPath, Date.now);
  const scratch = await realpath(await mkdtemp(join(tmpdir(), "codeflash-memory-")));
  const abort = new AbortController();
  let state = stateOf(journal.records);
  const ended = state.finished !== null && state.finished.outcome !== "limit";
  return {
    id,
    project,
    journalPath,
    ended,
    anew: [
      ...unreadable,
      ...(same && differs !== null ? [`session ${same.id} is not taken up, since ${differs}; all is measured anew`] : []),
    ],
    earlier: earlier.map((it) => it.state),
    state: () => state,
    abort: () => abort.abort(),
    ports: async (tell) => {
      const append = async (entry: Parameters<Ports["journal"]["append"]>[0]) => {
        const recorded = await journal.append(entry);
        state = advance(state, recorded);
        await tell(recorded, state);
        return recorded;
      };
      if (state.session === null) await append(began(project, repositories, { id, base, tests, version: options.version }));
      else await append({ kind: "resumed", why: resumeText(state, id, journal.torn), settings: project.settings });
      await append({ kind: "isolated", isolation: await options.isolated.record() });
      const workplace = {
        scratch,
        marker: ownMarker(`-${shortHash(project.root)}-${id}`),
        signal: abort.signal,
        ...options.isolated.context,
      };
      const measured = measuringPorts(project, {
        ...workplace,
        tests,
        treeOf: (commit) => trees.path(commit),
        leftOut: () => trees.tooLarge(),
      });
      const context = { ...workplace, executable: project.interpreter.executable };
      const verify = verifyEdits(context);
      const others = new Map(
        (state.session?.tiers ?? project.tiers).slice(1).map((it) => [it.name, measured.of(it.target)] as const),
      );
      const { executable, packages } = project.interpreter;
      const seal = await sealOf([executable, pythonFolder, ...packages]);
      const treeOf = (commit: string) => trees.path(commit);
      const own = workspace({ checkouts: repositories, session: id, scratch, trees, verify, seal });
      const { drafter } = options;
      return {
        tests: measured.tests,
        at: (tier) => others.get(tier) ?? measured,
        workspace: own,
        reviewer: reviewer(repositories, context),
        history: () =>
          readHistory({
            home: project.home,
            checkouts: repositories,
            base: state.session?.base ?? base,
            targetNames: (state.session?.tiers ?? project.tiers).map((it) => it.targetName),
            earlier: earlier.map((it) => it.state),
            bans: !options.fresh,
          }),
        guidance: () => readGuidance(project.home),
        mind: project.settings.catalogue ? catalogue() : noRecipes,
        drafter: typeof drafter === "function" ? drafter({ context, treeOf, workspace: own }) : drafter,
        clock: { now: Date.now },
        journal: { append },
      };
    },
    close: async () => {
      abort.abort(); // what still runs ahead of the loop
      await trees.sweep().catch(() => undefined);
      await rm(scratch, { recursive: true, force: true });
      await journal.close();
      release();
    },
  };
}

function mustBeRepositories(project: Project): [Held, ...Held[]] {
  const [first, ...others] = project.together.map(({ repository, at }): Held => {
    if (repository.head !== null) return { ...repository, head: repository.head, at };
    throw new Failure(
      "no-commit",
      `${repository.root} has no commit yet.`,
      "Run `git add -A` and `git commit` first: the work starts from a commit.",
    );
  });
  if (!first) {
    throw new Failure(
      "not-a-repository",
      `${project.home} is not in a git repository.`,
      "Every kept change becomes a commit: run `git init`, `git add -A`, `git commit` first. `profile` works without.",
    );
  }
  return [first, ...others];
}

/** The same target from the same folder. */
const sameWork = ({ session }: State, project: Project): boolean =>
  session?.targetName === targetName(project.target) && session.cwd === project.cwd;

/**
 * Why a session of the same work is not gone on with (an interrupted one is, and a finished one is not repeated); null: it is.
 * Where the code or the conditions are others, the old best is history, and the baseline is taken anew.
 */
function notTakenUp(state: State, project: Project, head: string, base: string): string | null {
  const session = state.session as EntryOf<"session-began">;
  const [was, is] = [session.settings.model, project.settings.model];
  if (state.finished?.outcome === "plateau" && is !== undefined && is !== was)
    return was === undefined ? "it ended without a mind that goes on where the catalogue stops" : `its mind was ${was}`;
  const known = [session.base, state.commit, ...state.experiments.flatMap((it) => it.implemented?.commit ?? [])];
  const short = (commit: string) => shortCommit(commit, 10);
  if (!known.includes(base))
    return base === head
      ? `the commit to start from moved from ${short(session.base)} to ${short(head)}`
      : `${branchName} was changed by hand: it stands at ${short(base)}, and ${short(state.commit)} was left there`;
  return incomparable(session.provenance, project.provenance, []);
}

/** What the views of the session before show goes where the new session's do not overwrite it. */
async function setAside(root: string, previous: string | undefined): Promise<void> {
  const from = join(root, ".codeflash");
  const to = join(from, "history", previous ?? "unknown");
  if (existsSync(to) || !existsSync(join(from, "experiments"))) return;
  await ensureFolder(to);
  await rename(join(from, "experiments"), join(to, "experiments"));
  await copyFile(join(from, "HANDOFF.md"), join(to, "HANDOFF.md")).catch(() => undefined);
}

function resumeText(state: State, id: string, torn: boolean): string {
  const done = state.experiments.filter((it) => it.verdict !== null).length;
  const half = torn ? "; the entry that was being written when it was ended is left out" : "";
  return `session ${id} goes on after ${done} finished ${done === 1 ? "experiment" : "experiments"}${half}`;
}

function began(
  project: Project,
  repositories: readonly [Held, ...Held[]],
  { id, base, tests, version }: { id: string; base: string; tests: EntryOf<"session-began">["tests"]; version: string },
): EntryOf<"session-began"> {
  return {
    kind: "session-began",
    session: id,
    version,
    root: project.root,
    cwd: project.cwd,
    base,
    branch: repositories[0].branch,
    target: project.target,
    targetName: targetName(project.target),
    tiers: project.tiers,
    settings: project.settings,
    python: project.interpreter.executable,
    runner: project.interpreter.runner,
    library: isLibrary(project.file, project.home),
    memray: false,
    repos: repositories.map((it) => it.at),
    inputBytes: project.inputBytes,
    uncommitted: repositories.flatMap((it) => it.dirty.map((file) => join(it.at, file))),
    tests,
    provenance: project.provenance,
  };
}

/** The user's commit; or the tip of codeflash/optimize where that has grown out of it: earlier keeps are built upon. */
async function baseOf(root: string, head: string): Promise<string> {
  const tip = await resolveCommit(root, `refs/heads/${branchName}`);
  return tip !== null && (await isAncestor(root, head, tip)) ? tip : head;
}

function newId(): string {
  return `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-")}-${randomBytes(3).toString("hex")}`;
}

function shortHash(text: string): string {
  let hash = 5381;
  for (const letter of text) hash = ((hash * 33) ^ letter.charCodeAt(0)) >>> 0;
  return hash.toString(36);
}
