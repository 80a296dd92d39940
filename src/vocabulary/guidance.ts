import { z } from "zod";

/** What the user says while the work goes on: `.codeflash/guidance.md`, read before each experiment. */
export const Guidance = z.strictObject({
  /** All of it, as written; empty: nothing is said. A mind may read it, nothing in it is run. */
  text: z.string(),
  /** Files, folders, `file.py:function` or techniques that are not to be tried. */
  avoid: z.array(z.string()),
  /** No further experiment; the same command goes on when the line is gone. */
  stop: z.boolean(),
  /** What in it could not be read, in a sentence; null: nothing. */
  problem: z.string().nullable(),
});
export type Guidance = z.infer<typeof Guidance>;

export const silence: Guidance = { text: "", avoid: [], stop: false, problem: null };
