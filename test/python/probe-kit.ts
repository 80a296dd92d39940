import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type FoundPython, findPythons } from "../pythons.ts";

export const boot: string = fileURLToPath(new URL("../../python/boot.py", import.meta.url));
export const programs: string = fileURLToPath(new URL("../programs", import.meta.url));

export type Answer = Record<string, unknown> & { kind: string };

export interface Ran {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  answers: Answer[];
  /** The last answer of a kind; throws where there is none. */
  last(kind: string): Answer;
}

/** A folder that goes when `use` ends. `files`: path → text. */
export function withFolder<T>(files: Record<string, string>, use: (folder: string) => T): T {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "target-")));
  write(folder, files);
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function write(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

export interface ProbeOptions {
  python: FoundPython;
  /** The user's checkout. */
  root: string;
  /** What is measured: the checkout itself when left out. */
  tree?: string;
  exclude?: string[];
  cwd?: string;
  env?: Record<string, string>;
}

/** Runs the probe as the harness does and gathers what it answered. */
export function probe(request: Record<string, unknown>, options: ProbeOptions): Ran {
  const { python, root, tree = root, exclude = [], cwd = tree, env = {} } = options;
  return withFolder({}, (scratch) => {
    const project = { root, tree, exclude };
    const [requestPath, answersPath] = [join(scratch, "request.json"), join(scratch, "answers.jsonl")];
    writeFileSync(requestPath, JSON.stringify({ protocol: 1, project, ...request }));
    const ran = spawnSync(python.executable, [boot, "probe", requestPath, answersPath], {
      cwd,
      env: { ...process.env, PYTHONHASHSEED: "0", ...env },
      encoding: "utf8",
      timeout: 100_000,
    });
    const answers = parse(readFileSync(answersPath, "utf8"));
    const last = (kind: string): Answer => {
      const found = answers.findLast((it) => it.kind === kind);
      if (!found) throw new Error(`no answer '${kind}'; stderr: ${ran.stderr}`);
      return found;
    };
    return { code: ran.status, signal: ran.signal, stdout: ran.stdout, stderr: ran.stderr, answers, last };
  });
}

export const parse = (text: string): Answer[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Answer);

/** Plain Python, for figures to compare with. */
export function plain(python: FoundPython, args: string[], cwd: string): string {
  const ran = spawnSync(python.executable, args, { cwd, encoding: "utf8", env: { ...process.env, PYTHONHASHSEED: "0" } });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return ran.stdout;
}

/** A Python that has pytest: one that was found, or a virtual environment of our own that is kept for the next time. */
export function pythonWithPytest(): FoundPython {
  const has = (executable: string) => spawnSync(executable, ["-c", "import pytest"]).status === 0;
  const all = findPythons();
  const found = all.find((it) => has(it.executable));
  if (found) return found;
  const base = all.find((it) => it.version === "3.11") ?? all[0];
  if (!base) throw new Error("no Python from 3.9 on was found: install one to run these tests");
  const folder = join(tmpdir(), `codeflash-memory-pytest-${base.version}`);
  const executable = join(folder, "bin/python");
  if (!has(executable)) {
    for (const [command, args] of [
      [base.executable, ["-m", "venv", folder]],
      [executable, ["-m", "pip", "install", "-q", "pytest"]],
    ] as const) {
      const ran = spawnSync(command, args, { encoding: "utf8" });
      if (ran.status !== 0) throw new Error(`pytest could not be installed: ${ran.stderr}`);
    }
  }
  return { executable, version: base.version };
}

/** The witness of a run: file → sha256, and the modules that came from elsewhere. */
export function witness(ran: Ran): { files: Record<string, string>; strays: { module: string; path: string }[] } {
  const told = ran.last("witness") as unknown as {
    files: { file: string; sha256: string }[];
    strays: { module: string; path: string }[];
  };
  return { files: Object.fromEntries(told.files.map((it) => [it.file, it.sha256])), strays: told.strays };
}

export const script = (path: string, ...args: string[]) => ({ kind: "script", path, args });
export const call = (module: string, qualname: string, more: { args?: string; setup?: string } = {}) => ({
  kind: "function",
  module,
  qualname,
  ...more,
});
