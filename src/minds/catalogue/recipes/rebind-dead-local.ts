import { endings } from "../dead-locals.ts";
import type { Recipe } from "../recipe.ts";

const technique = "rebind-dead-local";

/**
 * A dead local that is bound on some paths only, where `del` could fail: `name = None` behind the last use lets the value go on
 * those paths and changes nothing on the others.
 */
export const rebindDeadLocal: Recipe = {
  technique,
  watch: () => ({}),
  propose: (evidence) => endings(technique, "rebind", evidence),
};
