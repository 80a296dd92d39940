import { z } from "zod";

/** What is run and measured (method.md, 0). Paths are as the user typed them: relative to the working directory. */
export const Target = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("pytest"), nodeId: z.string().min(1) }),
  z.strictObject({ kind: z.literal("script"), path: z.string().min(1), args: z.array(z.string()) }),
  z.strictObject({ kind: z.literal("module"), module: z.string().min(1), args: z.array(z.string()) }),
  z.strictObject({
    kind: z.literal("function"),
    module: z.string().min(1),
    qualname: z.string().min(1),
    /** Python statements run before the call, in a namespace of their own. */
    setup: z.string().optional(),
    /** The call's arguments as Python source, evaluated in the setup's namespace: `load("a.csv"), limit=3`. */
    args: z.string().optional(),
  }),
]);
export type Target = z.infer<typeof Target>;

/** A function of the target's project. `line` is the line of its `def` (or of its first decorator), 1-based. */
export const FunctionRef = z.strictObject({
  file: z.string(),
  qualname: z.string(),
  line: z.int().positive(),
});
export type FunctionRef = z.infer<typeof FunctionRef>;

/** One place in the source, 1-based. `file` is relative to the project root; absolute when it lies outside. */
export const Place = z.strictObject({ file: z.string(), line: z.int().nonnegative(), function: z.string() });
export type Place = z.infer<typeof Place>;
