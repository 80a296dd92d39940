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

/** What several runs saw of one class, as one. */
export function mergeClassUsage(rows: readonly ClassUsage[]): ClassUsage | null {
  const [first, ...rest] = rows;
  return first ? rest.reduce(joined, first) : null;
}

function joined(a: ClassUsage, b: ClassUsage): ClassUsage {
  const names = [...new Set([...a.attributes, ...b.attributes].map((it) => it.name))].sort();
  return {
    file: a.file,
    qualname: a.qualname,
    seen: a.seen || b.seen,
    instances: a.instances + b.instances,
    attributes: names.map((name) => {
      const both = [...a.attributes, ...b.attributes].filter((it) => it.name === name);
      return {
        name,
        sets: both.reduce((sum, it) => sum + it.sets, 0),
        reads: both.reduce((sum, it) => sum + it.reads, 0),
        deletes: both.reduce((sum, it) => sum + it.deletes, 0),
        types: [...new Set(both.flatMap((it) => it.types))],
        setBy: distinct(both.flatMap((it) => it.setBy)),
      };
    }),
    dictUses: distinct([...a.dictUses, ...b.dictUses]),
    copies: a.copies + b.copies,
    protocols: [...new Set([...a.protocols, ...b.protocols])].sort(),
    weakReferences: a.weakReferences + b.weakReferences,
    otherSubclasses: [...new Set([...a.otherSubclasses, ...b.otherSubclasses])].sort(),
    mocked: distinct([...a.mocked, ...b.mocked]),
  };
}

function distinct(places: Place[]): Place[] {
  return [...new Map(places.map((it) => [`${it.file}:${it.line}:${it.function}`, it])).values()];
}
