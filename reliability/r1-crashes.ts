import { killedAtEveryEntry } from "../test/faults/kills.ts";
import type { Fault } from "../test/faults/plan.ts";
import { aSeed, randomFrom } from "../test/faults/seed.ts";
import { crashes, undisturbed } from "../test/faults/session.ts";
import { testPython } from "../test/pythons.ts";
import type { Figure } from "./figure.ts";

const python = testPython();
const faults: readonly Fault[] = ["kill", "torn", "ENOSPC", "EIO"];

export const figure: Figure = {
  id: "R1",
  what: "crash points after which a session comes to the identical end, the user's files untouched and no answer paid for twice",
  goal: "100 % of at least 70 points by kill, half an effect, a full disk or a failing one in turns; double faults by seed; SIGKILL at every entry",
  async measure(scope) {
    const calm = await undisturbed(python);
    const seed = aSeed();
    const random = randomFrom(seed);
    const points = Array.from({ length: calm.effects }, (_, index) => index + 1);
    // Each point once, the faults in turns: the seed says which fault comes first.
    const step = scope === "full" ? 1 : Math.ceil(calm.effects / 5);
    const chosen = points.filter((at) => at % step === 0);
    const plans = chosen.map((at, index) => [{ at, fault: faults[(index + seed) % faults.length] as Fault }]);
    const doubles = Array.from({ length: scope === "full" ? 40 : 2 }, () =>
      [0, 1].map(() => ({
        at: 1 + Math.floor(random() * calm.effects),
        fault: faults[Math.floor(random() * faults.length)] as Fault,
      })),
    );
    const results = [];
    for (const plan of [...plans, ...doubles]) results.push(await crashes(python, plan, calm));
    const wrong = results.filter((it) => it.wrong.length > 0);
    // In short, this half is a test of its own beside the doors.
    const killed = scope === "full" ? await killedAtEveryEntry({ torn: true }) : null;
    const lives = killed
      ? `; ${killed.lives} lives of the built program, each ended by SIGKILL at an entry or in its middle`
      : "";
    return {
      reached: `${results.length - wrong.length} of ${results.length} (${chosen.length} points of ${calm.effects}, ${doubles.length} double faults, seed ${seed})${lives}`,
      shortfalls: [
        ...wrong.map((it) => `${it.at}: ${it.wrong.join("; ").slice(0, 600)}`),
        ...(killed?.wrong ?? []).map((it) => `SIGKILL: ${it.slice(0, 600)}`),
        ...(calm.effects >= 70 ? [] : [`a session has only ${calm.effects} points`]),
      ],
      skipped: [],
      details: { seed, kinds: calm.kinds },
    };
  },
};
