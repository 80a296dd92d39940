import type { FileFacts } from "../../../vocabulary/facts.ts";
import type { InPlaceSite } from "../../../vocabulary/facts-expressions.ts";
import type { ValueUsageOf } from "../../../vocabulary/usage-values.ts";
import {
  forbid,
  largeSites,
  type Measured,
  propose,
  seenWords,
  size,
  unseen,
  usageOf,
  visibleAndExercised,
} from "../expressions.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";

const technique = "compute-in-place";

/** `x *= 2.0` for `x = x * 2.0`: an array of the function's own that nobody else sees takes its own elementwise result (catalogue 36). */
export const computeInPlace: Recipe = {
  technique,
  watch: (evidence) => ({
    values: large(evidence)
      .filter(({ fact }) => fact.blockers.length === 0)
      .flatMap(({ file, fact }) =>
        [fact.operandAt, fact.resultAt].map((at) => ({ kind: "array" as const, file: file.file, at })),
      ),
  }),
  propose: (evidence) => {
    const judged = large(evidence).map((it) => ({ ...it, verdict: judge(evidence, it) }));
    const refused = judged.flatMap(({ verdict }) => (typeof verdict === "string" ? [] : [verdict]));
    const groups = new Map<string, Site[]>();
    for (const { verdict: dtype, ...it } of judged) {
      const key = `${it.file.file} ${it.fact.function.line} ${it.fact.name}`;
      if (typeof dtype === "string") groups.set(key, [...(groups.get(key) ?? []), { ...it, dtype }]);
    }
    return [...refused, ...[...groups.values()].flatMap((it) => proposalFor(evidence, it))];
  },
};

interface Large {
  file: FileFacts;
  fact: InPlaceSite;
  bytes: Measured;
}

/** A statement that may be changed, and the type of the array's elements. */
type Site = Large & { dtype: string };

/** Statements inside of which the peak stands: afterwards the old array is gone by itself. */
function large(evidence: Evidence): Large[] {
  return largeSites(evidence, "inPlace", "risingBytes");
}

/** The type of the elements; a finding where a precondition fails. */
function judge(evidence: Evidence, { file, fact, bytes }: Large): string | Finding {
  const refuse = (reason: string) => forbid(technique, fact.function, fact.text, bytes.risingBytes, reason);
  const [blocker] = fact.blockers;
  if (blocker) return refuse(blocker);
  const operand = usageOf(evidence, "array", file.file, fact.operandAt);
  const result = usageOf(evidence, "array", file.file, fact.resultAt);
  if (!operand || !result) return refuse(unseen(evidence, `${fact.text} (${file.file}:${fact.line})`));
  const fault = faultOf(fact, operand, result, seenWords(evidence, operand));
  return fault === null ? operand.dtypes.join(", ") : refuse(fault);
}

/** All statements of one array together: the peak is as high as the highest that is left. */
function proposalFor(evidence: Evidence, group: Site[]): Finding[] {
  const [first] = [...group].sort((a, b) => b.bytes.risingBytes - a.bytes.risingBytes);
  if (!first) return [];
  const { fact, bytes, file } = first;
  const places = group.map((it) => `${it.file.file}:${it.fact.line}`).join(", ");
  const dtype = [...new Set(group.map((it) => it.dtype))].join(", ");
  const rising = size(bytes.risingBytes);
  const finding = propose({
    technique,
    site: fact.function,
    subject: group.map((it) => it.fact.text).join("; "),
    description: `${fact.name} in ${fact.function.qualname}`,
    summary: `compute ${fact.name} in place in ${fact.function.qualname}`,
    category: "image-buffers",
    evidenceBytes: bytes.risingBytes,
    expectedBytes: bytes.risingBytes,
    evidence: `the heap rises by ${rising} into its peak while ${places} runs; recorded: ${fact.name} and its results are arrays of ${dtype}`,
    edits: group
      .map((it) => ({ file: file.file, start: it.fact.span[0], end: it.fact.span[1], text: it.fact.written }))
      .sort((a, b) => a.start - b.start),
    declaredCosts: [
      `if ${fact.name} had another type of elements than its result, an error would be raised or digits lost: all that were seen are ${dtype}`,
    ],
    answers: {
      ...visibleAndExercised(evidence, places, { ...bytes, heldBytes: 0 }),
      reducible: `avoided: ${rising} are a second array beside ${fact.name}, of the same shape and type`,
      mechanism: `each element's result takes its place in ${fact.name}, so that no second array of ${rising} stands beside it at ${places}`,
      productionSafe: `yes: ${fact.name} is made by ${fact.function.qualname} itself and no other name or view of it exists there; the same operations on the same elements, bit by bit`,
      verifyCheaply: `peak of ${fact.function.qualname} alone on a recorded argument, results compared bit by bit`,
    },
  });
  return [finding];
}

function faultOf(fact: InPlaceSite, operand: ValueUsageOf<"array">, result: ValueUsageOf<"array">, words: string): string | null {
  const strange = [...operand.types, ...result.types].find((it) => it !== "numpy.ndarray");
  if (strange) return `${fact.name} or its result was a ${strange} in ${words}, not a plain array`;
  const dtypes = new Set([...operand.dtypes, ...result.dtypes]);
  if (dtypes.size !== 1)
    return `${fact.name} and its result have elements of ${[...dtypes].join(" and ")}, which do not fit into one array`;
  const [dtype] = dtypes;
  return dtype && /^(u?int\d+|float(16|32|64)|complex(64|128))$/.test(dtype) ? null : `${fact.name} has elements of ${dtype}`;
}
