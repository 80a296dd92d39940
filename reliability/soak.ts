import { KilledSession } from "../test/faults/kills.ts";
import type { Fault } from "../test/faults/plan.ts";
import { aSeed, randomFrom } from "../test/faults/seed.ts";
import { crashes, type Lived, undisturbed } from "../test/faults/session.ts";
import { testPython } from "../test/pythons.ts";
import type { Figure } from "./figure.ts";

const python = testPython();
const faults: readonly Fault[] = ["kill", "torn", "ENOSPC", "EIO"];

/** One session that is disturbed as its seed says. Null: it came to the same end as an undisturbed one; else what is wrong. */
async function round(seed: number, calm: Lived, calmEnd: string): Promise<string | null> {
  const random = randomFrom(seed);
  const upTo = (most: number) => Math.floor(random() * most);
  if (random() < 0.5) {
    const plan = Array.from({ length: 1 + upTo(4) }, () => ({
      at: 1 + upTo(calm.effects),
      fault: faults[upTo(faults.length)] as Fault,
    }));
    const { wrong, at } = await crashes(python, plan, calm);
    return wrong.length === 0 ? null : `${at}: ${wrong.join("; ")}`;
  }
  const session = new KilledSession();
  try {
    for (let life = 2 + upTo(7); life > 0; life--) {
      if (random() < 0.5) await session.live({ after: upTo(6), torn: random() < 0.5 });
      else await session.liveFor(200 + upTo(6000));
      if (!session.untouched()) return "the user's files were touched";
    }
    const end = await session.end();
    if (!session.untouched()) return "the user's files were touched";
    return end === calmEnd ? null : `it ends otherwise: ${end}`;
  } catch (error) {
    return String(error);
  } finally {
    session.dispose();
  }
}

/** `npm run reliability -- --soak MINUTES`: sessions that are disturbed by chance, one after the other. One round at least. */
export const figure: Figure = {
  id: "SOAK",
  what: "sessions with faults and kills by seed, in process and as the built program, one after the other",
  goal: "each comes to the same end, the user's files untouched",
  async measure() {
    const seed = aSeed();
    const until = Date.now() + Number(process.env["CODEFLASH_MEMORY_SOAK_MINUTES"] ?? 0) * 60_000;
    console.error(`     seed ${seed}; one round again: CODEFLASH_MEMORY_SEED=<its seed> npm run reliability -- --soak 0`);
    const calm = await undisturbed(python);
    const session = new KilledSession();
    const calmEnd = await session.end();
    session.dispose();
    const wrong: string[] = [];
    let rounds = 0;
    do {
      const why = await round(seed + rounds, calm, calmEnd);
      if (why !== null) wrong.push(`seed ${seed + rounds}: ${why.slice(0, 1500)}`);
      console.error(
        `     round ${rounds + 1}, seed ${seed + rounds}: ${why === null ? "the same end" : `WRONG: ${why.slice(0, 300)}`}`,
      );
      rounds += 1;
    } while (Date.now() < until);
    return {
      reached: `${rounds - wrong.length} of ${rounds} sessions, from seed ${seed}`,
      shortfalls: wrong,
      skipped: [],
      details: { seed, rounds },
    };
  },
};
