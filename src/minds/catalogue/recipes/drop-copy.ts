import type { CopySite } from "../../../vocabulary/facts-expressions.ts";
import { type Allowed, copyCosts, copyEdit, judgeCopy, largeCopies, watchCopies } from "../copies.ts";
import { forbid, type Measured, propose, size, visibleAndExercised } from "../expressions.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";

const technique = "drop-copy";

/** Rows 13 and 14: a copy of which neither side ever changes, or whose original nobody needs any more. */
export const dropCopy: Recipe = {
  technique,
  watch: (evidence) => ({ values: watchCopies(evidence, false) }),
  propose: (evidence) =>
    largeCopies(evidence, false).map(({ file, fact, bytes }) => {
      const judged = judgeCopy(evidence, file.file, fact);
      if (judged.kind === "refused") return forbid(technique, fact.function, fact.text, bytes.bytes, judged.reason);
      return proposal(evidence, file.file, fact, bytes, judged);
    }),
};

function proposal(evidence: Evidence, file: string, copy: CopySite, bytes: Measured, allowed: Allowed): Finding {
  const place = `${file}:${copy.line}`;
  const what = copy.loop ? `each ${copy.argumentText} of ${copy.loop.iterable}` : copy.argumentText;
  const why =
    allowed.kind === "unchanged"
      ? "neither the original nor the copy changes"
      : "the original is dead after it was copied, so the copy may be the original itself";
  return propose({
    technique,
    site: copy.function,
    subject: copy.text,
    description: `${copy.text} in ${copy.function.qualname}`,
    summary:
      allowed.kind === "unchanged"
        ? `use ${copy.argumentText} itself in ${copy.function.qualname} instead of a copy that never differs`
        : `work on ${copy.argumentText} itself in ${copy.function.qualname} instead of on a copy`,
    category: allowed.seen.types.some((it) => it.startsWith("numpy.") || it.startsWith("PIL."))
      ? "image-buffers"
      : "data-structures",
    sweep: "copies",
    evidenceBytes: bytes.bytes,
    expectedBytes: bytes.bytes,
    evidence: `${bytes.words}; recorded in ${allowed.words}: ${allowed.seen.followed} copies followed, ${allowed.seen.copyChanged} copies and 0 originals changed later`,
    edits: [copyEdit(file, copy)],
    declaredCosts: copyCosts(copy, allowed),
    answers: {
      ...visibleAndExercised(evidence, place, bytes),
      reducible: `avoided: ${size(bytes.bytes)} are a second copy of ${what}, and ${why}`,
      mechanism: `without ${copy.text} at ${place} its ${size(bytes.bytes)} are never allocated; ${why} (${allowed.words})`,
      productionSafe: `yes: less work in ${copy.function.qualname}; types and values are equal in ${allowed.words}`,
      verifyCheaply: `time and peak of ${copy.function.qualname} alone on a recorded argument; the tests show whether anybody needs the copy`,
    },
  });
}
