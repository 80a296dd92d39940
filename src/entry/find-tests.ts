import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Interpreter } from "../adapters/python/interpreter.ts";
import { Failure } from "../vocabulary/failure.ts";
import type { Settings } from "../vocabulary/settings.ts";

const isTest = (name: string) => /^(test_.*|.*_test)\.py$/.test(name);
const ignored = new Set(["node_modules", "build", "dist", "__pycache__"]);

/** Whether pytest would find anything, without running it: a test file no more than five folders deep. */
function hasTests(folder: string, depth = 0): boolean {
  if (depth > 5) return false;
  const entries = readdirSync(folder, { withFileTypes: true });
  if (entries.some((it) => it.isFile() && isTest(it.name))) return true;
  return entries.some((it) => {
    if (!it.isDirectory() || it.name.startsWith(".") || ignored.has(it.name)) return false;
    const inside = join(folder, it.name);
    return !existsSync(join(inside, "pyvenv.cfg")) && hasTests(inside, depth + 1);
  });
}

/**
 * The tests that must stay green: `--test-command`, `--tests`, or all that pytest finds. Null only with leave (`untested`).
 * Fails with `no-tests` where there is nothing to go by.
 */
export function findTests(
  settings: Settings,
  interpreter: Interpreter,
  folder: string,
): { kind: "pytest" | "command"; args: string } | null {
  if (settings.testCommand !== undefined) return { kind: "command", args: settings.testCommand };
  const wanted = settings.tests;
  if (wanted !== undefined || (interpreter.pytest !== null && hasTests(folder))) {
    if (interpreter.pytest === null) {
      throw new Failure(
        "no-tests",
        `--tests needs pytest, which is not in ${interpreter.executable}.`,
        "Install it there, or name a --test-command.",
      );
    }
    return { kind: "pytest", args: wanted ?? "" };
  }
  if (settings.allow.includes("untested")) return null;
  const why = hasTests(folder) ? `pytest is not in ${interpreter.executable}` : `pytest finds no test in ${folder}`;
  throw new Failure(
    "no-tests",
    `No tests can be run: ${why}.`,
    "Name them with --tests or --test-command, or decide by the target's output alone with --allow untested.",
  );
}
