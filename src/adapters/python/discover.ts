import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "smol-toml";
import { Failure } from "../../vocabulary/failure.ts";
import type { Provenance } from "../../vocabulary/measurement.ts";
import type { Target } from "../../vocabulary/target.ts";
import type { Interpreter } from "./interpreter.ts";

/** A pyproject.toml that was read, or null where there is none. */
export interface ProjectFile {
  path: string;
  content: Record<string, unknown>;
}

/** The nearest pyproject.toml from `from` up to `root`. A file that is no TOML is the user's mistake, told as such. */
export async function readProjectFile(from: string, root: string): Promise<ProjectFile | null> {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, "pyproject.toml");
    if (existsSync(path)) {
      try {
        return { path, content: parse(await readFile(path, "utf8")) };
      } catch (error) {
        throw new Failure(
          "bad-settings",
          `${path} cannot be read: ${error instanceof Error ? error.message.split("\n")[0] : error}`,
          "Mend the file.",
        );
      }
    }
    if (folder === root || dirname(folder) === folder) return null;
  }
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

/** A library is packaged and offers no command of its own; everything else is an application. */
export function isLibrary(project: ProjectFile | null, root: string): boolean {
  const metadata = record(project?.content["project"]);
  const poetry = record(record(project?.content["tool"])["poetry"]);
  const packaged =
    "name" in metadata || "name" in poetry || existsSync(join(root, "setup.py")) || existsSync(join(root, "setup.cfg"));
  const commands = [metadata["scripts"], metadata["gui-scripts"], poetry["scripts"]].some(
    (it) => Object.keys(record(it)).length > 0,
  );
  return packaged && !commands;
}

/** sha256 of the first lock file that the project has; null without one. */
async function lockHash(root: string): Promise<string | null> {
  for (const name of ["uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pixi.lock", "pylock.toml", "requirements.txt"]) {
    const path = join(root, name);
    if (existsSync(path))
      return createHash("sha256")
        .update(await readFile(path))
        .digest("hex");
  }
  return null;
}

/** The target as a person would type it. */
export function targetName(target: Target): string {
  switch (target.kind) {
    case "pytest":
      return target.nodeId;
    case "script":
      return [target.path, ...target.args].join(" ");
    case "module":
      return ["-m", target.module, ...target.args].join(" ");
    case "function":
      return `${target.module}:${target.qualname}${target.args === undefined ? "" : `(${target.args})`}`;
  }
}

export async function provenance(interpreter: Interpreter, target: Target, root: string): Promise<Provenance> {
  const command = target.kind === "pytest" ? `python -m pytest ${targetName(target)}` : `python ${targetName(target)}`;
  return {
    interpreter: `CPython ${interpreter.version.join(".")} ${interpreter.executable}`,
    allocator: process.env["PYTHONMALLOC"] ?? "pymalloc",
    lockHash: await lockHash(root),
    command,
    platform: `${process.platform} ${process.arch}`,
  };
}
