import { z } from "zod";

/** One run of a snippet in a process of its own. Bytes above what was held when it began. */
export const MicroRun = z.strictObject({
  heapBytes: z.number().nullable().describe("traced runs only"),
  processBytes: z.number().nullable().describe("untraced runs only"),
  durationMs: z.number(),
  valueDigest: z.string().describe("of the snippet's last expression"),
});
export type MicroRun = z.infer<typeof MicroRun>;

/** One of two ways to do the same thing: medians of its runs. */
const Way = z.strictObject({
  heapBytes: z.number().nullable(),
  processBytes: z.number().nullable(),
  durationMs: z.number().nullable(),
});

/** Two snippets on the same input (method.md, 7.4). Positive gains: B needs less. */
export const MicroResult = z.strictObject({
  a: Way,
  b: Way,
  equal: z.boolean().nullable().describe("whether both give the same value; null: one of them differs from run to run"),
  gainBytes: z.number().nullable().describe("of the heap peak above the entry"),
  gainShare: z.number().nullable(),
  counts: z.boolean().describe("saves more than 10 MiB or 10 %: enough to be kept on this evidence alone"),
});
export type MicroResult = z.infer<typeof MicroResult>;
