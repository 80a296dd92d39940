import { z } from "zod";

/** What a reviewer holds against a change. Blocking ones take the change back or keep it out. */
export const Finding = z.strictObject({
  /** `ownership`: something released that others may hold; `public`: behaviour others rely on; `dependency`; `leftover`;
   * `configuration`: what the change made dead; `simplicity`: more lines than the gain is worth; `doubt`: a model's;
   * `reach`: a name by which memory can be hidden, a measurement noticed, or a result kept back. */
  kind: z.enum(["ownership", "public", "dependency", "leftover", "configuration", "simplicity", "doubt", "reach"]),
  /** What a `reach` reaches for: `gc.disable`, `global CACHE`. */
  name: z.string().optional(),
  file: z.string(),
  function: z.string(),
  line: z.int(),
  text: z.string(),
  /** 0 to 1. */
  confidence: z.number(),
  blocking: z.boolean(),
});
export type Finding = z.infer<typeof Finding>;
