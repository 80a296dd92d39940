import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ownMarker, sweepOrphans } from "../../../src/adapters/isolation/orphans.ts";
import { runProcess, sweepMarked } from "../../../src/adapters/isolation/run.ts";
import { aPython } from "../../pythons.ts";
import { bearing, strays, straysMadeIn } from "./strays.ts";

const folder = mkdtempSync(join(tmpdir(), "run-"));
const python = aPython().executable;
let count = 0;
const run = (code: string, more: Partial<Parameters<typeof runProcess>[0]> = {}) =>
  runProcess({
    argv: [python, "-c", code],
    cwd: folder,
    env: process.env as Record<string, string>,
    stdoutPath: join(folder, "out"),
    stderrPath: join(folder, "err"),
    timeoutMs: 20_000,
    marker: `test-${process.pid}-${count++}`,
    ...more,
  });

/** Zombies that nobody has waited for yet are dead. */
function lives(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

describe("a run", () => {
  it("tells its exit code and writes its output to files", async () => {
    expect(await run("print('hello'); raise SystemExit(3)")).toMatchObject({ exitCode: 3, timedOut: false });
    expect(readFileSync(join(folder, "out"), "utf8")).toBe("hello\n");
  });
  it("tells a signal, and a program that is not there", async () => {
    expect(await run("import os; os.kill(os.getpid(), 9)")).toMatchObject({ exitCode: null, signal: "SIGKILL" });
    expect(
      await runProcess({
        argv: ["/no/such/program"],
        cwd: folder,
        env: {},
        stdoutPath: join(folder, "o"),
        stderrPath: join(folder, "e"),
        timeoutMs: 1000,
        marker: "none",
      }),
    ).toMatchObject({ exitCode: 127 });
  });
  it("ends at its limits", async () => {
    expect(await run("import time; time.sleep(60)", { timeoutMs: 300 })).toMatchObject({ timedOut: true });
    expect(await run("import time\nx = bytearray(300 << 20)\ntime.sleep(60)", { memoryLimitBytes: 200 << 20 })).toMatchObject({
      overMemory: true,
    });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 200);
    await expect(run("import time; time.sleep(60)", { signal: abort.signal })).rejects.toMatchObject({ code: "interrupted" });
  });
  it("says why a program could not be started", async () => {
    expect((await run("", { cwd: join(folder, "no-such-folder") })).exitCode).toBe(127);
    expect(readFileSync(join(folder, "err"), "utf8")).toContain("no-such-folder");
    await expect(run("", { stdoutPath: join(folder, "no/such/out") })).rejects.toThrow();
  });
  it("is not begun when it was called off before", async () => {
    rmSync(join(folder, "begun"), { force: true });
    const off = run("open('begun', 'w')", { signal: AbortSignal.abort() });
    await expect(off).rejects.toMatchObject({ code: "interrupted", exitCode: 130 });
    expect(existsSync(join(folder, "begun"))).toBe(false);
  });
});

describe.skipIf(process.platform !== "linux")("after a run", () => {
  it("nothing is left behind, whoever left its group, at once", async () => {
    const took: number[] = [];
    for (let round = 0; round < 3; round++) {
      const began = performance.now();
      const word = `left-${process.pid}-${round}`;
      const outcome = await run(strays(word));
      took.push(performance.now() - began - outcome.durationMs);
      expect(outcome).toMatchObject({ exitCode: 0, strays: 4 });
      expect([straysMadeIn(folder), bearing(word)]).toEqual([4, 0]);
    }
    expect(Math.min(...took)).toBeLessThan(1000); // R2 holds the promise of 100 ms
  });
  it("nothing is left behind at a timeout or an abort, not even what emptied its environment too", async () => {
    const word = `hidden-${process.pid}`;
    const hidden = strays(word, "note(sleeper(start_new_session=True, env={}))\ntime.sleep(300)");
    expect(await run(hidden, { timeoutMs: 1500 })).toMatchObject({ timedOut: true });
    expect([straysMadeIn(folder), bearing(word)]).toEqual([5, 0]);
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 1500);
    await expect(run(hidden, { signal: abort.signal })).rejects.toThrow("Interrupted");
    expect([straysMadeIn(folder), bearing(word)]).toEqual([5, 0]);
  });
  it("another run goes on, also one whose marker begins with this one's", async () => {
    const marker = `pair-${process.pid}-1`;
    const other = run("import time; time.sleep(1)", {
      marker: `${marker}2`,
      stdoutPath: join(folder, "out2"),
      stderrPath: join(folder, "err2"),
    });
    expect(await run("pass", { marker })).toMatchObject({ exitCode: 0, strays: 0 });
    expect(await other).toMatchObject({ exitCode: 0, signal: null });
  });
  it("of a session that was killed, the sweep ends what is left", async () => {
    const prefix = `dead-${process.pid}-`;
    const child = spawn("sleep", ["300"], { detached: true, stdio: "ignore", env: { CODEFLASH_MEMORY_RUN: `${prefix}x` } });
    const other = spawn("sleep", ["300"], { detached: true, stdio: "ignore", env: { CODEFLASH_MEMORY_RUN: "other" } });
    await sleep(50);
    expect(await sweepMarked(prefix)).toBe(1);
    expect([lives(child.pid as number), lives(other.pid as number)]).toEqual([false, true]);
    other.kill("SIGKILL");
  });
  it("of whoever was killed, the sweep of orphans ends what is left, and only that", async () => {
    const own = ownMarker("-one");
    const dead = own.replace(`.${process.pid}.`, ".4194304."); // more than Linux gives
    const reused = own.replace(/\d+$/, "1");
    const elsewhere = dead.replace(/@\d+/, "@1");
    const all = [dead, reused, own, elsewhere, "a-stranger@1.2.3"].map((it) =>
      spawn("sleep", ["300"], { detached: true, stdio: "ignore", env: { CODEFLASH_MEMORY_RUN: `${it}-x` } }),
    );
    await sleep(50);
    await sweepOrphans();
    expect(all.map((it) => lives(it.pid as number))).toEqual([false, false, true, true, true]);
    for (const it of all) it.kill("SIGKILL");
  });
});

describe.skipIf(process.platform !== "linux")("the memory limit", () => {
  const allocate = (mib: number) => `x = bytearray(${mib} << 20)`;
  it("counts what children hold", async () => {
    const code = `import subprocess, sys, threading
def one(): subprocess.run([sys.executable, "-c", "${allocate(120)}; import time; time.sleep(60)"], start_new_session=True)
for _ in range(2): threading.Thread(target=one).start()`;
    expect(await run(code, { memoryLimitBytes: 200 << 20 })).toMatchObject({ overMemory: true, timedOut: false });
  });
  it("counts a page that processes share once", async () => {
    const code = `import os, time
${allocate(120)}
pids = [os.fork() for _ in range(1)]
if pids[0] == 0: time.sleep(1); os._exit(0)
os.wait()`;
    expect(await run(code, { memoryLimitBytes: 200 << 20 })).toMatchObject({ overMemory: false, exitCode: 0 });
  });
});

describe.skipIf(process.platform !== "linux")("the kernel", () => {
  it("is told to end the target before us", async () => {
    await run("import time; time.sleep(0.2); print(open('/proc/self/oom_score_adj').read())");
    expect(readFileSync(join(folder, "out"), "utf8").trim()).toBe("1000");
  });
});
