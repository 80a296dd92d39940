import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { OptimizeOutput, ProfileOutput, StatusOutput } from "../../../src/entry/output.ts";
import { loudHooks, snapshot, userGit } from "../../adapters/git/user-tree.ts";
import { python, repository, run, said, start } from "./program.ts";

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
    const resumed = await run(optimize, root);
    const last = OptimizeOutput.parse(JSON.parse(resumed.stdout));
    const outcome = (it: typeof last) => it.experiments.map((one) => [one.number, one.technique, one.description, one.status]);
    expect(outcome(last), resumed.stderr).toEqual(outcome(expected));
    expect(snapshot(root)).toBe(before);
    expect(userGit(root, "worktree", "list").split("\n").length).toBe(1);
  }, 300_000);

  it("stops at a limit with exit code 3, and says what it did", async () => {
    const ended = await run([...optimize, "--max-time", "0.001"], repository());
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain("[limit] 0.001 minutes are over");
  }, 120_000);

  it("finishes the experiment under way on Ctrl-C, and goes on from there", async () => {
    const root = repository();
    const { child, ended } = start(optimize, root);
    await said(child, "[experiment 1] Implementing");
    child.kill("SIGINT");
    const stopped = await ended;
    expect(stopped.exitCode, stopped.stderr).toBe(130);
    expect(stopped.stderr).toContain("[stopping] after experiment 1");
    const answer = OptimizeOutput.parse(JSON.parse(stopped.stdout));
    expect(answer.experiments).toMatchObject([{ number: 1, status: "keep" }]);
    expect(userGit(root, "rev-parse", "codeflash/optimize").trim()).toBe(answer.head);
    const after = OptimizeOutput.parse(JSON.parse((await run(optimize, root)).stdout));
    expect(after).toMatchObject({ session: answer.session, outcome: "plateau" });
    const learned = readFileSync(join(root, ".codeflash/learnings.md"), "utf8");
    expect(learned).toContain(answer.head.slice(0, 12));
  }, 120_000);

  it("stops at once on a second Ctrl-C, and loses nothing", async () => {
    const root = repository();
    const { child, ended } = start(optimize, root);
    await said(child, "[experiment 1] Implementing");
    child.kill("SIGINT");
    await said(child, "[stopping]");
    child.kill("SIGINT");
    const stopped = await ended;
    expect(stopped.exitCode, stopped.stderr).toBe(130);
    const answer = OptimizeOutput.parse(JSON.parse(stopped.stdout));
    expect(answer.experiments).toEqual([]);
    const after = OptimizeOutput.parse(JSON.parse((await run(optimize, root)).stdout));
    expect(after).toMatchObject({ session: answer.session, experiments: [{ number: 1, status: "keep" }] });
  }, 120_000);

  it("begins anew where the commit or the branch is another, and what was found before is history", async () => {
    const root = repository();
    const first = OptimizeOutput.parse(JSON.parse((await run(optimize, root)).stdout));
    userGit(root, "commit", "-q", "--allow-empty", "-m", "the user goes on");
    const moved = await run(optimize, root);
    expect(moved.stderr).toContain(`session ${first.session} is not taken up, since the commit to start from moved`);
    expect(moved.stderr).toContain("[history] 1 earlier session, 1 change kept");
    expect(moved.stderr).toContain(`stays at refs/codeflash/${first.session}`);
    const second = OptimizeOutput.parse(JSON.parse(moved.stdout));
    expect(second.experiments).toMatchObject([{ status: "keep" }]);
    expect(userGit(root, "rev-parse", "codeflash/optimize").trim()).toBe(second.head);
    expect(userGit(root, "rev-parse", `refs/codeflash/${first.session}`).trim()).toBe(first.head);
    expect(existsSync(join(root, ".codeflash/history", first.session, "experiments/001/patch.diff"))).toBe(true);

    userGit(root, "checkout", "-q", "codeflash/optimize");
    userGit(root, "commit", "-q", "--amend", "-m", "mem: in my own words");
    const amended = userGit(root, "rev-parse", "HEAD").trim();
    userGit(root, "checkout", "-q", "main");
    const hand = await run(optimize, root);
    expect(hand.stderr).toContain("codeflash/optimize was changed by hand");
    expect(OptimizeOutput.parse(JSON.parse(hand.stdout))).toMatchObject({ base: amended, head: amended, experiments: [] });
    expect(readFileSync(join(root, ".codeflash/results.tsv"), "utf8").match(/\tbaseline\t/g)).toHaveLength(3);
  }, 240_000);

  it("tells of a journal that it cannot read, and leaves it as it is", async () => {
    const root = repository();
    const first = OptimizeOutput.parse(JSON.parse((await run([...optimize, "--max-time", "0.001"], root)).stdout));
    const text = readFileSync(first.records.journal, "utf8").replaceAll('{"v":1,', '{"v":99,');
    writeFileSync(first.records.journal, text);
    const other = await run([...optimize, "--max-time", "0.001"], root);
    expect(other.exitCode).toBe(3);
    expect(other.stderr).toContain("has version 99; this program reads version 1");
    expect(readFileSync(first.records.journal, "utf8")).toBe(text);
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
