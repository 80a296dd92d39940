import { z } from "zod";
import { Provenance, Sample, TestRun, TracedRun } from "./measurement.ts";

/** One of the two sides that are compared, as it was measured. */
export const Side = z.strictObject({
  /** As the user named it. */
  ref: z.string(),
  commit: z.string().describe("the commit, or `worktree` for the user's files as they are"),
  samples: z.array(Sample).describe("untraced runs, alternating with the other side's"),
  traced: z.array(TracedRun),
  tests: TestRun.nullable(),
  provenance: Provenance,
});
export type Side = z.infer<typeof Side>;

export const Change = z.enum(["lower", "higher", "no difference"]);
export type Change = z.infer<typeof Change>;

/** What the figures of the two sides say. Bytes; negative differences: head needs less. */
export const Comparison = z.strictObject({
  metric: z.enum(["process-peak", "heap-peak"]).describe("the figure that decides"),
  why: z.string().describe("why that one"),
  change: Change,
  baseBytes: z.number(),
  headBytes: z.number(),
  noiseBytes: z.number().describe("smallest difference that is not noise"),
  share: z.number().describe("difference over the base's peak"),
  process: z.strictObject({ baseBytes: z.number(), headBytes: z.number(), noiseBytes: z.number(), change: Change }),
  heap: z.strictObject({ baseBytes: z.number(), headBytes: z.number(), noiseBytes: z.number(), change: Change }),
  timeRatio: z.number().nullable().describe("head's time over base's, medians"),
  outputEqual: z.boolean().nullable().describe("null: the outputs of one side differ among themselves"),
  broken: z.array(z.string()).describe("tests that pass at the base and fail at the head"),
});
export type Comparison = z.infer<typeof Comparison>;
