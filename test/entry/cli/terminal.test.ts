import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, expect, it } from "vitest";
import { userGit, writeFiles } from "../../adapters/git/user-tree.ts";
import { python, repository, run, wasteful } from "./program.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

function changed(): string {
  const root = repository(wasteful);
  made.push(root);
  writeFiles(root, { "work.py": `${wasteful["work.py"]}\n# more\n` });
  userGit(root, "commit", "-qam", "more");
  return root;
}
const words = ["compare", "HEAD~1", "--target", "app.py", "--pairs", "2", "--python", python];

/** The program on a terminal of its own, with all that it writes there. */
function onTerminal(args: readonly string[], cwd: string, env: Record<string, string>): string {
  const code = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
  const sized = ["sh", "-c", 'stty cols 100 rows 30; exec "$@"', "sh"];
  const done = spawnSync(python, ["-c", code, ...sized, process.execPath, resolve("bin/codeflash-memory.js"), ...args], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, CI: "", NO_COLOR: "", FORCE_COLOR: undefined, ...env } as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
  });
  expect(done.status, done.stdout + done.stderr).toBe(0);
  return done.stdout;
}

it("says on a terminal what is done now, and takes it away; the lines are the same as in a pipe", async () => {
  const root = changed();
  const shown = onTerminal(words, root, { TERM: "xterm" });
  expect(shown).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] (beginning|pair \d of 2) · \d+ s \(\d+ s in all\)/);
  expect(shown).toContain("\u001b[36m[compare]");
  const piped = await run(words, root);
  expect(piped.exitCode).toBe(0);
  const control = new RegExp(`${String.fromCharCode(27)}|[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]`);
  expect(piped.stdout + piped.stderr).not.toMatch(control);
  expect(onTerminal(words, root, { TERM: "dumb" })).not.toMatch(control);
}, 120_000);

it("says with --quiet what came of it and nothing else, and the bare command what to type", async () => {
  const root = changed();
  const quiet = await run([...words, "--quiet"], root);
  expect(quiet.stdout).not.toContain("pair 1");
  expect(quiet.stdout).toMatch(/^\[compare\] HEAD~1[\s\S]*no difference above the noise/);
  expect((await run([], root)).stdout).toMatch(/codeflash-memory profile test_work\.py::test_main\n/);
}, 60_000);
