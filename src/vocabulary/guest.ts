import { z } from "zod";
import { Edit, Proposal } from "./proposal.ts";

/** A target that an agent does not work on, and why: a plain account of what stays. */
export const Passed = z.strictObject({ target: z.string(), why: z.string() });
export type Passed = z.infer<typeof Passed>;

/** What a change will be, before there is one: all of a proposal but its edits. */
export const Plan = Proposal.omit({ edits: true });
export type Plan = z.infer<typeof Plan>;

/** What a person's agent said and the gates let pass, as it lies in the journal (`said`). */
export const Word = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("target"), target: z.string(), passed: z.array(Passed) }),
  z.strictObject({ kind: z.literal("plan"), plan: Plan }),
  z.strictObject({ kind: z.literal("edits"), edits: z.array(Edit).min(1) }),
  z.strictObject({ kind: z.literal("gives-up"), why: z.string() }),
  z.strictObject({ kind: z.literal("done"), why: z.string(), passed: z.array(Passed) }),
]);
export type Word = z.infer<typeof Word>;
