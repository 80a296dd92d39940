import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findInterpreter } from "../../../src/adapters/python/interpreter.ts";
import { findMemray } from "../../../src/adapters/python/overlay.ts";
import { ProfileOutput } from "../../../src/entry/output.ts";
import { python, repository, run } from "./program.ts";

const app = {
  "app.py":
    "import sys\n\ndef load(n):\n    return [str(it) * 20 for it in range(n)]\n\ndef double(rows):\n    return rows + [it + '!' for it in rows]\n\ndef main(n):\n    rows = load(n)\n    rows = double(rows)\n    return len(rows)\n\nprint(main(int(sys.argv[1]) if len(sys.argv) > 1 else 60000))\n",
  "killed.py":
    "import os, signal\n\ndef load(n):\n    return [bytes(1000) for _ in range(n)]\n\ndef main():\n    kept = []\n    for step in range(20):\n        kept.append(load(5000))\n    os.kill(os.getpid(), signal.SIGKILL)\n\nmain()\n",
};

const interpreter = await findInterpreter({ setting: python, from: process.cwd(), root: process.cwd() });
const memray = await findMemray(interpreter, { fetch: false });

describe("profile", () => {
  it.runIf(memray.kind === "there")("--quick names stage and line in two runs, in less than 3 KB", async () => {
    const ended = await run(["profile", "app.py", "--quick", "--python", python, "--json"], repository(app));
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(ended.stdout.length).toBeLessThan(3_100);
    const answer = ProfileOutput.parse(JSON.parse(ended.stdout));
    expect(answer).toMatchObject({ look: "quick", heapPeakBytes: null, dominantStage: { name: "double" } });
    expect(
      answer.lines
        .slice(0, 2)
        .map((it) => it.line)
        .sort(),
    ).toEqual([4, 7]);
  });

  it("tells how lines grow with a larger input, and where the rest of a long answer lies", async () => {
    const words = ["profile", "app.py", "20000", "--larger", "app.py 60000", "--python", python, "--json"];
    const ended = await run(words, repository(app));
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(ended.stdout.length).toBeLessThan(3_100);
    const short = ProfileOutput.parse(JSON.parse(ended.stdout));
    const file = short.more?.file ?? "";
    expect(existsSync(file)).toBe(true);
    const answer = ProfileOutput.parse(JSON.parse(readFileSync(file, "utf8")));
    const line = answer.growth.find((it) => it.line === 4);
    expect((line?.largerBytes ?? 0) / (line?.bytes ?? 1)).toBeGreaterThan(2.5);
    expect(ended.stderr).toContain("Growth with the larger input");
  });

  it.runIf(process.platform === "linux")("shows a target that was killed up to there", async () => {
    const ended = await run(["profile", "killed.py", "--python", python, "--json", "--full"], repository(app));
    expect(ended.exitCode, ended.stderr).toBe(1);
    const answer = ProfileOutput.parse(JSON.parse(ended.stdout));
    expect(answer.heapPeakBytes).toBeGreaterThan(60e6);
    expect(answer.processPeakIsLowerBound).toBe(true);
    expect(answer.notes.join()).toContain("this is the profile up to there");
    expect(answer.table.rows.some((it) => it.name === "kept.append" && it.deltaBytes > 60e6)).toBe(true);
  });
});
