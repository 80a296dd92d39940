import { z } from "zod";
import { ClassUsage, ClassUsageRequest } from "./usage-classes.ts";
import { ValueUsage, ValueUsageRequest } from "./usage-values.ts";

/** What the recorder is asked to watch while tests and target run. */
export const UsageRequest = z.strictObject({ classes: z.array(ClassUsageRequest), values: z.array(ValueUsageRequest) });
export type UsageRequest = z.infer<typeof UsageRequest>;

/** What it saw, over all runs together. `runs` names them: `tests`, `target`. */
export const Usage = z.strictObject({
  runs: z.array(z.string()),
  tests: z.int(),
  /** Files of the tests that ran while it watched, as pytest names them. */
  testFiles: z.array(z.string()).optional(),
  classes: z.array(ClassUsage),
  values: z.array(ValueUsage),
});
export type Usage = z.infer<typeof Usage>;
