import type { Guidance } from "../vocabulary/guidance.ts";
import type { Proposal } from "../vocabulary/proposal.ts";

/** The word of the guidance that speaks against a proposal; null: none does. */
export function avoided(proposal: Proposal, guidance: Guidance): string | null {
  const touched = new Set([proposal.site.file, ...proposal.edits.map((it) => it.file)]);
  const matches = (word: string) =>
    word === proposal.technique ||
    word === `${proposal.site.file}:${proposal.site.qualname}` ||
    [...touched].some((file) => file === word || file.startsWith(word.endsWith("/") ? word : `${word}/`));
  return guidance.avoid.find(matches) ?? null;
}
