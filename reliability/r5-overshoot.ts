import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { limitShare, runProcess } from "../src/adapters/isolation/run.ts";
import { aPython } from "../test/pythons.ts";
import type { Figure } from "./figure.ts";
import { rungsHere } from "./rungs.ts";

const mebibyte = 2 ** 20;
const most = 64 * mebibyte;
const chunk = 4 * mebibyte;

/** Takes memory as fast as it can be touched, and tells how much in a file that lies mapped, so that its end loses nothing. */
const greedy = `
import mmap, sys
with open(sys.argv[1], "r+b") as file:
    told = mmap.mmap(file.fileno(), 8)
held = []
while True:
    held.append(b"x" * ${chunk})
    told[:8] = (${chunk} * len(held)).to_bytes(8, "little")
`;

export const figure: Figure = {
  id: "R5",
  what: "how far a program that takes memory at full speed comes past its limit",
  goal: `at most ${most / mebibyte} MiB, and we are still here`,
  bothUsers: true,
  async measure(scope) {
    const { here, skipped } = await rungsHere();
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "greedy-")));
    const limits = (scope === "full" ? [256, 512, 1024, 2048] : [512]).map((it) => it * mebibyte);
    const found: { rung: string; limitBytes: number; overBytes: number; ended: boolean }[] = [];
    try {
      writeFileSync(join(folder, "greedy.py"), greedy);
      for (const confinement of [undefined, ...here]) {
        for (const limitBytes of limits) {
          const told = join(folder, "told");
          writeFileSync(told, Buffer.alloc(8));
          const { overMemory } = await runProcess({
            argv: [aPython().executable, join(folder, "greedy.py"), told],
            cwd: folder,
            env: { PATH: "/usr/bin:/bin" },
            stdoutPath: join(folder, "out"),
            stderrPath: join(folder, "err"),
            timeoutMs: 60_000,
            memoryLimitBytes: limitBytes,
            marker: `greedy-${process.pid}`,
            confinement,
            grounds: { writable: [folder], readOnly: [], shown: [] },
          });
          const held = Number(readFileSync(told).readBigUInt64LE());
          const overBytes = held - limitShare * limitBytes;
          found.push({ rung: confinement?.rung ?? "nothing", limitBytes, overBytes, ended: overMemory });
        }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const worst = Math.max(...found.map((it) => it.overBytes));
    const wrong = found.filter((it) => it.overBytes > most || !it.ended);
    return {
      reached: `at most ${(worst / mebibyte).toFixed(0)} MiB past the mark in ${found.length} runs`,
      shortfalls: wrong.map(
        (it) =>
          `${it.rung}, limit ${it.limitBytes / mebibyte} MiB: ${(it.overBytes / mebibyte).toFixed(0)} MiB past the mark${it.ended ? "" : ", not ended by us"}`,
      ),
      skipped,
      details: found,
    };
  },
};
