import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { watchMemory } from "../../../src/adapters/isolation/memory-watch.ts";
import { findPythons } from "../../pythons.ts";

const [python] = findPythons();
const seconds = (count: number) => new Promise((done) => setTimeout(done, count * 1000));
const sleeping = (code = "") => spawn(python?.executable ?? "python3", ["-c", `${code}\nimport time; time.sleep(30)`]);
const end = (all: ChildProcess[]) => Promise.all(all.map((it) => new Promise((done) => it.once("exit", done).kill("SIGKILL"))));

async function treeOf(child: ChildProcess): Promise<number> {
  const seen = watchMemory(child.pid as number, { tree: true, timeline: true, wrappers: 0 });
  await seconds(0.3);
  return seen().tree?.bytes ?? 0;
}

describe.skipIf(!existsSync("/proc/self/smaps_rollup") || python === undefined)("the peak of a process tree", () => {
  it("stays the same when strangers map the same interpreter and libraries", { timeout: 30_000, retry: 2 }, async () => {
    const family = sleeping("import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(5)'])");
    const strangers: ChildProcess[] = [];
    try {
      await seconds(0.7);
      const alone = await treeOf(family);
      for (let n = 0; n < 6; n++) strangers.push(sleeping());
      await seconds(0.7);
      const beside = await treeOf(family);
      expect(alone).toBeGreaterThan(8 * 1024 * 1024);
      expect(Math.abs(beside - alone)).toBeLessThan(0.7 * 1024 * 1024);
    } finally {
      family.kill("SIGKILL");
      await end(strangers);
    }
  });
});
