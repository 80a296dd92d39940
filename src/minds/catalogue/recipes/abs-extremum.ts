import type { AbsExtremum } from "../../../vocabulary/facts-expressions.ts";
import type { ValueUsageOf } from "../../../vocabulary/usage-values.ts";
import { forbid, largeSites, propose, seenWords, size, unseen, usageOf, visibleAndExercised } from "../expressions.ts";
import type { Finding, Recipe } from "../recipe.ts";

const technique = "abs-extremum";

/**
 * `np.abs(a).max()` without the array of absolute values: the largest absolute value is that of the largest or of the
 * smallest element. `np.maximum` hands a NaN on as `max` does; `abs` of the two scalars keeps the sign of zero away.
 */
export const absExtremum: Recipe = {
  technique,
  watch: (evidence) => ({
    values: largeSites(evidence, "absExtrema")
      .filter(({ fact }) => fact.blockers.length === 0)
      .map(({ file, fact }) => ({ kind: "array", file: file.file, at: fact.operandAt })),
  }),
  propose: (evidence) =>
    largeSites(evidence, "absExtrema").map(({ file, fact, bytes }): Finding => {
      const seen = usageOf(evidence, "array", file.file, fact.operandAt);
      const fault =
        fact.blockers[0] ??
        (seen ? faultOf(fact, seen, seenWords(evidence, seen)) : unseen(evidence, `${fact.text} (${file.file}:${fact.line})`));
      if (fault !== null || !seen) return forbid(technique, fact.function, fact.text, bytes.bytes, fault ?? "");
      const place = `${file.file}:${fact.line}`;
      const words = seenWords(evidence, seen);
      const { numpy, operand } = fact;
      return propose({
        technique,
        site: fact.function,
        subject: fact.text,
        description: `${fact.text} in ${fact.function.qualname}`,
        summary: `take the largest absolute value of ${operand} from its two extremes`,
        category: "image-buffers",
        evidenceBytes: bytes.bytes,
        expectedBytes: bytes.bytes,
        evidence: `${bytes.words}; recorded in ${words}: ${operand} is an array of ${seen.dtypes.join(", ")}`,
        edits: [
          {
            file: file.file,
            start: fact.span[0],
            end: fact.span[1],
            text: `${numpy}.maximum(abs(${operand}.max()), abs(${operand}.min()))`,
          },
        ],
        declaredCosts: [
          "an array of integers that contains the lowest number of its type may give another result: none was seen in the recorded runs",
        ],
        answers: {
          ...visibleAndExercised(evidence, place, bytes),
          reducible: `avoided: ${size(bytes.bytes)} are the absolute values of ${operand}, of which one is needed`,
          mechanism: `two runs over ${operand} without a temporary array replace one over its absolute values of ${size(bytes.bytes)} at ${place}`,
          productionSafe: `yes: equal for ${seen.dtypes.join(", ")}, NaN included; an empty array raises ValueError in both forms`,
          verifyCheaply: `peak of ${fact.function.qualname} alone on a recorded argument, results compared bit by bit`,
        },
      });
    }),
};

function faultOf(fact: AbsExtremum, seen: ValueUsageOf<"array">, words: string): string | null {
  const strange = seen.types.find((it) => it !== "numpy.ndarray");
  if (strange) return `${fact.operand} was a ${strange} in ${words}, not a plain array`;
  const dtype = seen.dtypes.find((it) => !/^u?int\d+$|^float(16|32|64)$/.test(it));
  if (dtype) return `${fact.operand} has elements of ${dtype}: the rule holds for real floats and integers only`;
  if (seen.lowest > 0)
    return `${fact.operand} contains the lowest number of its type in ${seen.lowest} of ${words}: its absolute value does not exist`;
  return null;
}
