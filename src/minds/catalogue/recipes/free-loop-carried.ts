import { endings } from "../dead-locals.ts";
import type { Recipe } from "../recipe.ts";

const technique = "free-loop-carried";

/** A value of the last round that is still alive while the next one is made: `del` at the end of the round. */
export const freeLoopCarried: Recipe = {
  technique,
  watch: () => ({}),
  propose: (evidence) => endings(technique, "del-each-round", evidence),
};
