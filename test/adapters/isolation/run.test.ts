import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runProcess, sweepMarked } from "../../../src/adapters/isolation/run.ts";
import { aPython } from "../../pythons.ts";

const folder = mkdtempSync(join(tmpdir(), "run-"));
const python = aPython().executable;
let count = 0;
const run = (code: string, more: Partial<Parameters<typeof runProcess>[0]> = {}) =>
  runProcess({ argv: [python, "-c", code], cwd: folder, env: process.env as Record<string, string>, stdoutPath: join(folder, "out"), stderrPath: join(folder, "err"), timeoutMs: 20_000, marker: `test-${process.pid}-${count++}`, ...more });

const strays = `
import os, subprocess, sys, time
subprocess.Popen(["sleep", "300"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(300)
    os._exit(0)
subprocess.Popen(["sleep", "300"])
`;

describe("a run", () => {
  it("tells its exit code and writes its output to files", async () => {
    expect(await run("print('hello'); raise SystemExit(3)")).toMatchObject({ exitCode: 3, timedOut: false });
    expect(readFileSync(join(folder, "out"), "utf8")).toBe("hello\n");
  });
  it("tells a signal, and a program that is not there", async () => {
    expect(await run("import os; os.kill(os.getpid(), 9)")).toMatchObject({ exitCode: null, signal: "SIGKILL" });
    expect(await runProcess({ argv: ["/no/such/program"], cwd: folder, env: {}, stdoutPath: join(folder, "o"), stderrPath: join(folder, "e"), timeoutMs: 1000, marker: "none" })).toMatchObject({ exitCode: 127 });
  });
  it("ends at its limits", async () => {
    expect(await run("import time; time.sleep(60)", { timeoutMs: 300 })).toMatchObject({ timedOut: true });
    expect(await run("import time\nx = bytearray(300 << 20)\ntime.sleep(60)", { memoryLimitBytes: 150 << 20 })).toMatchObject({ overMemory: true });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 200);
    expect(await run("import time; time.sleep(60)", { signal: abort.signal })).toMatchObject({ timedOut: false, signal: "SIGKILL" });
  });
  it.skipIf(process.platform !== "linux")("leaves nothing behind, whoever left its group", async () => {
    const marker = `stray-${process.pid}-`;
    const outcome = await run(strays, { marker: `${marker}1` });
    expect(outcome.exitCode).toBe(0);
    expect(outcome.strays).toBeGreaterThanOrEqual(2);
    expect(await sweepMarked(marker)).toBe(0);
  });
});
