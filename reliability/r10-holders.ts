import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { acquireLock } from "../src/adapters/disk/lock.ts";

import type { Figure } from "./figure.ts";

/** What the lock's holder looks like from outside: a process that sleeps, and the file that names it. */
async function holder(path: string) {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  await new Promise((done) => child.once("spawn", done));
  const own = acquireLock(path);
  if (!own.held) throw new Error("the lock is not free");
  const text = JSON.parse(readFileSync(path, "utf8"));
  const stat = readFileSync(`/proc/${child.pid}/stat`, "latin1");
  const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  own.release();
  writeFileSync(path, JSON.stringify({ ...text, pid: child.pid, startTime }));
  return child;
}

export const figure: Figure = {
  id: "R10",
  what: "a dead holder of the lock is replaced, a paused one that lives never robbed",
  goal: "replaced in at most 1 s; robbed 0 times",
  async measure(scope) {
    const folder = mkdtempSync(join(tmpdir(), "holders-"));
    const path = join(folder, "lock");
    const rounds = scope === "full" ? 20 : 3;
    let robbed = 0;
    let slowestMs = 0;
    try {
      for (let round = 0; round < rounds; round++) {
        const child = await holder(path);
        child.kill("SIGSTOP");
        for (let look = 0; look < 5; look++) {
          const lock = acquireLock(path);
          if (lock.held) robbed += 1;
          await sleep(20);
        }
        const gone = new Promise((done) => child.once("exit", done));
        child.kill("SIGKILL");
        await gone;
        const began = performance.now();
        const lock = acquireLock(path);
        slowestMs = Math.max(slowestMs, performance.now() - began);
        if (!lock.held) throw new Error("a dead holder was not replaced");
        lock.release();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    return {
      reached: `replaced in at most ${slowestMs.toFixed(0)} ms, robbed ${robbed} times in ${rounds * 5} looks`,
      shortfalls: [
        ...(slowestMs <= 1000 ? [] : [`replacing took ${slowestMs.toFixed(0)} ms`]),
        ...(robbed === 0 ? [] : [`a paused holder was robbed ${robbed} times`]),
      ],
      skipped: [],
      details: { rounds },
    };
  },
};
