import { approachKey } from "../../method/choose-target.ts";
import type { Brief } from "../../vocabulary/draft.ts";
import type { Proposal } from "../../vocabulary/proposal.ts";
import { recipes } from "../catalogue/recipes.ts";

/** What a recipe of the catalogue makes of a site, however little it would give; a sentence where it may not or finds nothing. */
export function recipeAt(
  { recipe, site }: { recipe: string; site: { file: string; qualname: string } },
  brief: Brief,
): Proposal | string {
  const found = recipes.find((it) => it.technique === recipe);
  if (!found) return `There is no recipe ${recipe}. There are: ${recipes.map((it) => it.technique).join(", ")}.`;
  const evidence = { profile: brief.profile, facts: brief.facts, usage: null, python: brief.python, floorBytes: 0 };
  const here = found.propose(evidence).flatMap((it) => {
    const at = it.kind === "proposal" ? it.proposal.site : it.forbidden.site;
    return at.file === site.file && at.qualname === site.qualname ? [it] : [];
  });
  const done = new Set([...brief.ledger, ...brief.refused].map((it) => it.key));
  const proposal = here.flatMap((it) => (it.kind === "proposal" ? [it.proposal] : [])).find((it) => !done.has(approachKey(it)));
  if (proposal) return proposal;
  const why =
    here.flatMap((it) => (it.kind === "forbidden" ? [it.forbidden.reason] : []))[0] ??
    brief.forbidden.find((it) => it.technique === recipe && it.site.file === site.file && it.site.qualname === site.qualname)
      ?.reason;
  return `${recipe} does not apply at ${site.file}:${site.qualname}: ${why ?? "nothing of its kind stands at the peak there, or it was tried"}.`;
}
