import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";
import { writeFiles } from "../adapters/git/user-tree.ts";
import { aPython } from "../pythons.ts";

const parts = ["scripts", "src", "web", "package.json", "package-lock.json", "tsconfig.json"];

/** A copy of this checkout in a path with a space, without anything that a set-up makes. */
export function checkout(): string {
  const parent = mkdtempSync(join(tmpdir(), "check out "));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const root = join(parent, "program");
  for (const part of parts) cpSync(resolve(part), join(root, part), { recursive: true });
  return root;
}

/** The packages of this checkout, as `npm ci` would leave them. */
export const linkPackages = (root: string): void => symlinkSync(resolve("node_modules"), join(root, "node_modules"));

/** The Python environment and its overlay, said to be set up. */
export function linkPython(root: string): void {
  mkdirSync(join(root, ".setup/venv/bin"), { recursive: true });
  symlinkSync(aPython().executable, join(root, ".setup/venv/bin/python"));
  writeFiles(root, { ".setup/stamp.json": JSON.stringify({ python: `pytest>=8,<10 ${root}`, overlay: `memray ${root}` }) });
}

export interface Ended {
  exitCode: number | null;
  lines: string[];
  stderr: string;
}

export function script(root: string, name: string, args: readonly string[] = [], env: Record<string, string> = {}): Ended {
  const done = spawnSync(process.execPath, [join(root, "scripts", name), ...args], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return { exitCode: done.status, lines: done.stdout.trimEnd().split("\n"), stderr: done.stderr };
}

/** A PATH on which there is nothing but these commands, each a shell script. */
export function onlyCommands(root: string, bodies: Record<string, string>): { PATH: string } {
  const folder = join(root, "commands");
  mkdirSync(folder, { recursive: true });
  for (const [name, body] of Object.entries(bodies)) {
    writeFiles(folder, { [name]: `#!/bin/sh\n${body}\n` });
    chmodSync(join(folder, name), 0o755);
  }
  return { PATH: folder };
}
