import { z } from "zod";
import { StatementEnd } from "./facts-lifetimes.ts";
import { FunctionRef } from "./target.ts";

/** Raw byte span [start, end) of the file that the fact stands in. */
const Bytes = z.tuple([z.int(), z.int()]);

/** `ast` position of an expression, [line, column, endLine, endColumn]: how the recorder finds it again. */
export const At = z.tuple([z.int(), z.int(), z.int(), z.int()]);
export type At = z.infer<typeof At>;

/** Where an expression stands, and in which function (`<module>` outside of any). */
const site = { function: FunctionRef, line: z.int(), endLine: z.int(), at: At, span: Bytes, text: z.string() };

/** What evaluating an expression may do, in sentences that name the place; both empty: nothing that can be noticed. */
const purity = { effects: z.array(z.string()), raises: z.array(z.string()) };

/** One use of a name. `how` is what happens to the object itself, `deep` that it happens to something inside of it. */
export const NameUse = z.strictObject({
  file: z.string(),
  line: z.int(),
  how: z.enum([
    "reads",
    "length",
    "iterates",
    "changes",
    "sets-attribute",
    "identity",
    "passed",
    "stored",
    "returned",
    "aliased",
    "captured",
    "deleted",
    "named",
    "dynamic",
  ]),
  deep: z.boolean(),
  /** It stands in a loop that the place in question does not stand in: it may run after what follows it in the text. */
  again: z.boolean(),
  /** Attribute (`name`) or constant key (`['name']`) read or set, callee, or the statement's first line: for people and for comparisons by name. */
  what: z.string(),
  text: z.string(),
});
export type NameUse = z.infer<typeof NameUse>;

/** A statement that makes a container grow and does nothing else. */
export const Growth = z.strictObject({
  ...site,
  file: z.string(),
  method: z.string(),
  argument: z.string(),
  ...purity,
  /** The statement iterates its argument, which may be an iterator that others see advance. */
  consumes: z.string().nullable(),
  /** Its whole lines; null where other statements share them. */
  lines: Bytes.nullable(),
  /** Offset of the first statement of its block, and how many statements the block has. */
  block: z.int(),
  blockSize: z.int(),
});
export type Growth = z.infer<typeof Growth>;

/** A container that is created empty and grows. `uses`: everything else that is done with it, anywhere in the project. */
export const GrowingContainer = z.strictObject({
  kind: z.enum(["global", "class-attribute", "instance-attribute", "local"]),
  /** Module (dotted), `module:Class`, or the function's qualname. */
  owner: z.string(),
  name: z.string(),
  function: FunctionRef,
  line: z.int(),
  private: z.boolean(),
  exported: z.boolean(),
  /** A base class from outside the project, which may read the attribute. */
  foreignBase: z.string().nullable(),
  growths: z.array(Growth),
  uses: z.array(NameUse),
});
export type GrowingContainer = z.infer<typeof GrowingContainer>;

/** A call that copies an object: `copy.copy(x)`, `x.copy()`, `dict(x)`, `x[:]`, `json.loads(json.dumps(x))`. */
export const CopySite = z.strictObject({
  ...site,
  form: z.enum(["copy", "deepcopy", "method", "dict", "list", "slice", "json"]),
  argument: Bytes,
  argumentText: z.string(),
  /** The copied object when it is a plain name of the function. */
  original: z.strictObject({ name: z.string(), kind: z.enum(["parameter", "local", "loop-target"]) }).nullable(),
  /** What becomes of the result. */
  result: z.strictObject({
    kind: z.enum(["bound", "returned", "passed", "stored", "discarded", "other"]),
    name: z.string().nullable(),
  }),
  /** Uses after the copy, in the order of the text. */
  originalUses: z.array(NameUse),
  resultUses: z.array(NameUse),
  /** The loop whose target is copied: where its elements come from, and the builtin in between. */
  loop: z
    .strictObject({
      iterable: z.string(),
      through: z.enum(["zip", "enumerate"]).nullable(),
      kind: z.enum(["parameter", "local", "other"]),
      laterUses: z.array(NameUse),
    })
    .nullable(),
  /** Calls of the function by name in the project. */
  callers: z.array(z.strictObject({ file: z.string(), line: z.int(), test: z.boolean() })),
  /** No part of the function's qualname begins with an underscore. */
  public: z.boolean(),
  /** The copied object is built on the spot: a display or comprehension. */
  fresh: z.boolean(),
  statement: Bytes,
  /** The statement's whole lines; null where other statements share them. */
  statementLines: Bytes.nullable(),
  blockSize: z.int(),
  /** Why the text alone forbids it: captured names, keywords of `dumps`, frame access. */
  blockers: z.array(z.string()),
});
export type CopySite = z.infer<typeof CopySite>;

/** A list built only to be consumed by the call around it. */
export const ConsumedList = z.strictObject({
  ...site,
  consumer: z.string(),
  /** `sum`, `extend`, …: the rule that applies. */
  kind: z.enum(["reduces", "short-circuits", "grows"]),
  /** The text of the element expression with its `for` clauses. */
  inner: z.string(),
  /** No other argument, comma or comment stands in the call: the generator needs no parentheses of its own. */
  alone: z.boolean(),
  ...purity,
  blockers: z.array(z.string()),
});
export type ConsumedList = z.infer<typeof ConsumedList>;

/** A loop over a materialised copy of what could be iterated itself. */
export const LoopSource = z.strictObject({
  ...site,
  form: z.enum(["readlines", "splitlines", "list", "tuple", "slice"]),
  /** The text that can be iterated instead. */
  base: z.string(),
  baseAt: At,
  /** The name at the root of `base`; null where there is none (`list(zip(…))` has those of its arguments in `roots`). */
  root: z.string().nullable(),
  /** Lower bound of `seq[n:]`. */
  from: z.string().nullable(),
  /** The file imports `islice` under this text. */
  islice: z.string().nullable(),
  blockers: z.array(z.string()),
});
export type LoopSource = z.infer<typeof LoopSource>;

/** A local that holds a materialised list or tuple and is used in one place only. */
export const SingleUse = z.strictObject({
  ...site,
  name: z.string(),
  form: z.enum(["list", "tuple", "comprehension"]),
  /** The text that yields the same elements one by one. */
  lazy: z.string(),
  use: z.strictObject({
    kind: z.enum(["loop", "argument"]),
    line: z.int(),
    /** Builtin or library function that runs through it once: `sum`. */
    consumer: z.string().nullable(),
    /** Project function that gets it, and what it does with the parameter. */
    callee: z.strictObject({ function: FunctionRef, parameter: z.string(), problem: z.string().nullable() }).nullable(),
  }),
  ...purity,
  blockers: z.array(z.string()),
});
export type SingleUse = z.infer<typeof SingleUse>;

/** A logging call whose message is formatted before the level is asked. */
export const EagerLog = z.strictObject({
  ...site,
  method: z.string(),
  receiver: z.string(),
  /** Literal pieces (`expression: null`) and values in order. */
  pieces: z.array(
    z.strictObject({
      literal: z.string(),
      expression: z.string().nullable(),
      conversion: z.string().nullable(),
      spec: z.string().nullable(),
    }),
  ),
  blockers: z.array(z.string()),
});
export type EagerLog = z.infer<typeof EagerLog>;

/** `np.abs(a).max()`. */
export const AbsExtremum = z.strictObject({
  ...site,
  numpy: z.string(),
  operand: z.string(),
  operandAt: At,
  blockers: z.array(z.string()),
});
export type AbsExtremum = z.infer<typeof AbsExtremum>;

/** `StringIO(file.read())`: a whole text from which lines are taken. */
export const TextCopy = z.strictObject({
  ...site,
  /** The local that holds it; null where it is an argument on the spot. */
  name: z.string().nullable(),
  /** Locals through which the text is read: its own, and those of readers made of it. */
  carriers: z.array(z.string()),
  /** The local that holds the open file, and whether a caller may have opened it. */
  file: z.string(),
  parameter: z.boolean(),
  /** How the source may write `io.TextIOBase`; null where the name has to be imported. */
  base: z.string().nullable(),
  /** Text of what makes the copy (`StringIO`), and of the whole expression. */
  maker: z.string(),
  copy: z.string(),
  /** Uses that lines alone cannot serve, and where on the way to them the text can be read whole after all. */
  wholeUses: z.array(z.strictObject({ line: z.int() })),
  sinks: z.array(z.strictObject({ at: z.int(), indent: z.string() })),
  blockers: z.array(z.string()),
});
export type TextCopy = z.infer<typeof TextCopy>;

/** A list of arrays, room for the longest of them, and a loop that adds each into it: three statements in a row. */
export const PaddedSum = z.strictObject({
  ...site,
  /** The list, the sum, the loop's variable. */
  name: z.string(),
  total: z.string(),
  part: z.string(),
  /** The list's parts: `[element for target in iterable]`. */
  element: z.string(),
  target: z.string(),
  iterable: z.string(),
  /** Length of a part (`roll.shape[1]`) and of the sum, along the axis that differs. */
  length: z.string(),
  reach: z.string(),
  /** Slices of the sum (`:, :{}`) and its making (`np.zeros((128, {}))`) with a gap for a length. */
  index: z.string(),
  zeros: z.string(),
  addition: z.string(),
  /** The whole lines of the three statements. */
  lines: Bytes,
  indent: z.string(),
  blockers: z.array(z.string()),
});
export type PaddedSum = z.infer<typeof PaddedSum>;

/** `x = x * 2.0`, `x = np.sqrt(x)`: a local gets the elementwise result of itself. `site` is that of the statement. */
export const InPlaceSite = z.strictObject({
  ...site,
  name: z.string(),
  operandAt: At,
  resultAt: At,
  /** The statement that puts the result into the same array. */
  written: z.string(),
  /** Why the array may be seen by others, or the result may not fit into it. */
  blockers: z.array(z.string()),
});
export type InPlaceSite = z.infer<typeof InPlaceSite>;

/** A tuple or frozen set made again and again inside one call of a function. */
export const TupleSite = z.strictObject({
  ...site,
  /** `call`: of a function of the project that gives back what it makes so. */
  form: z.enum(["display", "tuple", "frozenset", "call"]),
  /** Last name of what is called. */
  callee: z.string().nullable(),
  /** As it can stand behind `name :=`. */
  value: z.string(),
  /** Of a display, for each item the builtin type that its text alone proves; null where it has no fixed length. */
  items: z.array(z.string().nullable()).nullable(),
  /** Names that are free for the table of values and for one value. */
  names: z.strictObject({ table: z.string(), value: z.string() }).nullable(),
  /** Where a line may be put in before the outermost loop, and its indent. */
  before: z.strictObject({ at: z.int(), indent: z.string() }).nullable(),
  /** The same before its own statement, where it can as well be made in a statement before that. */
  statement: z.strictObject({ at: z.int(), indent: z.string() }).nullable(),
  blockers: z.array(z.string()),
});
export type TupleSite = z.infer<typeof TupleSite>;

/** An attribute of its own instance that a method's call stores, uses, and then goes on without. */
export const ReleaseSite = z.strictObject({
  /** Qualname of the class that the method stands in. */
  class: z.string(),
  attribute: z.string(),
  method: FunctionRef,
  /** The name of the method's own instance. */
  receiver: z.string(),
  /** Lines of its statements, or of the heads of those with blocks, that read or store the attribute or call what may. */
  touching: z.array(z.tuple([z.int(), z.int()])),
  loops: z.array(z.tuple([z.int(), z.int()])),
  /** Ends of such statements and of those around them. */
  points: z.array(StatementEnd),
  /** Why something may read the attribute after the call, or as it was left by it. */
  blocker: z.string().nullable(),
});
export type ReleaseSite = z.infer<typeof ReleaseSite>;

/** What is true of the expressions of one source file. */
export const ExpressionFacts = z.strictObject({
  /** The project is made to be installed by others: its public names are an interface. */
  published: z.boolean(),
  /** Offset at which a line with an import may be inserted. */
  importAt: z.int(),
  containers: z.array(GrowingContainer),
  copies: z.array(CopySite),
  consumedLists: z.array(ConsumedList),
  loopSources: z.array(LoopSource),
  singleUses: z.array(SingleUse),
  eagerLogs: z.array(EagerLog),
  absExtrema: z.array(AbsExtremum),
  textCopies: z.array(TextCopy),
  paddedSums: z.array(PaddedSum),
  inPlace: z.array(InPlaceSite),
  tuples: z.array(TupleSite),
  releases: z.array(ReleaseSite),
});
export type ExpressionFacts = z.infer<typeof ExpressionFacts>;
