import { runProbes } from "../src/adapters/isolation/probes.ts";
import { probeRung } from "../src/adapters/isolation/standing.ts";
import { isolate, readableFor } from "../src/entry/isolate.ts";
import { environmentOf, levelOf } from "../src/method/isolation.ts";
import { type ProbeResult, probeNames, type Rung } from "../src/vocabulary/isolation.ts";
import { Settings } from "../src/vocabulary/settings.ts";
import type { Figure } from "./figure.ts";
import { interpreter } from "./interpreter.ts";

const wanted = { namespaces: 9, landlock: 7 };
const openOf = (probes: readonly ProbeResult[]) => probes.filter((it) => it.open).map((it) => it.name);

export const figure: Figure = {
  id: "R3",
  what: "of the nine probes, how many each rung blocks",
  goal: "9 of 9 with namespaces, 7 of 9 with landlock; what is printed is what was probed",
  bothUsers: true,
  async measure() {
    const python = await interpreter();
    const settings = Settings.parse({});
    const readable = readableFor(python, settings, process.cwd());
    const closed = (ours: Record<string, string | undefined>) => environmentOf(ours, "closed", []);
    const found: Record<string, { open: string[]; why: string | null }> = {};
    const [shortfalls, skipped]: [string[], string[]] = [[], []];
    // A bait that a mere process with our environment cannot take either would prove nothing.
    const bare = await runProbes(
      { rung: "process", view: "open", network: true, python: python.executable, readable: [] },
      (ours) => environmentOf(ours, "open", []),
    );
    const leaks = openOf(bare.results);
    if (leaks.length < 8) shortfalls.push(`a mere process is kept from too much already: only ${leaks.join(", ")} are open`);
    for (const rung of ["namespaces", "landlock"] satisfies Rung[]) {
      const { results, why } = await probeRung(rung, { executable: python.executable, readable }, closed);
      found[rung] = { open: openOf(results), why };
      const blocked = probeNames.length - openOf(results).length;
      if (why !== null) skipped.push(`${levelOf(rung)} ${rung}: ${why}`);
      else if (blocked < wanted[rung]) shortfalls.push(`${rung} blocks ${blocked}; open: ${openOf(results).join(", ")}`);
    }
    const told = await isolate(
      { settings: { ...settings, allow: ["net"] }, interpreter: python, root: process.cwd() },
      "mind",
    ).then(
      (it) => it.record(),
      () => null,
    );
    if (told) {
      const same = openOf(told.probes).filter((it) => it !== "connect to loopback by TCP");
      const probed = (found[told.rung]?.open ?? []).filter((it) => it !== "connect to loopback by TCP");
      if (same.join() !== probed.join()) shortfalls.push(`the record says ${same.join()}, the probes ${probed.join()}`);
      if (!openOf(told.probes).includes("connect to loopback by TCP")) shortfalls.push("--allow net leaves the network closed");
    }
    const words = Object.entries(found).filter(([, it]) => it.why === null);
    return {
      reached: [
        `a mere process leaves ${leaks.length} open`,
        ...words.map(([rung, it]) => `${rung} blocks ${probeNames.length - it.open.length} of ${probeNames.length}`),
      ].join(", "),
      shortfalls,
      skipped,
      details: { bare: leaks, ...found },
    };
  },
};
