import { z } from "zod";
import { Comparison, Side } from "./comparison.ts";
import { Thresholds } from "./settings.ts";

/** Where it was measured. */
const Machine = z.strictObject({
  cpu: z.string(),
  cores: z.int(),
  memoryBytes: z.number(),
  system: z.string(),
});

/** One target at base and head, measured in turns. */
export const Measured = z.strictObject({
  target: z.string(),
  base: Side,
  head: Side,
  comparison: Comparison,
  /** Allocations of a whole run, by memray; null: not counted. */
  allocations: z.strictObject({ base: z.int(), head: z.int() }).nullable(),
});
export type Measured = z.infer<typeof Measured>;

/** A kept change as the session recorded it: its words are quoted, its figures are not used. */
const KeptChange = z.strictObject({
  experiment: z.int(),
  summary: z.string(),
  mechanism: z.string(),
  safety: z.string(),
  costs: z.array(z.string()),
  files: z.array(z.string()),
});

/** The one recorded run that every number of a pull request comes from. */
export const PullRequestRecord = z.strictObject({
  schema: z.literal(1),
  program: z.string().describe("version of the program that measured"),
  session: z.string(),
  topic: z.string(),
  branch: z.string().describe("`mem/<topic>`"),
  title: z.string(),
  /** `ref`: the branch that it is meant for, as the user knows it. */
  base: z.strictObject({ ref: z.string(), commit: z.string() }),
  head: z.string().describe("the commit at the branch"),
  machine: Machine,
  pairs: z.int(),
  thresholds: Thresholds,
  measured: z.array(Measured).min(1),
  changes: z.array(KeptChange).min(1),
  /** How anybody measures the same again, as one shell line. */
  command: z.string(),
  benchmark: z.strictObject({ file: z.string(), text: z.string() }).describe("a script that needs nothing but Python and git"),
  /** The session's final summary, quoted. */
  summary: z.string(),
});
export type PullRequestRecord = z.infer<typeof PullRequestRecord>;

/** How far the branch of a pull request is. */
export const PullRequestState = z.strictObject({
  branch: z.string(),
  title: z.string(),
  commit: z.string(),
  state: z.enum(["prepared", "pushed", "opened"]),
  /** Where it can be read; null: not opened. */
  address: z.string().nullable(),
  /** The recorded run behind its figures. */
  evidence: z.string(),
});
