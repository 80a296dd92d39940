import { expect, it } from "vitest";
import { catalogue } from "../../../src/minds/catalogue/catalogue.ts";
import type { Evidence, Recipe } from "../../../src/minds/catalogue/recipe.ts";
import { proposal } from "../../method/state-builder.ts";

const forbidden = {
  technique: "asks",
  site: { file: "app.py", qualname: "main", line: 1 },
  subject: "x",
  evidenceBytes: 7,
  reason: "not seen",
};
const still: Recipe = {
  technique: "still",
  watch: () => ({}),
  propose: () => [{ kind: "proposal", proposal: proposal("still", 1) }],
};
const asks: Recipe = {
  technique: "asks",
  watch: () => ({ classes: [], values: [{ kind: "array", file: "app.py", at: [1, 0, 1, 4] }] }),
  propose: ({ usage }) =>
    usage === null ? [{ kind: "forbidden", forbidden }] : [{ kind: "proposal", proposal: proposal("asks", 2) }],
};

it("what asks the recorder waits for it, with the most that it could give; the rest stands", () => {
  const evidence = { usage: null } as unknown as Evidence;
  const mind = catalogue([still, asks]);
  const foreseen = mind.foresee?.(evidence);
  expect(foreseen?.proposals.map((it) => it.subject)).toEqual(mind.propose(evidence).proposals.map((it) => it.subject));
  expect(foreseen?.forbidden).toEqual([]);
  expect(foreseen?.waiting).toEqual([forbidden]);
});
