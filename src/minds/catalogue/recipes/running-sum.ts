import type { FileFacts } from "../../../vocabulary/facts.ts";
import type { PaddedSum } from "../../../vocabulary/facts-expressions.ts";
import { forbid, type Measured, measured, propose, sites, size, visibleAndExercised } from "../expressions.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";

const technique = "running-sum";

/** Row 40's neighbour: arrays that are listed, measured for the longest and added up one by one; the sum can grow with them instead. */
export const runningSum: Recipe = {
  technique,
  watch: () => ({}),
  propose: (evidence) =>
    sites(evidence, "paddedSums")
      .map(({ file, fact }) => ({ file, fact, bytes: bytesOf(evidence, file.file, fact) }))
      .filter(({ bytes }) => bytes.bytes >= evidence.floorBytes)
      .map(({ file, fact, bytes }) => judge(evidence, file, fact, bytes)),
};

function judge(evidence: Evidence, file: FileFacts, sum: PaddedSum, bytes: Measured): Finding {
  const [blocker] = sum.blockers;
  if (blocker) return forbid(technique, sum.function, sum.name, bytes.bytes, blocker);
  const [start, end] = sum.lines;
  return propose({
    technique,
    site: sum.function,
    subject: sum.name,
    description: `${sum.name} in ${sum.function.qualname}`,
    summary: `add each of ${sum.name} into ${sum.total} as it comes in ${sum.function.qualname}`,
    category: "image-buffers",
    evidenceBytes: bytes.bytes,
    expectedBytes: bytes.bytes,
    evidence: `${bytes.words}; ${sum.name} is only measured for its longest array and added up`,
    edits: [{ file: file.file, start, end, text: textOf(sum).join(file.newline) }],
    declaredCosts: [
      `without any array ${sum.total} is empty, where taking the longest of none raised an error`,
      `where a later array is longer than all before, ${sum.total} is copied into a longer one`,
      `an array that the next call overwrites is added before it is, not as the last call left it`,
    ],
    answers: {
      ...visibleAndExercised(evidence, `${file.file}:${sum.line}`, bytes),
      reducible: `avoided: of the ${size(bytes.bytes)} of ${sum.name} one array is needed at a time`,
      mechanism: `each array goes when the next one is made, so the ${size(bytes.bytes)} of ${sum.name} never stand together`,
      productionSafe: "yes: the same additions in the same order, bit by bit the same sum; nothing else reads the list",
      verifyCheaply: `peak of ${sum.function.qualname} alone on a recorded argument, results compared bit by bit`,
    },
  });
}

/** What the lines hold; where it is more, what the list alone keeps alive. */
function bytesOf(evidence: Evidence, file: string, sum: PaddedSum): Measured {
  const lines = measured(evidence, file, sum.line, sum.endLine);
  const local = evidence.profile.census?.locals.find(
    (it) => it.name === sum.name && it.file === file && it.functionLine === sum.function.line,
  );
  if (!local || local.exclusiveBytes <= lines.bytes) return lines;
  const words = `the local ${sum.name} of ${sum.function.qualname} alone keeps ${size(local.exclusiveBytes)} alive at the peak`;
  return { ...lines, bytes: local.exclusiveBytes, heldBytes: local.exclusiveBytes, words };
}

function textOf(sum: PaddedSum): string[] {
  const { indent, total, part, length, reach } = sum;
  const step = indent.includes("\t") ? "\t" : "    ";
  const filled = (text: string, gap: string) => text.replace("{}", gap);
  return [
    `${indent}# one running sum: no two of the arrays are needed at once`,
    `${indent}${total} = ${filled(sum.zeros, "0")}`,
    `${indent}for ${sum.target} in ${sum.iterable}:`,
    `${indent}${step}${part} = ${sum.element}`,
    `${indent}${step}if ${length} > ${reach}:`,
    `${indent}${step}${step}grown = ${filled(sum.zeros, length)}`,
    `${indent}${step}${step}grown[${filled(sum.index, reach)}] = ${total}`,
    `${indent}${step}${step}${total} = grown`,
    `${indent}${step}${sum.addition}`,
  ];
}
