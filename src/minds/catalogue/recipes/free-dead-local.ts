import { endings } from "../dead-locals.ts";
import type { Recipe } from "../recipe.ts";

const technique = "free-dead-local";

/**
 * A local whose last use lies before the peak, yet whose name keeps it alive there: `del` behind the last use.
 * Locals that keep the same bytes alive (a reader and the text that it reads) go together: one mechanism.
 */
export const freeDeadLocal: Recipe = {
  technique,
  watch: () => ({}),
  propose: (evidence) => endings(technique, "del", evidence),
};
