import { z } from "zod";

/** A place behind a statement at which `del name` is provably harmless: the name is surely bound there and never read again. */
export const EndOfLife = z.strictObject({
  name: z.string(),
  /** Lines of the statement that touches the name last. */
  line: z.int(),
  endLine: z.int(),
  /** Raw byte offset of the end of its last line, before the newline. */
  offset: z.int(),
  indent: z.string(),
  /** Lines of the block that the statement stands in. */
  blockLine: z.int(),
  blockEndLine: z.int(),
  /** Lines of the innermost loop that repeats the block; null outside loops. */
  loopLine: z.int().nullable(),
  loopEndLine: z.int().nullable(),
});
export type EndOfLife = z.infer<typeof EndOfLife>;

export const FunctionLifetimes = z.strictObject({
  qualname: z.string(),
  /** First line of the code object: of the first decorator where there is one. */
  line: z.int(),
  endLine: z.int(),
  parameters: z.array(z.string()),
  generator: z.boolean(),
  points: z.array(EndOfLife),
  /** Locals for which no `del` is provable, with the rule that forbids it. */
  blocked: z.record(z.string(), z.string()),
});
export type FunctionLifetimes = z.infer<typeof FunctionLifetimes>;

/** What is known of the lifetimes in one file. */
export const LifetimeFacts = z.strictObject({ functions: z.array(FunctionLifetimes) });
export type LifetimeFacts = z.infer<typeof LifetimeFacts>;
