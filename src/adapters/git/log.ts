import { git } from "./git.ts";

export interface LoggedCommit {
  commit: string;
  subject: string;
  files: string[];
}

/** The last commits of a history, newest first, with the files that they changed. Merges name none. */
export async function lastCommits(root: string, from: string, count: number): Promise<LoggedCommit[]> {
  const args = ["log", `--max-count=${count}`, "--format=%x01%H%x00%s%x00", "--name-only", "-z", "--no-renames", from];
  const found = await git(args, { cwd: root, allowExit: [128] });
  return found.stdout
    .toString("utf8")
    .split("\u0001")
    .slice(1)
    .map((text) => {
      const [commit = "", subject = "", ...files] = text.split("\0").map((it) => it.replace(/^\n/, ""));
      return { commit, subject, files: files.filter((it) => it !== "").slice(0, 50) };
    });
}
