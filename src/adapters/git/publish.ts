import { spawn } from "node:child_process";
import { Failure } from "../../vocabulary/failure.ts";
import { checkedOutAt, moveRef } from "./commit.ts";
import { gitText } from "./git.ts";
import { resolveCommit } from "./repository.ts";

/**
 * Makes a branch at a commit, or moves one of ours there: `from` is where we left it. The user's checkout has no part in it. Null:
 * done; else why not.
 */
export async function placeBranch(root: string, branch: string, commit: string, from: string | null): Promise<string | null> {
  const name = `refs/heads/${branch}`;
  const now = await resolveCommit(root, name);
  if (now === commit) return null;
  if (now !== null && now !== from) return `there is a branch ${branch} that was not made from here`;
  const user = await checkedOutAt(root, branch);
  if (user !== null) return `${branch} is checked out in ${user}`;
  return (await moveRef(root, name, commit, now)) ? null : `git did not move ${branch}`;
}

/** `owner/name` of a remote at GitHub, by its address as written or as the user's git rewrites it; null: it is somewhere else. */
export async function slugOf(root: string, remote: string): Promise<string | null> {
  const written = await gitText(["config", "--get", `remote.${remote}.url`], { cwd: root, allowExit: [1] });
  const used = await gitText(["remote", "get-url", "--push", remote], { cwd: root, allowExit: [1, 2, 128] });
  return githubSlug(written) ?? githubSlug(used);
}

/** The remote that a local branch follows; null: it follows none. */
export async function remoteOf(root: string, branch: string): Promise<string | null> {
  const text = await gitText(["config", "--get", `branch.${branch}.remote`], { cwd: root, allowExit: [1] });
  return text === "" || text === "." ? null : text;
}

/** The same of one address. */
export function githubSlug(address: string): string | null {
  return (
    /^(?:https?:\/\/(?:[^@/]+@)?|ssh:\/\/git@|git@)github\.com[/:]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(address)?.[1] ?? null
  );
}

/**
 * Pushes as the user would by hand, with their own hooks and credentials, and never over what is there: a branch that moved on the
 * other side is refused. *Contract:* throws `Failure` with what git said.
 */
export async function push(root: string, remote: string, commit: string, branch: string): Promise<void> {
  const words = ["push", "--porcelain", remote, `${commit}:refs/heads/${branch}`];
  const { exitCode, output } = await plain("git", words, root);
  if (exitCode === 0) return;
  const said = output.trim().split("\n").slice(-3).join(" ");
  throw new Failure(
    "target-failed",
    `${branch} could not be pushed to ${remote}: ${said || `exit code ${exitCode}`}`,
    `Push it yourself: git push ${remote} ${commit.slice(0, 12)}:refs/heads/${branch}`,
  );
}

/** What a branch of a remote points to, fetched under a name of ours; null: it has no such branch. */
export async function fetched(root: string, remote: string, branch: string, as: string): Promise<string | null> {
  const words = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", remote, `+refs/heads/${branch}:${as}`];
  const { exitCode } = await plain("git", words, root);
  return exitCode === 0 ? resolveCommit(root, as) : null;
}

/** Runs a program as the user has it set up, without a terminal to ask on. 127: it is not there. */
export function plain(
  command: string,
  words: readonly string[],
  cwd: string,
): Promise<{ exitCode: number | null; stdout: string; output: string }> {
  return new Promise((done) => {
    const child = spawn(command, [...words], {
      cwd,
      env: { ...process.env, GIT_TERMINAL_PROMPT: "0", GH_PROMPT_DISABLED: "1", NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, output] = ["", ""];
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    child.once("error", (error) => done({ exitCode: 127, stdout, output: error.message }));
    child.once("close", (exitCode) => done({ exitCode, stdout, output }));
  });
}
