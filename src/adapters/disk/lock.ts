import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
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
function startTime(pid: number): string | null {
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

/** Who holds the lock and lives, without touching it. */
export function lockHolder(path: string): Holder | null {
  try {
    const parsed = Holder.safeParse(JSON.parse(readFileSync(path, "utf8")));
    return parsed.success && alive(parsed.data) ? parsed.data : null;
  } catch {
    return null;
  }
}

export type Lock = { held: true; release(): void } | { held: false; holder: Holder };

/**
 * One holder at a time. The file appears whole (a link to a finished one), a dead holder is replaced at once.
 * Two that replace a dead holder in the same moment: only one of them wins the link.
 */
export function acquireLock(path: string): Lock {
  const own: Holder = {
    pid: process.pid,
    startTime: startTime(process.pid) ?? "",
    bootId: bootId(),
    since: new Date().toISOString(),
  };
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, JSON.stringify(own));
    for (let attempt = 0; ; attempt++) {
      try {
        linkSync(temporary, path);
        return { held: true, release: () => release(path, own) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt > 5) throw error;
      }
      const holder = lockHolder(path);
      if (holder) return { held: false, holder };
      replaceDead(path);
    }
  } catch (error) {
    throw asFailure(error, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Takes a dead holder's file away, unless another has put a living one there in between. */
function replaceDead(path: string): void {
  const before = read(path);
  if (before === null || lockHolder(path)) return;
  if (read(path) === before) unlinkSync(path);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function release(path: string, own: Holder): void {
  const text = read(path);
  if (text !== null && text === JSON.stringify(own)) rmSync(path, { force: true });
}
