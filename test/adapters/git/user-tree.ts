import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** git as a user runs it, with their hooks. */
export function userGit(cwd: string, ...args: string[]): string {
  return execFileSync("git", ["-c", "user.name=User", "-c", "user.email=user@example.invalid", ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}

export function makeRepository(files: Record<string, string>, name = "user repo "): string {
  const root = mkdtempSync(join(tmpdir(), name));
  userGit(root, "init", "-q", "-b", "main");
  writeFiles(root, files);
  userGit(root, "add", "-A");
  userGit(root, "commit", "-q", "-m", "start");
  return root;
}

export function writeFiles(root: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** Hooks that would be seen if any of them ran. */
export function loudHooks(root: string): void {
  for (const hook of ["pre-commit", "post-commit", "post-checkout", "commit-msg", "reference-transaction", "post-index-change"]) {
    const path = join(root, ".git/hooks", hook);
    writeFileSync(path, `#!/bin/sh\ntouch "${root}/.hook-ran-${hook}"\nexit 1\n`);
    chmodSync(path, 0o755);
  }
}

/** Everything that is the user's, as one text: files, index, HEAD, refs outside ours, stash, hooks, configuration. */
export function snapshot(root: string): string {
  const lines: string[] = [];
  const bytes = (path: string) => Buffer.from(path, "latin1"); // names need not be text
  const top = Buffer.from(root, "utf8").toString("latin1");
  const visit = (folder: string) => {
    for (const name of readdirSync(bytes(folder), { encoding: "buffer" })
      .map((it) => it.toString("latin1"))
      .sort()) {
      const path = `${folder}/${name}`;
      if (path === `${top}/.git` || path === `${top}/.codeflash`) continue;
      const info = lstatSync(bytes(path));
      if (info.isDirectory()) visit(path);
      else if (info.isSymbolicLink()) lines.push(`${path} -> ${readlinkSync(bytes(path))}`);
      else lines.push(`${path} ${info.mode} ${info.mtimeMs} ${hash(bytes(path))}`);
    }
  };
  visit(top);
  for (const name of [
    "index",
    "HEAD",
    "config",
    "ORIG_HEAD",
    "FETCH_HEAD",
    "packed-refs",
    "logs/HEAD",
    "logs/refs/stash",
    "info/exclude",
  ]) {
    const path = join(root, ".git", name);
    lines.push(`${name} ${existsSync(path) ? hash(path) : "none"}`);
  }
  for (const name of readdirSync(join(root, ".git/hooks")).sort())
    lines.push(`hook ${name} ${hash(join(root, ".git/hooks", name))}`);
  const worktrees = join(root, ".git/worktrees");
  if (existsSync(worktrees))
    lines.push(
      ...readdirSync(worktrees)
        .filter((it) => !it.startsWith("codeflash-"))
        .map((it) => `worktree ${it}`),
    );
  const refs = userGit(root, "for-each-ref", "--format=%(refname) %(objectname)").split("\n");
  lines.push(...refs.filter((ref) => !/codeflash/.test(ref)));
  return lines.join("\n");
}

const hash = (path: string | Buffer) => createHash("sha256").update(readFileSync(path)).digest("hex");
