import { z } from "zod";
import { Place } from "./target.ts";

/** A class that the recorder shall watch. */
export const ClassUsageRequest = z.strictObject({ file: z.string(), qualname: z.string() });
export type ClassUsageRequest = z.infer<typeof ClassUsageRequest>;

/** What happened to one attribute of the instances of a watched class. */
export const AttributeUsage = z.strictObject({
  name: z.string(),
  sets: z.int(),
  reads: z.int(),
  deletes: z.int(),
  /** Names of the exact types that were stored, cut at 8: `str`, `builtins` without their module. */
  types: z.array(z.string()),
  /** Where it was set, one place a function, cut at 12. `file` is absolute where it lies outside the project. */
  setBy: z.array(Place),
});
export type AttributeUsage = z.infer<typeof AttributeUsage>;

/** What the recorder saw of one class. Only instances of exactly this class count, but for reads. */
export const ClassUsage = z.strictObject({
  file: z.string(),
  qualname: z.string(),
  /** False: the class statement was never run, so nothing below means anything. */
  seen: z.boolean(),
  instances: z.int(),
  attributes: z.array(AttributeUsage),
  /** Code that asked for `__dict__` or `vars()` by name. */
  dictUses: z.array(Place),
  /** Times that an instance was copied or pickled, and the protocols asked for. */
  copies: z.int(),
  protocols: z.array(z.int()),
  /** Instances that had a weak reference when the heap was scanned (now and then, and at the end). */
  weakReferences: z.int(),
  /** `module:Qualname` of classes derived from it that were in use and not among the requests. */
  otherSubclasses: z.array(z.string()),
  /** Places in unittest.mock that replaced an attribute of an instance; the attribute's name is the function. */
  mocked: z.array(Place),
});
export type ClassUsage = z.infer<typeof ClassUsage>;
