import { z } from "zod";
import { Place } from "./target.ts";

const span = { start: z.int(), end: z.int() };

/** A statement that may be taken out: its whole lines when it stands `alone` on them, and the block it stands in. */
export const Statement = z.strictObject({
  ...span,
  alone: z.boolean(),
  indent: z.string(),
  newline: z.string(),
  /** Offset of the block's first statement and number of its statements: a block must not become empty. */
  block: z.int(),
  blockSize: z.int(),
});
export type Statement = z.infer<typeof Statement>;

/** An expression as it stands in the file. */
export const ExpressionText = z.strictObject({
  ...span,
  text: z.string(),
  /** `operation`: f-strings, arithmetic, `and`/`or`, conditional expressions. */
  kind: z.enum(["name", "attribute", "subscript", "call", "constant", "operation", "other"]),
  /** Its type by its own form: `str` for `x.strip()` on text literals, `str(x)`, f-strings; null where only a run can say. */
  provenType: z.string().nullable(),
  /** Is a call of `sys.intern` already. */
  interned: z.boolean(),
  /** Evaluating it (or not, or twice) cannot be noticed: names, constants, displays and arithmetic of them. */
  pure: z.boolean(),
  /** A name, or constant subscripts and attributes of one: may be written twice. */
  path: z.boolean(),
});
export type ExpressionText = z.infer<typeof ExpressionText>;

/** `self.name = value` in a method, whatever the form of the statement. */
export const AttributeStore = z.strictObject({
  /** As it lies in the instance: private names are mangled. */
  name: z.string(),
  method: z.string(),
  line: z.int(),
  /** `assign`: one target, one value; `parallel`: element of `a, b = x, y`; all else binds without a value of its own. */
  form: z.enum(["assign", "parallel", "augmented", "other"]),
  value: ExpressionText.nullable(),
  statement: Statement,
});
export type AttributeStore = z.infer<typeof AttributeStore>;

/** A use that could be of this class: the receiver is proven (`this`, an instance of the class `of`) or anything (`unknown`). */
const ClassUse = z.strictObject({
  ...Place.shape,
  name: z.string(),
  of: z.string().nullable(),
  receiver: z.enum(["this", "unknown"]),
  test: z.boolean(),
});

/** `self.name = lru_cache(...)(self.method)` in `__init__`. */
export const InstanceCache = z.strictObject({
  name: z.string(),
  method: z.string(),
  line: z.int(),
  bounded: z.boolean(),
  statement: Statement,
  /** Why the method may not be called afresh each time; null when it is cheap and always gives the same. */
  blocker: z.string().nullable(),
  /** Where `name = method` goes: just after the method's definition. */
  insertAt: z.int(),
  indent: z.string(),
  /** Places that ask the cache itself (`cache_info`, `cache_clear`). */
  asked: z.array(Place),
});
export type InstanceCache = z.infer<typeof InstanceCache>;

/** One class statement. */
export const ClassInfo = z.strictObject({
  file: z.string(),
  name: z.string(),
  qualname: z.string(),
  line: z.int(),
  /** Every name in the chain of bases: `project` is `file:qualname` where it resolves to a class of the project. */
  bases: z.array(
    z.strictObject({
      text: z.string(),
      project: z.string().nullable(),
      known: z.enum(["plain", "slotted", "generic", "foreign"]),
    }),
  ),
  metaclass: z.string().nullable(),
  keywords: z.array(z.string()),
  kind: z.enum(["plain", "dataclass", "attrs", "enum", "exception", "namedtuple", "typed-dict", "protocol"]),
  /** `gives`: it gives back the very class that it gets, and looks at nothing that slots would change. */
  decorators: z.array(z.strictObject({ text: z.string(), line: z.int(), gives: z.boolean() })),
  /** The decorator `@dataclass` or `@attr.s`: where a keyword goes, and the text that goes around it. */
  dataclass: z
    .strictObject({ keywords: z.record(z.string(), z.string()), insertAt: z.int(), before: z.string(), after: z.string() })
    .nullable(),
  /** Made by `@attrs.define` or one of its kin, which makes slots unless it is told not to. */
  attrsSlots: z.boolean(),
  /** Inside a function: made anew at each call. */
  local: z.boolean(),
  /** Where a line at its head goes; `tight`: a definition follows at once; `oneLine`: no line can go there. */
  body: z.strictObject({ insertAt: z.int(), indent: z.string(), newline: z.string(), oneLine: z.boolean(), tight: z.boolean() }),
  /** Text of its own `__slots__` value; null without. */
  slots: z.string().nullable(),
  names: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(["value", "annotation", "function", "property", "cached-property", "class"]),
      line: z.int(),
      /** Annotated: in a dataclass a field (unless ClassVar or InitVar); in an attrs class what attrs makes one of. */
      field: z.boolean(),
    }),
  ),
  stores: z.array(AttributeStore),
  /** `setattr`, `__dict__`, `vars`, `__class__`, `__weakref__`, `weakref` uses on self inside its own methods. */
  dynamic: z.array(
    z.strictObject({
      kind: z.string(),
      line: z.int(),
      method: z.string(),
      name: z.string().nullable(),
      /** The instance's dictionary is read on the spot: a fresh dict with the same entries serves as well. */
      reads: z.boolean(),
    }),
  ),
  /** Statements of its methods that fill an object's dictionary as a whole; `items` gives what they put in, pair by pair. */
  dictStores: z.array(
    z.strictObject({
      method: z.string(),
      line: z.int(),
      receiver: z.string(),
      items: z.string(),
      /** Names that cannot be among them: parameters of a method whose remaining keywords they are. */
      never: z.array(z.string()),
      /** Two names that are free in the method; null where none are. */
      names: z.array(z.string()).length(2).nullable(),
      blocker: z.string().nullable(),
      statement: Statement,
    }),
  ),
  /** Special methods it defines, of those that matter here (`__getattr__`, `__reduce__`, `__init_subclass__`, …). */
  overrides: z.array(z.string()),
  /** Methods that use `super()` without arguments or `__class__`. */
  zeroArgumentSuper: z.array(z.strictObject({ method: z.string(), line: z.int() })),
  subclasses: z.array(z.string()),
  /** A public name at module level, or in `__all__`. */
  exported: z.boolean(),
  /** Stores on receivers other than self anywhere in the project whose name no other class of the project has, or whose receiver is proven. */
  foreignStores: z.array(ClassUse),
  /** `Class.field` read by the class's own name: with slots that would be a descriptor. */
  classReads: z.array(ClassUse),
  /** How often each stored name is read or named in text anywhere in the project, and where first. */
  attributeReads: z.record(z.string(), z.strictObject({ count: z.int(), first: Place.nullable() })),
  instanceCaches: z.array(InstanceCache),
  /** `@lru_cache(maxsize=None)` or `@cache` on methods: one cache for all instances. */
  methodCaches: z.array(z.strictObject({ method: z.string(), line: z.int(), bounded: z.boolean() })),
});
export type ClassInfo = z.infer<typeof ClassInfo>;

/** What becomes of one result of a read, or of the mapping itself. */
export const ReadUse = z.strictObject({
  ...Place.shape,
  kind: z.enum(["read", "mutate", "membership", "other"]),
  /** For `mutate`: the call that must become an access of the mapping itself, with its new text; null where it cannot be written. */
  rewrite: z.strictObject({ ...span, text: z.string(), scope: z.string() }).nullable(),
  what: z.string(),
});
export type ReadUse = z.infer<typeof ReadUse>;

/** `d[k]`, read from something that is a `defaultdict(list | dict | set)` wherever it is bound. */
export const DefaultRead = z.strictObject({
  ...span,
  line: z.int(),
  function: z.string(),
  functionLine: z.int(),
  mapping: z.string(),
  key: z.string(),
  factory: z.enum(["list", "dict", "set"]),
  /** Why the mapping cannot be followed; null when each place that binds it is known. */
  blocker: z.string().nullable(),
  uses: z.array(ReadUse),
  /** Uses of the mapping as a whole by which a missing key could be noticed. */
  mappingUses: z.array(ReadUse),
});
export type DefaultRead = z.infer<typeof DefaultRead>;

/** A dict display whose keys are all text. */
const RecordLiteral = z.strictObject({
  line: z.int(),
  endLine: z.int(),
  function: z.string(),
  functionLine: z.int(),
  entries: z.array(z.strictObject({ key: z.string(), value: ExpressionText })),
});

/** What is true of the classes of one file; offsets are into the raw bytes of the file that each entry names. */
export const ClassFacts = z.strictObject({
  /** The file belongs to a package that is distributed to others. */
  library: z.boolean(),
  classes: z.array(ClassInfo),
  /** Ancestors and descendants of these classes that lie in other files of the project. */
  related: z.array(ClassInfo),
  defaultReads: z.array(DefaultRead),
  records: z.array(RecordLiteral),
  /** The name by which the module `sys` is at hand at module level; null: `import sys` has to go to insertAt. */
  sys: z.strictObject({ name: z.string().nullable(), taken: z.boolean(), insertAt: z.int(), newline: z.string() }),
  /** The lru_cache import, when nothing but instance caches uses it and it can go with them. */
  cacheImport: z.strictObject({ ...span, uses: z.int() }).nullable(),
  /** Anywhere in the project: weak references made; pickle protocol 0 or 1; `__dict__`, vars or `__class__ =` on unknown receivers. */
  weakReferences: z.array(Place),
  oldPickles: z.array(Place),
  dictUses: z.array(Place),
  /** Uses of any object's dictionary, `self` included, that read it on the spot and keep nothing of it. */
  dictReads: z.array(Place),
  classChanges: z.array(Place),
});
export type ClassFacts = z.infer<typeof ClassFacts>;
