import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Confinement } from "../src/adapters/isolation/confinement.ts";
import { runProcess } from "../src/adapters/isolation/run.ts";
import type { Figure } from "./figure.ts";
import { rungsHere } from "./rungs.ts";

const mostMs = 10;

/** What a program that does nothing takes from its start to its end. */
async function once(folder: string, confinement: Confinement | undefined): Promise<number> {
  const outcome = await runProcess({
    argv: ["/bin/true"],
    cwd: folder,
    env: { PATH: "/usr/bin:/bin" },
    stdoutPath: join(folder, "out"),
    stderrPath: join(folder, "err"),
    timeoutMs: 20_000,
    marker: `spawning-${process.pid}`,
    confinement,
    grounds: { writable: [folder], readOnly: [], shown: [] },
  });
  if (outcome.exitCode !== 0) throw new Error(`/bin/true ended with ${outcome.exitCode} (${confinement?.rung})`);
  return outcome.durationMs;
}

/** The fastest of many is what the sandbox costs; what is above that is the machine's other work. */
const least = (values: readonly number[]): number => Math.min(...values);

export const figure: Figure = {
  id: "R4",
  what: "what the sandbox that is used adds to a spawn",
  goal: `at most ${mostMs} ms`,
  bothUsers: true,
  async measure(scope) {
    const { here, skipped } = await rungsHere();
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "spawning-")));
    const kinds = [undefined, ...here];
    const times = new Map<string, number[]>();
    try {
      for (let round = 0; round < (scope === "full" ? 60 : 20); round++) {
        for (const kind of kinds) {
          const name = kind?.rung ?? "nothing";
          times.set(name, [...(times.get(name) ?? []), await once(folder, kind)]);
        }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const plain = least(times.get("nothing") as number[]);
    const added = here.map(({ rung }) => ({ rung, ms: least(times.get(rung) as number[]) - plain }));
    // The launcher below namespaces is a Python that starts for itself: it is told, and held to nothing.
    const slow = added.filter((it) => it.rung === here[0]?.rung && it.rung !== "landlock" && it.ms > mostMs);
    return {
      reached: added.map((it) => `${it.rung} +${it.ms.toFixed(1)} ms`).join(", "),
      shortfalls: slow.map((it) => `${it.rung} adds ${it.ms.toFixed(1)} ms`),
      skipped,
      details: { plainMs: plain, added },
    };
  },
};
