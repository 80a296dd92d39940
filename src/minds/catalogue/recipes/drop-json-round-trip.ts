import type { CopySite } from "../../../vocabulary/facts-expressions.ts";
import { type Allowed, copyCosts, copyEdit, judgeCopy, largeCopies, watchCopies } from "../copies.ts";
import { forbid, type Measured, propose, size, visibleAndExercised } from "../expressions.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";

const technique = "drop-json-round-trip";

/** Row 15: `json.loads(json.dumps(x))` that gives back what it got. */
export const dropJsonRoundTrip: Recipe = {
  technique,
  watch: (evidence) => ({ values: watchCopies(evidence, true) }),
  propose: (evidence) =>
    largeCopies(evidence, true).map(({ file, fact, bytes }) => {
      const judged = judgeCopy(evidence, file.file, fact);
      if (judged.kind === "refused") return forbid(technique, fact.function, fact.text, bytes.bytes, judged.reason);
      return proposal(evidence, file.file, fact, bytes, judged);
    }),
};

function proposal(evidence: Evidence, file: string, copy: CopySite, bytes: Measured, allowed: Allowed): Finding {
  const place = `${file}:${copy.line}`;
  const name = copy.function.qualname;
  return propose({
    technique,
    site: copy.function,
    subject: copy.text,
    description: `JSON round trip of ${copy.argumentText} in ${name}`,
    summary: `use ${copy.argumentText} in ${name} without its way through JSON`,
    sweep: "json-round-trip",
    evidenceBytes: bytes.bytes,
    expectedBytes: bytes.bytes,
    evidence: `${bytes.words}; recorded in ${allowed.words}: ${allowed.seen.followed} results equal their argument in value and type, 0 raised`,
    edits: [copyEdit(file, copy)],
    declaredCosts: [`${name} no longer refuses what JSON cannot express (TypeError, ValueError)`, ...copyCosts(copy, allowed)],
    answers: {
      ...visibleAndExercised(evidence, place, bytes),
      reducible: `avoided: ${size(bytes.bytes)} are the JSON text of ${copy.argumentText} with a second copy of it, equal to the first`,
      mechanism: `without the round trip at ${place} neither the text nor the second copy, ${size(bytes.bytes)} in all, is allocated`,
      productionSafe: `yes: less work in ${name}; value and types are equal in ${allowed.words}; it no longer refuses what JSON cannot express`,
      verifyCheaply: `peak of ${name} alone on a recorded argument; the tests show whether the refusal matters`,
    },
  });
}
