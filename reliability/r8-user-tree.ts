import { crashes, undisturbed } from "../test/faults/session.ts";
import { testPython } from "../test/pythons.ts";
import type { Figure } from "./figure.ts";

const python = testPython();

export const figure: Figure = {
  id: "R8",
  what: "the user's tree, index, HEAD, refs, settings and hooks after a git of ours was cut short, loud hooks in place",
  goal: "byte-identical after every one, no hook run",
  async measure(scope) {
    const calm = await undisturbed(python);
    const all = calm.kinds.flatMap((kind, index) => (kind === "git" ? [index + 1] : []));
    const step = scope === "full" ? 3 : Math.ceil(all.length / 3);
    const chosen = all.filter((_, index) => index % step === 0);
    const results = [];
    for (const at of chosen) results.push(await crashes(python, [{ at, fault: "torn" }], calm));
    const wrong = results.filter((it) => it.wrong.length > 0);
    return {
      reached: `${results.length - wrong.length} of ${results.length} identical`,
      shortfalls: wrong.map((it) => `${it.at}: ${it.wrong.join("; ").slice(0, 400)}`),
      skipped: [],
      details: { gits: all.length },
    };
  },
};
