import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProcess } from "../src/adapters/isolation/run.ts";
import { aPython } from "../test/pythons.ts";
import type { Figure } from "./figure.ts";

const python = aPython().executable;

/** A child in the group, one in a session of its own, a thread's child, a double-forked daemon; their pids go into a file. */
const four = `
import os, subprocess, threading, time
pids = open("pids", "w")
def note(pid): pids.write(str(pid) + " "); pids.flush()
note(subprocess.Popen(["sleep", "300"]).pid)
note(subprocess.Popen(["sleep", "300"], start_new_session=True).pid)
thread = threading.Thread(target=lambda: note(subprocess.Popen(["sleep", "300"]).pid)); thread.start(); thread.join()
read, write = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        note(os.getpid()); os.close(write)
        time.sleep(300)
    os._exit(0)
os.close(write); os.read(read, 1)
`;

/** Zombies that nobody has waited for yet are dead. */
function lives(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

export const figure: Figure = {
  id: "R2",
  what: "stray processes after a run",
  goal: "0 of 4 in at most 100 ms",
  bothUsers: true,
  async measure() {
    const rounds = [];
    for (let round = 0; round < 5; round++) rounds.push(await once());
    const alive = Math.max(...rounds.map((it) => it.alive));
    const endingMs = Math.min(...rounds.map((it) => it.endingMs));
    const made = Math.min(...rounds.map((it) => it.made));
    return {
      reached: `${alive} of ${made}, ${endingMs.toFixed(0)} ms`,
      shortfalls: [
        ...(made === 4 ? [] : [`only ${made} of 4 strays were made`]),
        ...(alive === 0 ? [] : [`${alive} outlived the run`]),
        ...(endingMs <= 100 ? [] : [`ending them took ${endingMs.toFixed(0)} ms`]),
      ],
      skipped: [],
      details: rounds,
    };
  },
};

/** The time is the best of several rounds: a machine that is busy with other things is no fault of ours. */
async function once() {
  const folder = mkdtempSync(join(tmpdir(), "endings-"));
  try {
    const began = performance.now();
    const outcome = await runProcess({
      argv: [python, "-c", four],
      cwd: folder,
      env: process.env as Record<string, string>,
      stdoutPath: join(folder, "out"),
      stderrPath: join(folder, "err"),
      timeoutMs: 20_000,
      marker: `endings-${process.pid}`,
    });
    const endingMs = performance.now() - began - outcome.durationMs;
    const pids = readFileSync(join(folder, "pids"), "utf8").trim().split(" ").map(Number);
    return { made: pids.length, alive: pids.filter(lives).length, endingMs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
