import type { Recipe } from "../recipe.ts";
import { proposeSlots, watchFamilies } from "../slots.ts";

/** `@dataclass(slots=True)` on dataclasses of many instances, together with every project class they derive from (catalogue 7). */
export const slotsDataclass: Recipe = {
  technique: "slots-dataclass",
  watch: (evidence) => watchFamilies(evidence, "dataclass"),
  propose: (evidence) => proposeSlots("slots-dataclass", evidence, "dataclass"),
};
