import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Confinement } from "../src/adapters/isolation/confinement.ts";
import { markerName } from "../src/adapters/isolation/processes.ts";
import { runProcess, sweepMarked } from "../src/adapters/isolation/run.ts";
import { wrap } from "../src/adapters/isolation/wrap.ts";
import { bearing, strays, straysMadeIn } from "../test/adapters/isolation/strays.ts";
import type { Figure } from "./figure.ts";
import { rungsHere } from "./rungs.ts";

interface Round {
  rung: string;
  made: number;
  alive: number;
  endingMs: number;
  /** Alive after the harness was killed and, below namespaces, the next start has swept. */
  aliveAfterOurDeath: number;
}

async function inFolder<T>(use: (folder: string, word: string) => Promise<T>): Promise<T> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "endings-")));
  try {
    return await use(folder, `word-${randomUUID()}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The program comes to its own end and leaves them. */
const left = (confinement: Confinement) =>
  inFolder(async (folder, word) => {
    const began = performance.now();
    const outcome = await runProcess({
      argv: [confinement.python, "-c", strays(word)],
      cwd: folder,
      env: process.env as Record<string, string>,
      stdoutPath: join(folder, "out"),
      stderrPath: join(folder, "err"),
      timeoutMs: 20_000,
      marker: `endings-${process.pid}-${word}`,
      confinement,
      grounds: { writable: [folder], readOnly: [], shown: [] },
    });
    const endingMs = performance.now() - began - outcome.durationMs;
    return { made: straysMadeIn(folder), alive: bearing(word), endingMs };
  });

/** A harness that starts the same program as we do is ended by `kill -9` while it runs. */
const orphaned = (confinement: Confinement) =>
  inFolder(async (folder, word) => {
    const marker = `orphans-${process.pid}-${word}`;
    const { argv } = wrap({
      argv: [confinement.python, "-c", strays(word, "time.sleep(300)")],
      cwd: folder,
      confinement,
      grounds: { writable: [folder], readOnly: [], shown: [] },
    });
    const code = "const [c, ...a] = JSON.parse(process.argv[1]); require('node:child_process').spawn(c, a, { detached: true });";
    const harness = spawn(process.execPath, ["-e", `${code} setInterval(() => 0, 1000)`, JSON.stringify(argv)], {
      cwd: folder,
      env: { ...process.env, [markerName]: marker },
      stdio: "ignore",
    });
    const until = performance.now() + 20_000;
    while (straysMadeIn(folder) < 4 && performance.now() < until) await sleep(10);
    const ended = new Promise((done) => harness.once("exit", done));
    harness.kill("SIGKILL");
    await ended;
    if (confinement.rung !== "namespaces") await sweepMarked(marker);
    for (const last = performance.now() + 2000; bearing(word) > 0 && performance.now() < last; ) await sleep(5);
    const alive = bearing(word);
    await sweepMarked(marker);
    return straysMadeIn(folder) === 4 ? alive : Number.NaN;
  });

/** The time is the best of several rounds: a machine that is busy with other things is no fault of ours. */
async function onRung(confinement: Confinement, rounds: number): Promise<Round> {
  const found = [];
  for (let round = 0; round < rounds; round++) found.push(await left(confinement));
  return {
    rung: confinement.rung,
    made: Math.min(...found.map((it) => it.made)),
    alive: Math.max(...found.map((it) => it.alive)),
    endingMs: Math.min(...found.map((it) => it.endingMs)),
    aliveAfterOurDeath: await orphaned(confinement),
  };
}

export const figure: Figure = {
  id: "R2",
  what: "stray processes after a run, and after our own kill -9",
  goal: "0 of 4 in at most 100 ms on every rung; after kill -9 0 with namespaces, and 0 below once swept",
  bothUsers: true,
  async measure(scope) {
    const { here, skipped } = await rungsHere();
    const rounds: Round[] = [];
    for (const confinement of here) rounds.push(await onRung(confinement, scope === "full" ? 5 : 3));
    return {
      reached: rounds.map((it) => `${it.rung}: ${it.alive} of ${it.made} in ${it.endingMs.toFixed(0)} ms`).join(", "),
      shortfalls: rounds.flatMap((it) => [
        ...(it.made === 4 ? [] : [`${it.rung}: only ${it.made} of 4 strays were made`]),
        ...(it.alive === 0 ? [] : [`${it.rung}: ${it.alive} outlived the run`]),
        ...(it.endingMs <= 100 ? [] : [`${it.rung}: ending them took ${it.endingMs.toFixed(0)} ms`]),
        ...(it.aliveAfterOurDeath === 0 ? [] : [`${it.rung}: ${it.aliveAfterOurDeath} outlived our own kill -9`]),
      ]),
      skipped,
      details: rounds,
    };
  },
};
