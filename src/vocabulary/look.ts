import { z } from "zod";
import { HeldLine } from "./profile.ts";

/** Statements of one function that was loaded while the tests ran. */
export const Coverage = z.strictObject({
  file: z.string(),
  qualname: z.string(),
  statements: z.int(),
  /** First lines of those that no test ran. */
  missed: z.array(z.int()),
});
export type Coverage = z.infer<typeof Coverage>;

/** The same code with the input of the next heavier tier. Bytes. */
export const Heavier = z.strictObject({
  tier: z.string(),
  /** How many times the input of the current tier its own is; null: not known. */
  inputRatio: z.number().nullable(),
  peakBytes: z.number(),
  lines: z.array(HeldLine),
});
export type Heavier = z.infer<typeof Heavier>;

/** What a model's evidence holds beside the profile of a commit. Null: it could not be had, or there is none. */
export const Look = z.strictObject({ coverage: z.array(Coverage).nullable(), heavier: Heavier.nullable() });
export type Look = z.infer<typeof Look>;
