import type { Recipe } from "../recipe.ts";
import { proposeSlots, watchFamilies } from "../slots.ts";

/** `@attr.s(slots=True)` on attrs classes of many instances, together with every project class they derive from (catalogue 9). */
export const slotsAttrs: Recipe = {
  technique: "slots-attrs",
  watch: (evidence) => watchFamilies(evidence, "attrs"),
  propose: (evidence) => proposeSlots("slots-attrs", evidence, "attrs"),
};
