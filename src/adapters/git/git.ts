import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../vocabulary/failure.ts";
import { effects } from "../effects.ts";

export interface GitOptions {
  cwd: string;
  input?: Buffer | string;
  env?: Record<string, string>;
  /** Exit codes that are answers, not failures (besides 0). */
  allowExit?: readonly number[];
  /** It reads or writes the files of a tree: programs that the configuration puts between files and objects are not run. */
  files?: boolean;
}

/** git said no: the disk, the rights, or something that we did not foresee. */
class GitFailure extends Failure {
  readonly gitExitCode: number | null;
  constructor(args: readonly string[], exitCode: number | null, stderr: string) {
    const said = stderr.trim().split("\n").slice(-2).join(" ") || `exit code ${exitCode}`;
    const known = reasons.find((it) => it.pattern.test(stderr)) ?? unforeseen;
    super(
      known.code,
      `git ${args.find((it, index) => !it.startsWith("-") && args[index - 1] !== "-c")} failed: ${said}`,
      known.wayForward,
      { args, exitCode },
    );
    this.name = "GitFailure";
    this.gitExitCode = exitCode;
  }
}

const unforeseen = {
  code: "harness-broken",
  wayForward:
    "Run the same command again: nothing that was recorded is lost. If it stays, `git fsck` tells whether the repository is whole.",
} as const;
const reasons = [
  {
    pattern: /No space left on device|Disk quota exceeded/,
    code: "disk-full",
    wayForward: "Make room and run the same command again: nothing that was recorded is lost.",
  },
  {
    pattern: /Permission denied|Read-only file system|insufficient permission/,
    code: "unwritable",
    wayForward: "Make the repository's .git folder writable, or work in a clone.",
  },
] as const;

/** Nothing of the user's configuration runs a program or changes a byte. */
const quiet = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.pager=cat",
  "core.autocrlf=false",
  "commit.gpgSign=false",
  "tag.gpgSign=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "diff.external=",
  "core.quotePath=false",
  "core.splitIndex=false",
  "core.untrackedCache=false",
  "submodule.recurse=false",
  "worktree.useRelativePaths=false",
  "i18n.commitEncoding=UTF-8",
  "log.showSignature=false",
].flatMap((setting) => ["-c", setting]);

/** Variables that would point git somewhere else than where we stand, or change what it answers. */
const misleading = new RegExp(
  `^GIT_(${[
    "DIR|WORK_TREE|COMMON_DIR|INDEX_FILE|INDEX_VERSION|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|NAMESPACE|PREFIX",
    "CONFIG.*|ATTR_SOURCE|SHALLOW_FILE|GRAFT_FILE|REPLACE_REF_BASE|DEFAULT_.*|TRACE.*",
    "EXTERNAL_DIFF|DIFF_OPTS|EDITOR|SEQUENCE_EDITOR|PAGER|.*_PATHSPECS",
  ].join("|")})$`,
);

function environment(extra: Record<string, string> = {}): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined && !misleading.test(name)) env[name] = value;
  return {
    ...env,
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    ...offline,
    LC_ALL: "C",
    ...extra,
  };
}

/** No git of ours asks another repository for anything, by whatever program a configuration names for that, but for local clones. */
const offline = { GIT_NO_LAZY_FETCH: "1", GIT_ALLOW_PROTOCOL: "none" };
export const localClones = { GIT_ALLOW_PROTOCOL: "file" };

const knownDrivers = new Map<string, Promise<string[]>>();

/** Names of the filters that a configuration knows (`filter.<name>.clean` and so on), asked once for each folder. */
export function filterDrivers(cwd: string): Promise<string[]> {
  const known = knownDrivers.get(cwd) ?? readDrivers(cwd);
  knownDrivers.set(cwd, known);
  known.catch(() => knownDrivers.delete(cwd));
  return known;
}

async function readDrivers(cwd: string): Promise<string[]> {
  const args = ["config", "--null", "--name-only", "--get-regexp", "^filter\\..*\\.(smudge|clean|process|required)$"];
  const { stdout } = await started(args, { cwd, allowExit: [1] });
  const names = splitNul(stdout).map((it) => it.toString("utf8").replace(/^filter\.(.*)\.\w+$/s, "$1"));
  const strange = names.find((it) => it.includes("="));
  if (strange !== undefined)
    throw new Failure(
      "bad-settings",
      `The git configuration has a filter with the name ${strange}, which cannot be switched off.`,
      "Give it a name without `=`, or take it out: `git config --show-origin --get-regexp '^filter'` tells where it stands.",
    );
  return [...new Set(names)];
}

async function withoutFilters(cwd: string): Promise<string[]> {
  const off = ["smudge=", "clean=", "process=", "required=false"];
  return (await filterDrivers(cwd)).flatMap((name) => off.flatMap((it) => ["-c", `filter.${name}.${it}`]));
}

/** Runs plain git. Throws GitFailure for an exit code that was not allowed, and when git is not there. */
export const git = (args: readonly string[], options: GitOptions): Promise<Answer> =>
  effects().run("git", async () => {
    const all = [...(options.files ? await withoutFilters(options.cwd) : []), ...args];
    return args[0] === "worktree" ? oneByOne(() => patiently(all, options)) : started(all, options);
  });

let last: Promise<unknown> = Promise.resolve();

/**
 * Git reads the records of all worktrees where it makes or lists one, and dies of one that is half made: within this process such
 * work is done one after the other.
 */
export function oneByOne<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work);
  last = turn.catch(() => undefined);
  return turn;
}

const halfMade = /failed to read .*(commondir|gitdir|HEAD)/;
const mostTries = 20;
const triesEveryMs = 50;

/** Another process may be making a worktree of the same repository at this moment. */
async function patiently(args: readonly string[], options: GitOptions): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await started(args, options);
    } catch (error) {
      if (!(error instanceof GitFailure) || !halfMade.test(error.message) || tries === mostTries) throw error;
      await sleep(triesEveryMs);
    }
  }
}

interface Answer {
  stdout: Buffer;
  stderr: string;
  exitCode: number;
}

function started(args: readonly string[], options: GitOptions): Promise<Answer> {
  return new Promise((done, fail) => {
    const child = spawn("git", [...quiet, ...args], {
      cwd: options.cwd,
      env: environment(options.env),
      stdio: ["pipe", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    child.once("error", (error) => fail(new GitFailure(args, null, error.message)));
    child.once("close", (exitCode) => {
      const stderr = Buffer.concat(err).toString("utf8");
      if (exitCode === 0 || (exitCode !== null && options.allowExit?.includes(exitCode)))
        done({ stdout: Buffer.concat(out), stderr, exitCode });
      else fail(new GitFailure(args, exitCode, stderr));
    });
  });
}

/** The answer as one line of text. */
export async function gitText(args: readonly string[], options: GitOptions): Promise<string> {
  return (await git(args, options)).stdout.toString("utf8").trim();
}

/** A `-z` answer: names as bytes, since a file name need not be text. */
export function splitNul(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0, start);
    const stop = end < 0 ? bytes.length : end;
    parts.push(bytes.subarray(start, stop));
    start = stop + 1;
  }
  return parts;
}
