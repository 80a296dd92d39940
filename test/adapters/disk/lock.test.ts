import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { acquireLock, lockHolder } from "../../../src/adapters/disk/lock.ts";
import { programOf, source } from "../program.ts";

const path = () => join(mkdtempSync(join(tmpdir(), "lock-")), "sub/lock");

/** Writes the lock as if another living process had taken it. */
function heldBy(pid: number, file: string): void {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  const own = acquireLock(file);
  const text = JSON.parse(readFileSync(file, "utf8"));
  if (own.held) own.release();
  writeFileSync(file, JSON.stringify({ ...text, pid, startTime }));
}

describe.skipIf(process.platform !== "linux")("the lock", () => {
  it("has one holder, and is free after its release", () => {
    const file = path();
    const lock = acquireLock(file);
    expect(lock.held).toBe(true);
    expect(acquireLock(file)).toMatchObject({ held: false, holder: { pid: process.pid } });
    if (lock.held) lock.release();
    expect(lockHolder(file)).toBe(null);
    expect(acquireLock(file).held).toBe(true);
  });

  it("is never taken from a paused holder, and at once from a dead one", async () => {
    const file = path();
    const child = spawn("sleep", ["60"]);
    const pid = child.pid as number;
    heldBy(pid, file);
    process.kill(pid, "SIGSTOP");
    expect(acquireLock(file)).toMatchObject({ held: false, holder: { pid } });
    const gone = new Promise((done) => child.once("exit", done));
    process.kill(pid, "SIGKILL");
    await gone;
    const began = performance.now();
    expect(acquireLock(file).held).toBe(true);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it("is not fooled by a reused pid, another boot, or rubbish", () => {
    for (const change of [{ startTime: "1" }, { bootId: "other" }]) {
      const file = path();
      heldBy(process.pid, file);
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...change }));
      expect(acquireLock(file).held).toBe(true);
    }
    const file = path();
    const first = acquireLock(file);
    if (first.held) first.release();
    writeFileSync(file, "");
    expect(acquireLock(file).held).toBe(true);
  });

  it("is held by at most one of many processes that find a dead holder in the same moment", async () => {
    const program = programOf(`
      import { acquireLock } from "${source("disk/lock.ts")}";
      import { appendFileSync, rmSync, writeFileSync } from "node:fs";
      const [path, log, until] = process.argv.slice(2);
      while (Date.now() < Number(until)) {
        const lock = acquireLock(path);
        if (!lock.held) continue;
        try {
          writeFileSync(log + ".inside", "", { flag: "wx" });
        } catch {
          appendFileSync(log, "two\\n");
        }
        appendFileSync(log, "held\\n");
        rmSync(log + ".inside", { force: true });
        if (Math.random() < 0.5) lock.release();
        else writeFileSync(path, JSON.stringify({ pid: 1, startTime: "dead", bootId: "", since: String(Math.random()) }));
      }`);
    const file = path();
    const log = join(mkdtempSync(join(tmpdir(), "log-")), "log");
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, [program, file, log, String(Date.now() + 2500)], { stdio: "inherit" }),
    );
    const codes = await Promise.all(children.map((child) => new Promise((done) => child.once("exit", done))));
    expect(codes).toEqual([0, 0, 0, 0]);
    const lines = readFileSync(log, "utf8").trim().split("\n");
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.filter((it) => it === "two")).toEqual([]);
    expect(readdirSync(dirname(file)).filter((name) => name !== "lock" && name !== "lock.dead")).toEqual([]);
  });
  it("survives the kill of a holder, also one that was replacing another", async () => {
    const file = path();
    heldBy(process.pid, file);
    const dead = readFileSync(file, "utf8").replace(/"startTime":"\d+"/, '"startTime":"1"');
    for (const name of [file, `${file}.dead`, `${file}.dead.dead`]) writeFileSync(name, dead);
    expect(acquireLock(file).held).toBe(true);
    expect(readdirSync(dirname(file))).toEqual(["lock"]);
  });
});
