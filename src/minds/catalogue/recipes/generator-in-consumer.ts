import type { ConsumedList } from "../../../vocabulary/facts-expressions.ts";
import { forbid, laterErrors, measured, propose, sites, size, visibleAndExercised } from "../expressions.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";

const technique = "generator-in-consumer";

/** What of the statement's memory is the list: all of it where the consumer keeps nothing, else what catalogue rows 21 and 22 measured. */
const shares: Record<string, number> = {
  sorted: 0.49,
  set: 0.3,
  frozenset: 0.3,
  dict: 0.3,
  "collections.Counter": 0.3,
  extend: 0.5,
  update: 0.3,
};

/** Rows 21 and 22: a list that only the call around it runs through. */
export const generatorInConsumer: Recipe = {
  technique,
  watch: () => ({}),
  propose: (evidence) => sites(evidence, "consumedLists").flatMap(({ file, fact }) => judge(evidence, file.file, fact)),
};

function judge(evidence: Evidence, file: string, list: ConsumedList): Finding[] {
  const bytes = measured(evidence, file, list.line, list.endLine);
  if (bytes.bytes < evidence.floorBytes) return [];
  const no = (reason: string): Finding[] => [forbid(technique, list.function, list.text, bytes.bytes, reason)];
  const [blocker] = list.blockers;
  if (blocker) return no(blocker);
  const [effect] = list.effects;
  if (effect) {
    return no(
      list.kind === "short-circuits"
        ? `${list.consumer}() stops early, and making an element does more than give a value: ${effect}`
        : `making an element does more than give a value, which would happen in another order: ${effect}`,
    );
  }
  const place = `${file}:${list.line}`;
  const [start, end] = list.span;
  const expectedBytes = Math.round(bytes.bytes * (shares[list.consumer] ?? 1));
  const costs = laterErrors(list.raises);
  return [
    propose({
      technique,
      site: list.function,
      subject: list.text,
      description: `list inside ${list.consumer}() in ${list.function.qualname}`,
      summary: `feed ${list.consumer}() in ${list.function.qualname} from a generator`,
      evidenceBytes: bytes.bytes,
      expectedBytes,
      evidence: `${bytes.words}; the list is built only for ${list.consumer}(), which takes its elements one by one`,
      edits: [{ file, start, end, text: list.alone ? list.inner : `(${list.inner})` }],
      declaredCosts:
        list.kind === "grows"
          ? costs.map((it) => `${it}; elements taken before have been written by then`)
          : list.kind === "short-circuits" && costs.length > 0
            ? [`${costs[0]}, and not at all behind the element that decides`]
            : costs,
      answers: {
        ...visibleAndExercised(evidence, place, bytes),
        reducible: `avoided: up to ${size(expectedBytes)} are a list that ${list.consumer}() runs through once and drops`,
        mechanism: `a generator hands ${list.consumer}() at ${place} one element at a time, so the list of up to ${size(expectedBytes)} is never built`,
        productionSafe: `yes: the same elements in the same order; making one is free of effects; time of a full run measured between 0.55 and 1.3 times`,
        verifyCheaply: `peak of ${list.function.qualname} alone on a recorded argument, list against generator`,
      },
    }),
  ];
}
