import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { OptimizeOutput, ProfileOutput, StatusOutput } from "../../../src/entry/output.ts";
import { loudHooks, snapshot, userGit } from "../../adapters/git/user-tree.ts";
import { python, repository, run, start } from "./program.ts";

const optimize = ["optimize", "app.py", "--python", python, "--pairs", "2", "--allow", "slow", "--json", "--full"];

describe("optimize", () => {
  it("lowers the peak, records everything, touches nothing of the user's, and knows when nothing is left", async () => {
    const root = repository();
    writeFileSync(join(root, "work.py"), `${readFileSync(join(root, "work.py"), "utf8")}\n# unsaved\n`);
    loudHooks(root);
    const before = snapshot(root);
    const ended = await run(optimize, root);
    expect(ended.exitCode, ended.stderr).toBe(0);
    const answer = OptimizeOutput.parse(JSON.parse(ended.stdout));
    const kept = answer.experiments.filter((it) => it.status === "keep");
    expect(kept.length).toBeGreaterThanOrEqual(1);
    expect(answer.heapPeakBytes.after ?? 0).toBeLessThan((answer.heapPeakBytes.before ?? 0) * 0.9);
    expect(answer.outcome).toBe("plateau");
    expect(snapshot(root)).toBe(before);
    expect(
      userGit(root, "log", "--format=%s", "codeflash/optimize")
        .split("\n")
        .slice(0, -1)
        .every((it) => it.startsWith("mem: ")),
    ).toBe(true);
    expect(userGit(root, "diff", "--name-only", "main", "codeflash/optimize")).toBe("work.py");
    const rows = readFileSync(answer.records.results, "utf8").trimEnd().split("\n");
    expect(rows.length).toBe(2 + answer.experiments.length);
    const handoff = readFileSync(answer.records.handoff, "utf8");
    for (const part of [
      "## Baseline",
      "## Optimizations Kept",
      "### Current tier breakdown",
      "### Secondary sweep",
      "1 changed file",
    ]) {
      expect(part === "1 changed file" ? ended.stderr : handoff).toContain(part);
    }
    const again = await run(optimize, root);
    expect(OptimizeOutput.parse(JSON.parse(again.stdout))).toMatchObject({ outcome: "nothing-left", session: answer.session });
    const status = StatusOutput.parse(JSON.parse((await run(["status", "--json", "--full"], root)).stdout));
    expect(status.sessions).toMatchObject([{ session: answer.session, keeps: kept.length, holderPid: null }]);
  }, 240_000);

  it("goes on where kill -9 ended it, and is held by one process at a time", async () => {
    const calm = repository();
    const expected = OptimizeOutput.parse(JSON.parse((await run(optimize, calm)).stdout));
    const root = repository();
    const before = snapshot(root);
    for (const wait of [1500, 4000, 7000]) {
      const { child, ended } = start(optimize, root);
      await sleep(wait / 2);
      const second = await run(optimize, root);
      if (second.exitCode === 4) expect(second.stderr).toContain(`process ${child.pid}`);
      await sleep(wait / 2);
      child.kill("SIGKILL");
      await ended;
    }
    const last = OptimizeOutput.parse(JSON.parse((await run(optimize, root)).stdout));
    const outcome = (it: typeof last) => it.experiments.map((one) => [one.number, one.technique, one.description, one.status]);
    expect(outcome(last)).toEqual(outcome(expected));
    expect(snapshot(root)).toBe(before);
    expect(userGit(root, "worktree", "list").split("\n").length).toBe(1);
  }, 300_000);

  it("stops at a limit with exit code 3, and says what it did", async () => {
    const ended = await run([...optimize, "--max-time", "0.001"], repository());
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain("[limit] 0.001 minutes are over");
  }, 120_000);

  it("takes nothing up that was measured under other conditions", async () => {
    const root = repository();
    const short = [...optimize, "--max-time", "0.001"];
    const first = OptimizeOutput.parse(JSON.parse((await run(short, root)).stdout));
    const same = OptimizeOutput.parse(JSON.parse((await run(short, root)).stdout));
    expect(same.session).toBe(first.session);
    const other = await run(short, root, { PYTHONMALLOC: "malloc" });
    expect(other.stderr).toContain(`session ${first.session} is not taken up, since the allocator differs: pymalloc and malloc`);
    expect(OptimizeOutput.parse(JSON.parse(other.stdout)).session).not.toBe(first.session);
  }, 120_000);
});

describe("profile", () => {
  it("works outside git and changes nothing", async () => {
    const root = repository();
    const before = snapshot(root);
    const ended = await run(["profile", "app.py", "--python", python, "--json", "--full"], root);
    expect(ended.exitCode, ended.stderr).toBe(0);
    const answer = ProfileOutput.parse(JSON.parse(ended.stdout));
    expect(answer.table.pipeline.qualname).toBe("main");
    expect(answer.table.rows.some((row) => row.name === "load" && row.processPeakBytes !== null)).toBe(true);
    expect(ended.stderr).toContain("At the peak");
    expect(snapshot(root)).toBe(before);
  }, 120_000);
});
