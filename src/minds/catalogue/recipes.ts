import type { Recipe } from "./recipe.ts";

/** The catalogue, in no order that matters: candidates are tried by measured bytes. */
export const recipes: readonly Recipe[] = [];
