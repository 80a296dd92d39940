import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { bearing } from "../../adapters/isolation/strays.ts";
import { python, repository, run, start } from "./program.ts";

/** A program that says that it runs, and goes on for minutes. */
const endless = (word: string, told: string) => ({
  "app.py": `import subprocess, sys, time
subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(200)", "${word}"], start_new_session=True)
open(${JSON.stringify(told)}, "w").write("on")
time.sleep(200)
`,
});

/** A command on it that is under way, as a mere process. */
async function underWay(word: string) {
  const told = join(mkdtempSync(join(tmpdir(), "told-")), "told");
  const root = repository(endless(word, told));
  const started = start(["profile", "app.py", "--python", python, "--isolation", "process"], root);
  for (const until = performance.now() + 60_000; !existsSync(told) && performance.now() < until; ) await sleep(50);
  expect(readFileSync(told, "utf8")).toBe("on");
  return started;
}

it.each([["profile", "no-such.py"], ["doctor"]])(
  "what a killed command left running is ended when %s begins, and no run of one that lives",
  async (...words) => {
    const [left, living] = [`left-${process.pid}-${words[0]}`, `living-${process.pid}-${words[0]}`];
    const killed = await underWay(left);
    const other = await underWay(living);
    killed.child.kill("SIGKILL");
    await killed.ended;
    expect(bearing(left)).toBeGreaterThan(0); // the trap itself
    await run([...words, "--python", python], tmpdir());
    expect(bearing(left)).toBe(0);
    expect(bearing(living)).toBeGreaterThan(0);
    other.child.kill("SIGTERM");
    await other.ended;
    expect(bearing(living)).toBe(0);
  },
  200_000,
);
