import { z } from "zod";

/** Behind a statement: where a line may be put in. */
export const StatementEnd = z.strictObject({
  /** Lines of the statement. */
  line: z.int(),
  endLine: z.int(),
  /** Raw byte offset of the end of its last line, before the newline. */
  offset: z.int(),
  indent: z.string(),
  /** Lines of the block that the statement stands in. */
  blockLine: z.int(),
  blockEndLine: z.int(),
});

/** A place behind the statement that touches a name last, at which its value may go: no path reads it again. */
export const EndOfLife = z.strictObject({
  /** As the frame spells it; `spelled` as the text does (private names are mangled). */
  name: z.string(),
  spelled: z.string(),
  /** Surely bound there, so that `del` cannot fail; otherwise only a new value can be given. */
  bound: z.boolean(),
  ...StatementEnd.shape,
  /** Lines of the innermost loop that repeats the block; null outside loops. */
  loopLine: z.int().nullable(),
  loopEndLine: z.int().nullable(),
});
export type EndOfLife = z.infer<typeof EndOfLife>;

/** A place that gives a local a value, or takes it away. `reads`: the locals that the value is made from. */
export const Binding = z.strictObject({
  name: z.string(),
  line: z.int(),
  kind: z.enum(["parameter", "call", "loop", "with", "delete", "other"]),
  reads: z.array(z.string()),
});
export type Binding = z.infer<typeof Binding>;

/** A local that carries a call's result to an argument, its last use: `rows = f()`, `g(rows)`. */
export const Handover = z.strictObject({
  name: z.string(),
  /** Line of `rows = f()`. */
  line: z.int(),
  useLine: z.int(),
  useEndLine: z.int(),
  /** Raw byte spans of the lines of the binding statement, and of the name in the call. */
  remove: z.tuple([z.int(), z.int()]),
  replace: z.tuple([z.int(), z.int()]),
  /** `f()`, as it stands. */
  text: z.string(),
  /** Last name of what is called: `g`; called as an attribute of something: `x.g`. */
  callee: z.string(),
  attribute: z.boolean(),
  position: z.int().nullable(),
  keyword: z.string().nullable(),
  /** Why `g(f())` would not be the same; null where it is. */
  blocker: z.string().nullable(),
});
export type Handover = z.infer<typeof Handover>;

export const FunctionLifetimes = z.strictObject({
  qualname: z.string(),
  /** First line of the code object: of the first decorator where there is one. */
  line: z.int(),
  endLine: z.int(),
  parameters: z.array(z.string()),
  decorated: z.boolean(),
  /** First and last line of every loop. */
  loops: z.array(z.tuple([z.int(), z.int()])),
  points: z.array(EndOfLife),
  bindings: z.array(Binding),
  handovers: z.array(Handover),
  /** Locals for which no `del` is provable anywhere, with the rule that forbids it. */
  blocked: z.record(z.string(), z.string()),
});
export type FunctionLifetimes = z.infer<typeof FunctionLifetimes>;

/** What is known of the lifetimes in one file. */
export const LifetimeFacts = z.strictObject({ functions: z.array(FunctionLifetimes) });
export type LifetimeFacts = z.infer<typeof LifetimeFacts>;
