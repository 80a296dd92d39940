import { play } from "../test/deceptions/harness.ts";
import type { Patch } from "../test/deceptions/patches.ts";
import { testPython } from "../test/pythons.ts";
import type { Figure } from "./figure.ts";

const python = testPython();

/** Changes that change nothing but a name. */
const nothing = (index: number): Patch => ({
  name: `nothing ${index}`,
  site: "squares",
  edits: [
    [
      "    values = [i * i for i in range(n)]\n    return sum(values)\n",
      `    it_${index} = [i * i for i in range(n)]\n    return sum(it_${index})\n`,
    ],
  ],
  refused: /./,
});

export const figure: Figure = {
  id: "R12",
  what: "wins among experiments whose change does nothing, by the whole harness",
  goal: "at most 1 in 100",
  async measure(scope) {
    const count = scope === "full" ? 100 : 4;
    const { outcomes } = await play(
      Array.from({ length: count }, (_, index) => nothing(index)),
      { python },
    );
    const won = outcomes.filter((it) => it.refusal === null).length;
    const untried = outcomes.filter((it) => it.rule === "none").length;
    return {
      reached: `${won} of ${count}`,
      shortfalls: [
        ...(won <= count / 100 ? [] : [`${won} of ${count} were kept`]),
        ...(untried === 0 ? [] : [`${untried} were never tried`]),
      ],
      skipped: [],
      details: outcomes,
    };
  },
};
