import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { findInterpreter } from "../../../src/adapters/python/interpreter.ts";
import { isolate } from "../../../src/entry/isolate.ts";
import { Failure } from "../../../src/vocabulary/failure.ts";
import { Settings } from "../../../src/vocabulary/settings.ts";
import { makeRepository } from "../../adapters/git/user-tree.ts";
import { testPython } from "../../pythons.ts";

const bin = resolve("bin/codeflash-memory.js");

export const python = testPython();

export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** `under`: a command that starts it. */
export function start(
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
  under: readonly string[] = [],
): { child: ChildProcess; ended: Promise<Ended> } {
  const [command = "", ...words] = [...under, process.execPath, bin, ...args];
  const child = spawn(command, words, {
    cwd,
    env: { ...process.env, VIRTUAL_ENV: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  return { child, ended: new Promise((done) => child.once("close", (exitCode) => done({ exitCode, stdout, stderr }))) };
}

/** The built program as a user starts it. */
export const run = (args: readonly string[], cwd: string, env: Record<string, string> = {}): Promise<Ended> =>
  start(args, cwd, env).ended;

/** Waits until a started program has said something on stderr. */
export function said(child: ChildProcess, text: string): Promise<void> {
  return new Promise((done, fail) => {
    let all = "";
    child.stderr?.on("data", (chunk) => {
      all += chunk;
      if (all.includes(text)) done();
    });
    child.once("close", () => fail(new Error(`It ended without saying ${text}:\n${all}`)));
  });
}

/** A script whose peak holds an input that is dead: 8 MiB of text while the next list is made. */
export const wasteful: Record<string, string> = {
  "app.py": `import work

if __name__ == "__main__":
    print(work.main(40_000))
`,
  "work.py": `def load(n):
    return ["line %07d of the input, with some text behind it" % i for i in range(n)]


def lengths(lines):
    return [(len(line), line[5:12]) for line in lines]


def main(n):
    lines = load(n)
    pairs = lengths(lines)
    table = {}
    for index, pair in enumerate(pairs):
        table[index] = [pair[0], pair[1], index, float(index)]
    return len(table), sum(row[0] for row in table.values())
`,
  "test_work.py": `import work


def test_main():
    assert work.main(10) == (10, 510)


def test_lengths():
    assert work.lengths(["line 0000007 x"]) == [(14, "0000007")]
`,
};

/** The same, a fifth of the size: a session on it takes seconds. */
export const tiny: Record<string, string> = { ...wasteful, "app.py": (wasteful["app.py"] ?? "").replace("40_000", "8_000") };

export const repository = (files: Record<string, string> = wasteful, name = "user project "): string =>
  makeRepository(files, name);

/** What a model's sessions are given here: nothing where the machine can keep its changes apart, else leave to do without, with the reason. */
export const apart: readonly string[] = await (async () => {
  const interpreter = await findInterpreter({ setting: python, from: process.cwd(), root: process.cwd() });
  try {
    await isolate({ settings: Settings.parse({}), interpreter, root: process.cwd() }, "mind");
    return [];
  } catch (error) {
    if (!(error instanceof Failure && error.code === "not-isolated")) throw error;
    console.log(`A model's sessions run without isolation here: ${error.message}`);
    return ["--isolation", "process"];
  }
})();
