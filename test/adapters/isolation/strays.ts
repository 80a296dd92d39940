import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A program that leaves four processes behind: one in the group, one in a session of its own, a thread's child, a double-forked daemon. Each
 * has the word among its arguments, and is noted in the file `made` of the program's folder. `then`: what it does when they live.
 */
export const strays = (word: string, then = ""): string => `
import os, subprocess, sys, threading, time
made = open("made", "w")
def note(it): made.write("x"); made.flush()
def sleeper(**more): return subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(300)", "${word}"], **more)
note(sleeper())
note(sleeper(start_new_session=True))
thread = threading.Thread(target=lambda: note(sleeper())); thread.start(); thread.join()
read, write = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        note(os.getpid()); os.close(write)
        time.sleep(300)
    os._exit(0)
os.close(write); os.read(read, 1)
${then}
`;

/** How many were made by a program that ran in a folder. */
export function straysMadeIn(folder: string): number {
  const path = join(folder, "made");
  return existsSync(path) ? readFileSync(path, "utf8").length : 0;
}

/** Living processes with a word among their arguments; one that was killed has none, also while nobody has waited for it. */
export const bearing = (word: string): number =>
  readdirSync("/proc").filter((it) => {
    try {
      return /^\d+$/.test(it) && readFileSync(`/proc/${it}/cmdline`, "latin1").includes(word);
    } catch {
      return false;
    }
  }).length;
