import type { Recipe } from "../recipe.ts";
import { proposeSlots, watchFamilies } from "../slots.ts";

/** `__slots__` on classes of many instances, together with every project class they derive from (catalogue 8). */
export const slotsPlainClass: Recipe = {
  technique: "slots-plain-class",
  watch: (evidence) => watchFamilies(evidence, "plain"),
  propose: (evidence) => proposeSlots("slots-plain-class", evidence, "plain"),
};
