import type { SingleUse } from "../../vocabulary/facts-expressions.ts";
import type { ValueUsageRequest } from "../../vocabulary/usage-values.ts";
import {
  forbid,
  laterErrors,
  type Measured,
  measured,
  propose,
  seenWords,
  sites,
  size,
  unseen,
  usageOf,
  visibleAndExercised,
} from "./expressions.ts";
import type { Evidence, Finding } from "./recipe.ts";

/** Types of open texts that end their lines as reading all of them does. */
export const textFiles = ["_io.TextIOWrapper", "_io.StringIO"];

/** Locals with a materialised value whose one use is of the given kind and that carry at least the floor. */
export function largeSingleUses(evidence: Evidence, kind: SingleUse["use"]["kind"]) {
  return sites(evidence, "singleUses")
    .filter(({ fact }) => fact.use.kind === kind)
    .map(({ file, fact }) => ({ file, fact, bytes: bytesOf(evidence, file.file, fact) }))
    .filter(({ bytes }) => bytes.bytes >= evidence.floorBytes);
}

export function watchSingleUses(evidence: Evidence, kind: SingleUse["use"]["kind"]): ValueUsageRequest[] {
  return largeSingleUses(evidence, kind)
    .filter(({ fact }) => fact.blockers.length === 0)
    .map(({ file, fact }) => ({ kind: "sequence", file: file.file, at: fact.at }));
}

/** What the lines hold; where it is more, what the local alone keeps alive. */
function bytesOf(evidence: Evidence, file: string, fact: SingleUse): Measured {
  const lines = measured(evidence, file, fact.line, fact.endLine);
  const local = evidence.profile.census?.locals.find(
    (it) => it.name === fact.name && it.file === file && it.functionLine === fact.function.line,
  );
  if (!local || local.exclusiveBytes <= lines.bytes) return lines;
  const words = `the local ${fact.name} of ${fact.function.qualname} alone keeps ${size(local.exclusiveBytes)} alive at the peak`;
  return { ...lines, bytes: local.exclusiveBytes, heldBytes: local.exclusiveBytes, words };
}

/** Why the value must stay what it is; null when the text and all recorded runs say that it is run through once. */
function singleUseFault(evidence: Evidence, file: string, fact: SingleUse): string | null {
  const [blocker] = fact.blockers;
  if (blocker) return blocker;
  const [effect] = fact.effects;
  if (effect) return `making an element does more than give a value, which would happen later: ${effect}`;
  const seen = usageOf(evidence, "sequence", file, fact.at);
  if (!seen) return unseen(evidence, `${fact.name} (${file}:${fact.line})`);
  if (seen.others.length > 0) return `more is done with ${fact.name} than running through it: ${seen.others[0]}`;
  if (seen.once < seen.calls)
    return `${fact.name} was not run through exactly once in ${seen.calls - seen.once} of ${seenWords(evidence, seen)}`;
  return null;
}

/** The proposal that both streaming recipes make: the local names an iterator from now on. */
export function streamed(
  evidence: Evidence,
  technique: string,
  file: string,
  fact: SingleUse,
  bytes: Measured,
  taker: string,
): Finding {
  const fault = singleUseFault(evidence, file, fact);
  const seen = usageOf(evidence, "sequence", file, fact.at);
  if (fault !== null || !seen) return forbid(technique, fact.function, fact.name, bytes.bytes, fault ?? "");
  return propose({
    technique,
    site: fact.function,
    subject: fact.name,
    description: `${fact.name} in ${fact.function.qualname}`,
    summary: `let ${taker} take the elements of ${fact.name} one by one`,
    evidenceBytes: bytes.bytes,
    expectedBytes: bytes.bytes,
    evidence: `${bytes.words}; recorded in ${seenWords(evidence, seen)}: run through once at line ${fact.use.line}, nothing else`,
    edits: [{ file, start: fact.span[0], end: fact.span[1], text: fact.lazy }],
    declaredCosts: [...laterErrors(fact.raises), ...moved(fact)],
    answers: {
      ...visibleAndExercised(evidence, `${file}:${fact.line}`, bytes),
      reducible: `avoided: ${size(bytes.bytes)} stand in ${fact.name} only to be run through once at line ${fact.use.line}`,
      mechanism: `${taker} takes each element from the iterator and drops it, so the ${size(bytes.bytes)} of ${fact.name} are never alive together`,
      productionSafe: `yes: the same elements in the same order (${seenWords(evidence, seen)}); errors of the source come while it is run through`,
      verifyCheaply: `peak of ${fact.function.qualname} alone on a recorded argument`,
    },
  });
}

function moved(fact: SingleUse): string[] {
  return fact.form === "comprehension"
    ? []
    : [`errors of what ${fact.name} is read from come at line ${fact.use.line}, not at line ${fact.line}`];
}
