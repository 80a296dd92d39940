import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { effects } from "../effects.ts";
import { asFailure } from "./files.ts";

const Holder = z.object({ pid: z.int(), startTime: z.string(), bootId: z.string(), since: z.string() });
export type Holder = z.infer<typeof Holder>;

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/** When a process began, in a form that two processes with the same pid do not share; null: there is none. */
export function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? null : (fields[19] ?? null);
  } catch {
    if (process.platform === "linux") return null;
  }
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || null;
  } catch {
    return null;
  }
}

/** A paused process is alive: it is never robbed. */
const alive = (holder: Holder): boolean => holder.bootId === bootId() && startTime(holder.pid) === holder.startTime;

/** What one look at the file tells. */
function look(path: string): Holder | "nobody" | "dead" {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "nobody";
    throw error;
  }
  try {
    const holder = Holder.parse(JSON.parse(text));
    return alive(holder) ? holder : "dead";
  } catch {
    return "dead";
  }
}

/** Who holds the lock and lives, without touching it. */
export function lockHolder(path: string): Holder | null {
  try {
    const seen = look(path);
    return typeof seen === "string" ? null : seen;
  } catch (error) {
    throw asFailure(error, path);
  }
}

export type Lock = { held: true; release(): void } | { held: false; holder: Holder };

/**
 * One holder at a time. The file appears whole (a link to a finished one), a dead holder is replaced at once. Of two that replace
 * a dead holder in the same moment, one may do so: the right to take its file away is itself such a lock.
 */
export function acquireLock(path: string): Lock {
  const own: Holder = {
    pid: effects().pid,
    startTime: startTime(effects().pid) ?? "",
    bootId: bootId(),
    since: new Date().toISOString(),
  };
  const temporary = `${path}.${randomUUID()}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    sweepTemporaries(path);
    writeFileSync(temporary, JSON.stringify(own));
    for (let attempt = 0; ; attempt++) {
      try {
        linkSync(temporary, path);
        return { held: true, release: () => release(path, own) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt > 50) throw error;
      }
      const holder = lockHolder(path);
      if (holder) return { held: false, holder };
      removeDead(path);
    }
  } catch (error) {
    throw asFailure(error, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * Takes a dead holder's file away. Only one process at a time looks and unlinks, and what it unlinks is what it saw dead: none can take away a
 * file that is new.
 */
function removeDead(path: string): void {
  const right = acquireLock(`${path}.dead`);
  if (!right.held) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    return;
  }
  try {
    if (look(path) === "dead") rmSync(path, { force: true });
  } finally {
    right.release();
  }
}

/** Files that a process left which was killed between writing one and linking it; those of the living are young. */
function sweepTemporaries(path: string): void {
  const ours = new RegExp(`^${basename(path).replaceAll(".", "\\.")}\\.[0-9a-f-]{36}$`);
  for (const name of readdirSync(dirname(path))) {
    const file = join(dirname(path), name);
    if (ours.test(name) && Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > 60_000) {
      rmSync(file, { force: true });
    }
  }
}

function release(path: string, own: Holder): void {
  try {
    if (readFileSync(path, "utf8") === JSON.stringify(own)) rmSync(path, { force: true });
  } catch {
    // it was taken away by hand
  }
}
