import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { OptimizeOutput } from "../../../src/entry/output.ts";
import { Thresholds } from "../../../src/vocabulary/settings.ts";
import { snapshot, userGit } from "../../adapters/git/user-tree.ts";
import { aSeed, randomFrom } from "../../faults/seed.ts";
import { python, repository, run, start } from "./program.ts";

const optimize = ["optimize", "app.py", "--python", python, "--pairs", "2", "--allow", "slow", "--json", "--full"];
const interruptions = 20;

/** The smallest difference of process peaks that counts, and what two rounded figures may add to it (MiB). */
const { processFloorMib } = Thresholds.parse({});
const rounding = 0.1001;
/** Which dead attribute names CPython's method cache keeps alive depends on their addresses, which differ in each run (bytes). */
const fewNames = 1024;
const inMib = /\d+\.\d(?= MiB)/g;
const wordsOf = (reason: string | null) => reason?.replace(inMib, "…") ?? null;
const figuresIn = (reason: string | null): number[] => (reason?.match(inMib) ?? []).map(Number);

it(`ends like an undisturbed session after ${interruptions} interruptions at random moments`, async () => {
  const seed = aSeed();
  console.info(`seed ${seed}: set CODEFLASH_MEMORY_SEED to repeat it`);
  const random = randomFrom(seed);
  const calm = OptimizeOutput.parse(JSON.parse((await run(optimize, repository())).stdout));
  const root = repository();
  const before = snapshot(root);
  let ended = 0;
  for (let n = 0; n < interruptions; n++) {
    const { child, ended: end } = start(optimize, root);
    await Promise.race([end, sleep(300 + random() * 1700)]);
    child.kill(random() < 0.7 ? "SIGKILL" : random() < 0.5 ? "SIGTERM" : "SIGINT");
    if (random() < 0.3) child.kill("SIGINT");
    const { exitCode } = await end;
    if (exitCode === 0) ended += 1;
  }
  const last = await run(optimize, root);
  expect(last.exitCode, last.stderr).toBe(0);
  const answer = OptimizeOutput.parse(JSON.parse(last.stdout));
  const told = (it_: typeof answer) =>
    it_.experiments.map((one) => [one.number, one.technique, one.description, one.status, wordsOf(one.reason)]);
  const figures = (it_: typeof answer) => it_.experiments.flatMap((one) => figuresIn(one.reason));
  expect(told(answer), `seed ${seed}, ${ended} of them ended by themselves\n${last.stderr}`).toEqual(told(calm));
  // A reason tells what the process saved, which no two sessions measure alike; the heap's peaks, below, are alike but for some names.
  for (const [index, mib] of figures(answer).entries())
    expect(Math.abs(mib - (figures(calm)[index] ?? Number.NaN)), `seed ${seed}`).toBeLessThan(processFloorMib + rounding);
  for (const side of ["before", "after"] as const)
    expect(Math.abs((answer.heapPeakBytes[side] ?? Number.NaN) - (calm.heapPeakBytes[side] ?? 0)), side).toBeLessThan(fewNames);
  expect(userGit(root, "diff", "main", answer.head)).toContain("del lines");
  expect(userGit(root, "rev-list", "--count", `main..${answer.head}`).trim()).toBe(
    String(calm.experiments.filter((it_) => it_.status === "keep").length),
  );
  expect(snapshot(root)).toBe(before);
  expect(userGit(root, "worktree", "list").split("\n")).toHaveLength(1);
}, 300_000);
