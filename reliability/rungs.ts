import type { Confinement } from "../src/adapters/isolation/confinement.ts";
import { probeRung } from "../src/adapters/isolation/standing.ts";
import { readableFor } from "../src/entry/isolate.ts";
import { environmentOf, levelOf, standingOf } from "../src/method/isolation.ts";
import type { Rung } from "../src/vocabulary/isolation.ts";
import { Settings } from "../src/vocabulary/settings.ts";
import { interpreter } from "./interpreter.ts";

/** The rungs that hold on this machine, as a model's runs stand on them, and why the others do not. */
export async function rungsHere(): Promise<{ here: Confinement[]; skipped: string[] }> {
  const python = await interpreter();
  const readable = readableFor(python, Settings.parse({}), process.cwd());
  const here: Confinement[] = [];
  const skipped: string[] = [];
  for (const rung of ["namespaces", "landlock", "process"] satisfies Rung[]) {
    const probed =
      rung === "process"
        ? { results: [], why: null }
        : await probeRung(rung, { executable: python.executable, readable }, (ours) => environmentOf(ours, "closed", []));
    const why = probed.why ?? standingOf(rung, probed.results).why;
    if (why !== null) skipped.push(`${levelOf(rung)} ${rung}: ${why}`);
    else here.push({ rung, view: "closed", network: false, python: python.executable, readable });
  }
  return { here, skipped };
}
