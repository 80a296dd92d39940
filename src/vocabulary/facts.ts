import { z } from "zod";
import { ClassFacts } from "./facts-classes.ts";
import { ExpressionFacts } from "./facts-expressions.ts";
import { LifetimeFacts } from "./facts-lifetimes.ts";

/** What is true of one source file; offsets are into its raw bytes. */
export const FileFacts = z.strictObject({
  file: z.string(),
  sha256: z.string(),
  /** Dotted module name by which the project imports it; null for scripts. */
  module: z.string().nullable(),
  newline: z.enum(["\n", "\r\n"]),
  encoding: z.string(),
  lifetimes: LifetimeFacts,
  classes: ClassFacts,
  expressions: ExpressionFacts,
});
export type FileFacts = z.infer<typeof FileFacts>;

/** Facts of every project file that the profile names, by path relative to the root. */
export const Facts = z.strictObject({
  files: z.record(z.string(), FileFacts),
  /** Files that could not be parsed, with the parser's sentence. */
  unreadable: z.record(z.string(), z.string()),
});
export type Facts = z.infer<typeof Facts>;
