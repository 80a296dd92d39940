import { z } from "zod";
import { At } from "./facts-expressions.ts";

const where = { file: z.string(), at: At };

/** An expression that the recorder shall watch. */
export const ValueUsageRequest = z.discriminatedUnion("kind", [
  /** A copy; `container` is the name whose elements a loop gives to the copied name, `through` the builtin in between. */
  z.strictObject({
    kind: z.literal("copy"),
    ...where,
    deep: z.boolean(),
    container: z.string().nullable(),
    through: z.enum(["zip", "enumerate"]).nullable(),
  }),
  /** A list or tuple: how it is used until it dies. */
  z.strictObject({ kind: z.literal("sequence"), ...where }),
  /** What a loop runs over: is `base` changed while it runs? */
  z.strictObject({ kind: z.literal("loop"), ...where, baseAt: At, form: z.string() }),
  /** `StringIO(file.read())`: is it read line by line, while the file is open? */
  z.strictObject({ kind: z.literal("text"), ...where }),
  /** A numpy array. */
  z.strictObject({ kind: z.literal("array"), ...where }),
  /** A logging call: is its level enabled? `at` is of the message. */
  z.strictObject({ kind: z.literal("log"), ...where }),
]);
export type ValueUsageRequest = z.infer<typeof ValueUsageRequest>;

/** `calls`: times that the expression was evaluated; `tests`: distinct tests in which it was. */
const seen = { ...where, calls: z.int(), tests: z.int(), types: z.array(z.string()) };

/** What the recorder saw of one expression in one run. Counts are of calls. */
export const ValueUsage = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("copy"),
    ...seen,
    sameType: z.int(),
    /** Equal with all types inside (a tuple is no list, a key 1 no "1"). */
    equal: z.int(),
    /** Copies whose two sides were compared again at the end. */
    followed: z.int(),
    originalChanged: z.int(),
    copyChanged: z.int(),
    /** Somebody else than the frames on the stack (and the iterated container) held the original. */
    shared: z.int(),
    /** Something changeable inside of the original was held from elsewhere (deep copies). */
    sharedInside: z.int(),
    /** `name in function (file:line)` of callers that read the original after the copy. */
    liveIn: z.array(z.string()),
    /** Direct callers of the function: `file:line`. */
    callers: z.array(z.string()),
    /** The class defines its own `__copy__`, `__deepcopy__`, `__reduce__` or `copy`. */
    custom: z.int(),
    /** Copies that could not be followed to the end: too many, too deep, or of a type without a fingerprint. */
    unfollowed: z.int(),
    /** Exceptions that the copy raised: `TypeError`. */
    raised: z.array(z.string()),
  }),
  z.strictObject({
    kind: z.literal("sequence"),
    ...seen,
    /** Values that were iterated exactly once and nothing else. */
    once: z.int(),
    /** Everything else that was done: `len in report (a.py:12)`. */
    others: z.array(z.string()),
  }),
  z.strictObject({
    kind: z.literal("loop"),
    ...seen,
    /** The base was changed while the loop ran. */
    changed: z.int(),
    /** Elements of the two forms differ (line ends). */
    different: z.int(),
  }),
  z.strictObject({
    kind: z.literal("text"),
    ...seen,
    /** Texts with a lone carriage return, at which a file may end a line and a text does not. */
    returns: z.int(),
    /** Texts from which lines were taken when their file was closed. */
    late: z.int(),
    /** Everything but taking lines: `getvalue in load (a.py:12)`. */
    others: z.array(z.string()),
  }),
  z.strictObject({
    kind: z.literal("array"),
    ...seen,
    dtypes: z.array(z.string()),
    /** Arrays that contain the lowest number of their integer type, whose absolute value does not exist. */
    lowest: z.int(),
  }),
  z.strictObject({ kind: z.literal("log"), ...seen, enabled: z.int() }),
]);
export type ValueUsage = z.infer<typeof ValueUsage>;
export type ValueUsageOf<K extends ValueUsage["kind"]> = Extract<ValueUsage, { kind: K }>;
