import { z } from "zod";
import { StageNode } from "./profile.ts";
import { FunctionRef } from "./target.ts";

/** What the operating system saw in the statements of one function, in one run: resident memory, bytes. */
export const ProcessStages = z.strictObject({
  function: FunctionRef,
  /** Resident when the function was first entered. */
  entryBytes: z.number(),
  rows: z.array(StageNode.omit({ id: true, parent: true, function: true, endLine: true })),
});
export type ProcessStages = z.infer<typeof ProcessStages>;

/** A function known from a stack: its name and a line of it. */
export interface FunctionWithin {
  file: string;
  qualname: string;
  within: number;
}
