import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { readJournal } from "../../src/adapters/disk/journal.ts";
import { JournalOutput, OptimizeOutput } from "../../src/entry/output.ts";
import { loudHooks, snapshot, userGit } from "../adapters/git/user-tree.ts";
import { type Ended, python, repository, run, start, tiny } from "../entry/cli/program.ts";

const optimize = ["optimize", "app.py", "--python", python, "--pairs", "2", "--allow", "slow", "--json", "--full"];
const preload = pathToFileURL(resolve("test/faults/kill-at-append.mjs")).href;

/** What every life of a session begins with, wherever it stands. */
const opening = ["resumed", "isolated"];

/** What a step says before its last entry, and says again when it is done over. */
const repeated = ["began", "branch-moved"];

/** One small session of the built program, as a user's process sees it: it can be killed at any entry of its journal. */
export class KilledSession {
  readonly root = repository(tiny, "killed ");
  private readonly before: string;

  constructor() {
    loudHooks(this.root);
    this.before = snapshot(this.root);
  }

  untouched = (): boolean => snapshot(this.root) === this.before;
  dispose = (): void => rmSync(this.root, { recursive: true, force: true });

  /**
   * A life that ends by SIGKILL at an entry, on the disk or half written; or by itself where there are not so many. `skip`: kinds of entries
   * that do not count; `after`: so many that count go by.
   */
  live({ skip = [], after = 0, torn }: { skip?: readonly string[]; after?: number; torn: boolean }): Promise<Ended> {
    const fault = { FAULT_SKIP: skip.join(","), FAULT_AFTER: String(after), FAULT_TORN: torn ? "1" : "0" };
    return run(optimize, this.root, { NODE_OPTIONS: `--import ${preload}`, ...fault });
  }

  /** A life that is killed after some time. */
  async liveFor(durationMs: number): Promise<void> {
    const { child, ended } = start(optimize, this.root);
    const timer = setTimeout(() => child.kill("SIGKILL"), durationMs);
    await ended;
    clearTimeout(timer);
  }

  /** Kinds of the entries that are on the disk. */
  async kinds(): Promise<string[]> {
    const folder = join(this.root, ".git/codeflash/sessions");
    const [id] = existsSync(folder) ? readdirSync(folder).sort().reverse() : [];
    if (id === undefined) return [];
    return (await readJournal(join(folder, id, "journal.jsonl"))).records.map((it) => it.entry.kind);
  }

  /** A life to the end, and what there is then, without what only time makes. */
  async end(): Promise<string> {
    const ended = await run(optimize, this.root);
    if (ended.exitCode !== 0) throw new Error(`it cannot be taken up: exit code ${ended.exitCode}\n${ended.stderr}`);
    const answer = OptimizeOutput.parse(JSON.parse(ended.stdout));
    const verified = await run(["journal", "verify", "--json"], this.root);
    const { whole, journals } = JournalOutput.parse(JSON.parse(verified.stdout));
    const sessions = journals.filter((it) => it.entries > 0); // one that was killed before its first entry was whole is none
    const results = readFileSync(answer.records.results, "utf8").trimEnd().split("\n");
    return JSON.stringify(
      {
        experiments: answer.experiments.map((it) => [it.number, it.technique, it.description, it.status, it.label]),
        plateau: answer.plateau?.rule,
        tests: answer.tests,
        discoveries: answer.discoveries,
        source: userGit(this.root, "show", "codeflash/optimize:work.py"),
        commits: userGit(this.root, "log", "--format=%s", "main..codeflash/optimize"),
        results: results.map((it) => it.split("\t").filter((_, column) => [1, 6, 7, 8, 9].includes(column))),
        worktrees: userGit(this.root, "worktree", "list").split("\n").length,
        ours: readdirSync(join(this.root, ".git/codeflash")).filter((it) => it !== "sessions"),
        journal: { whole, torn: sessions.filter((it) => it.tornBytes > 0).length },
        sessions: sessions.length,
      },
      null,
      1,
    );
  }
}

/** The lines of a text that another lacks. */
const only = (text: string, other: string): string =>
  text
    .split("\n")
    .filter((it) => !other.split("\n").includes(it))
    .join("\n");

/** More than twice what an idle machine needs: a busy one measures more often. */
const mostLives = 400;

export interface Killed {
  lives: number;
  /** Kinds of entries at which it was killed. */
  at: Set<string>;
  wrong: string[];
}

/** A session that is killed at each of its entries, one after the other, and once more when it goes on. `torn`: also in the middle of each. */
export async function killedAtEveryEntry({ torn }: { torn: boolean }): Promise<Killed> {
  const calm = new KilledSession();
  const session = new KilledSession();
  const killed: Killed = { lives: 0, at: new Set(), wrong: [] };
  try {
    const expected = await calm.end();
    const life = async (skip: readonly string[], half: boolean): Promise<boolean> => {
      const { exitCode, stderr } = await session.live({ skip, torn: half });
      killed.lives += 1;
      if (exitCode !== null && exitCode !== 0) killed.wrong.push(`it ended with exit code ${exitCode}: ${stderr.slice(-400)}`);
      if (!session.untouched()) killed.wrong.push("the user's files were touched");
      return exitCode === null;
    };
    let goesOn = true;
    for (let last: string | undefined; goesOn && killed.wrong.length === 0 && killed.lives < mostLives; ) {
      // A step that is done over says these again: to get any further, such an entry must be lived through once it was killed at.
      const skip = last !== undefined && repeated.includes(last) ? [...opening, last] : opening;
      if (torn) goesOn = await life(skip, true);
      if (goesOn) goesOn = await life(skip, false);
      last = (await session.kinds()).at(-1);
      if (goesOn && last !== undefined) killed.at.add(last);
      if (killed.lives === 3) await life([], false); // and where it says that it goes on
    }
    if (goesOn && killed.wrong.length === 0) killed.wrong.push(`it did not come to its end in ${killed.lives} lives`);
    const end = await session.end();
    if (end !== expected) killed.wrong.push(`it ends otherwise: ${only(end, expected)}\ninstead of ${only(expected, end)}`);
    if (!session.untouched()) killed.wrong.push("the user's files were touched");
  } catch (error) {
    killed.wrong.push(String(error));
  } finally {
    calm.dispose();
    session.dispose();
  }
  return killed;
}
