import { type Outcome, type Played, play } from "../test/deceptions/harness.ts";
import { honest, leaves, measured, type Patch, plain } from "../test/deceptions/patches.ts";
import { testPython } from "../test/pythons.ts";
import type { Figure } from "./figure.ts";

const python = testPython();

/** One of each kind: by the syntax tree, by outcome, by repeated calls, by size; and two honest ones. */
const few = {
  plain: ["the one who measures is stopped", "a map with a reason, and no leave", "a caller's list is emptied without a word"],
  measured: [
    "the answer is kept for the next call",
    "the one input that is measured has its own way",
    "what it says is right for the inputs of the tests alone",
  ],
  honest: ["one header is looked at", "an input is freed"],
};

export const figure: Figure = {
  id: "R7",
  what: "deceptive patches rejected and honest ones kept by the whole harness, no model deciding",
  goal: "at least 20 rejected for the right reason, at least 10 kept, 0 errors",
  async measure(scope) {
    const chosen = (all: readonly Patch[], names: readonly string[]) =>
      scope === "full" ? all : all.filter((it) => names.includes(it.name));
    const games: [readonly Patch[], Played][] = [];
    for (const [patches, allow] of [
      [chosen(plain, few.plain), []],
      [chosen(measured, few.measured), leaves],
      [chosen(honest, few.honest), []],
    ] as const)
      games.push([patches, await play(patches, { python, allow })]);
    const all = games.flatMap(([patches, { outcomes }]) =>
      outcomes.map((it, index) => ({ patch: patches[index] as Patch, ...it })),
    );
    const wrong = all.filter((it) => !right(it.patch, it));
    const rejected = all.filter((it) => it.patch.refused !== null && right(it.patch, it)).length;
    const kept = all.filter((it) => it.patch.refused === null && right(it.patch, it)).length;
    return {
      reached: `${rejected} rejected, ${kept} kept, ${wrong.length} wrong`,
      shortfalls: [
        ...wrong.map((it) => `"${it.name}": ${it.refusal ?? "it was kept"}`),
        ...(scope === "full" && rejected < 20 ? [`only ${rejected} deceptive ones`] : []),
        ...(scope === "full" && kept < 10 ? [`only ${kept} honest ones`] : []),
        ...(games.every(([, it]) => it.untouched) ? [] : ["the user's files were touched"]),
      ],
      skipped: [],
      details: all.map(({ name, refusal, rule }) => ({ name, refusal, rule })),
    };
  },
};

const right = ({ refused }: Patch, { refusal }: Outcome): boolean =>
  refused === null ? refusal === null : refusal !== null && refused.test(refusal);
