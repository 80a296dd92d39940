import { z } from "zod";

/** What happened to a process of ours, success or not. */
export const RunOutcome = z.strictObject({
  exitCode: z.int().nullable(),
  timedOut: z.boolean(),
  overMemory: z.boolean(),
  durationMs: z.number(),
  /** `Type: message (file:line)` of the exception that ended it, or the last lines it wrote to stderr; null when it went well. */
  error: z.string().nullable(),
});
export type RunOutcome = z.infer<typeof RunOutcome>;

/** Which code was really run: checked inside the measured process. */
export const Witness = z.strictObject({
  /** sha256 over the sorted `file sha256` lines of all project files that were loaded. */
  digest: z.string(),
  files: z.record(z.string(), z.string()),
  /** Modules that came from somewhere else than the tree under measurement. Not empty = the run is invalid. */
  strays: z.array(z.string()),
  /** Modules that came from a copy of another project of the same checkout: the run counts, and no change there has any effect on it. */
  copies: z.array(z.string()).default([]),
});
export type Witness = z.infer<typeof Witness>;

/** What a target works on, as far as it could be seen. Bytes. */
export const Inputs = z.strictObject({
  /** Of the files that it read, each once, and how many. */
  fileBytes: z.number(),
  files: z.int(),
  /** Heap that a function's arguments take when it is entered. */
  argumentBytes: z.number(),
  /** The file that it opened most, where that was very often. */
  often: z.strictObject({ file: z.string(), times: z.int() }).nullable(),
});
export type Inputs = z.infer<typeof Inputs>;

/** One untraced run of the target. `peakBytes`: of the process, or of the whole tree where it starts others; null is unknown, never 0. */
export const Sample = z.strictObject({
  ...RunOutcome.shape,
  peakBytes: z.number().nullable(),
  /** The process was killed: `peakBytes` is what was seen last, and it may have stood higher. */
  peakIsLowerBound: z.boolean(),
  /** Highest point of all processes together, at one instant; null: it started none, or they cannot be seen. */
  treePeak: z.strictObject({ bytes: z.number(), processes: z.int() }).nullable(),
  /** Resident memory when the target began, and how much more of mapped files was resident when it ended. */
  startBytes: z.number().nullable(),
  fileBytes: z.number().nullable(),
  /** What it wrote, to files and pipes alike. */
  writtenBytes: z.number().nullable(),
  /** The most that lay in shared memory and memfds, mapped or not; null: not seen. */
  sharedBytes: z.number().nullable(),
  /** Of the target's code alone: without interpreter start, imports of ours, and the wait for a processor that other programs had. */
  targetMs: z.number().nullable(),
  /** Processor time of the target, all its threads together. */
  cpuMs: z.number().nullable(),
  /** Seen in a run before this one; null: not looked for. */
  inputs: Inputs.nullable(),
  /** sha256 of what the target wrote to stdout together with its value's digest; null where it is not compared. */
  outputDigest: z.string().nullable(),
  startedChildren: z.boolean(),
  /** Nothing else of ours ran meanwhile: its time counts. */
  alone: z.boolean(),
  witness: Witness,
});
export type Sample = z.infer<typeof Sample>;

/** One run with tracemalloc on and nothing else. */
export const TracedRun = z.strictObject({ ...RunOutcome.shape, heapPeakBytes: z.number().nullable(), witness: Witness });
export type TracedRun = z.infer<typeof TracedRun>;

/** Time that one function took in one run: its own, without what others that were timed took inside of it. */
export const FunctionTime = z.strictObject({
  file: z.string(),
  qualname: z.string(),
  calls: z.int(),
  totalMs: z.number(),
  /** What the clock itself may have taken, as crowded as the machine was; its least is already left out of `totalMs`. */
  clockMs: z.number().default(0),
});
export type FunctionTime = z.infer<typeof FunctionTime>;

/** What came of one call, as digests: of its arguments before, of its result (or exception) with its arguments after; `gives list`. */
export const CallOutcome = z.strictObject({ given: z.string(), kind: z.string(), outcome: z.string() });
export type CallOutcome = z.infer<typeof CallOutcome>;

/** What one function was given in one run of the target, and what came of it: its different calls, at most 60. */
export const FunctionOutcomes = z.strictObject({
  file: z.string(),
  qualname: z.string(),
  calls: z.int(),
  rows: z.array(CallOutcome),
});
export type FunctionOutcomes = z.infer<typeof FunctionOutcomes>;

const TrialCall = z.strictObject({ ...CallOutcome.shape, peakBytes: z.number(), durationMs: z.number() });

/** A function target called several times in one process. Bytes of the traced heap above what stood before the call. */
export const Trial = z.strictObject({
  /** The same call again and again; `retainedBytes`: what all calls so far have left behind. */
  calls: z.array(z.strictObject({ ...TrialCall.shape, retainedBytes: z.number() })),
  /** With its sizes times a factor; empty: nothing in its arguments is a size. */
  sizes: z.array(z.strictObject({ ...TrialCall.shape, factor: z.number() })),
  /** With inputs that a seed made of its own. */
  fresh: z.array(CallOutcome),
});
export type Trial = z.infer<typeof Trial>;

export const TestOutcome = z.enum(["passed", "failed", "skipped", "error", "xfailed", "xpassed"]);
export type TestOutcome = z.infer<typeof TestOutcome>;

/** One run of the tests. With a test command there is one outcome under the command's own text. */
export const TestRun = z.strictObject({
  ...RunOutcome.shape,
  outcomes: z.record(z.string(), TestOutcome),
  /** Messages of what did not pass, cut at 400 characters. */
  messages: z.record(z.string(), z.string()),
  collectError: z.string().nullable(),
  strays: z.array(z.string()),
});
export type TestRun = z.infer<typeof TestRun>;

/** What must be equal for two rows to be compared. */
export const Provenance = z.strictObject({
  interpreter: z.string(),
  allocator: z.string(),
  lockHash: z.string().nullable(),
  command: z.string(),
  platform: z.string(),
});
export type Provenance = z.infer<typeof Provenance>;
