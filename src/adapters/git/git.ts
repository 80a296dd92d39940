import { spawn } from "node:child_process";

export interface GitOptions {
  cwd: string;
  input?: Buffer | string;
  env?: Record<string, string>;
  /** Exit codes that are answers, not failures (besides 0). */
  allowExit?: readonly number[];
}

export class GitFailure extends Error {
  readonly exitCode: number | null;
  constructor(args: readonly string[], exitCode: number | null, stderr: string) {
    super(`git ${args[0]} failed: ${stderr.trim().split("\n").slice(-2).join(" ") || `exit code ${exitCode}`}`);
    this.name = "GitFailure";
    this.exitCode = exitCode;
  }
}

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
].flatMap((setting) => ["-c", setting]);

/** Variables that would point git somewhere else than where we stand. */
const misleading =
  /^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|PREFIX|CONFIG.*|EXTERNAL_DIFF|EDITOR|PAGER)$/;

function environment(extra: Record<string, string> = {}): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined && !misleading.test(name)) env[name] = value;
  return { ...env, GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", GIT_NO_REPLACE_OBJECTS: "1", LC_ALL: "C", ...extra };
}

/** Runs plain git. Throws GitFailure for an exit code that was not allowed, and when git is not there. */
export function git(args: readonly string[], options: GitOptions): Promise<{ stdout: Buffer; stderr: string; exitCode: number }> {
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
