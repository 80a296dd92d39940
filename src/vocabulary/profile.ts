import { z } from "zod";
import { FunctionRef, Place } from "./target.ts";

/**
 * One statement of one watched function, reached through one path of calls: a node of the stage tree.
 * Bytes are of the traced heap. `peakBytes` is absolute (as high as the heap stood inside this statement);
 * `riseBytes` is the highest point above the statement's own entry; `deltaBytes` is what all its runs left behind.
 */
export const StageNode = z.strictObject({
  id: z.int(),
  parent: z.int().nullable(),
  function: FunctionRef,
  line: z.int(),
  endLine: z.int(),
  /** First line of the statement's source, trimmed to 80 characters. */
  text: z.string(),
  /** Dotted text of the outermost call in the statement (`parse_readings`, `self.load`), or null. */
  callee: z.string().nullable(),
  count: z.int(),
  deltaBytes: z.number(),
  riseBytes: z.number(),
  peakBytes: z.number(),
});
export type StageNode = z.infer<typeof StageNode>;

/** Where the heap stood highest: the event that opens the interval in which the peak was reached. */
export const PeakMoment = z.strictObject({
  peakBytes: z.number(),
  /** Number of the line event before the peak; the same program reaches it at the same number again. */
  event: z.int(),
  /** Innermost project frame first. */
  stack: z.array(Place),
});
export type PeakMoment = z.infer<typeof PeakMoment>;

/** A row of the per-stage table. */
export const StageRow = z.strictObject({
  name: z.string(),
  file: z.string(),
  line: z.int(),
  count: z.int(),
  deltaBytes: z.number(),
  cumulativeBytes: z.number(),
  peakBytes: z.number(),
  /** What the operating system saw inside the stage (VmHWM, reset at its start); null where it could not be read. */
  processPeakBytes: z.number().nullable(),
});
export type StageRow = z.infer<typeof StageRow>;

export const StageTable = z.strictObject({
  /** The pipeline function; null when the rows are statements of a module body. */
  pipeline: FunctionRef,
  why: z.string(),
  rows: z.array(StageRow),
  /** Index into rows of the stage in which the heap stood highest. */
  dominant: z.int(),
  peakBytes: z.number(),
  /** What stands at the peak and came by no statement of the main thread's project code. */
  beside: z.array(z.strictObject({ name: z.enum(["other threads", "outside the project"]), bytes: z.number() })).default([]),
});
export type StageTable = z.infer<typeof StageTable>;

/** A line that holds memory at the peak. */
export const HeldLine = z.strictObject({
  ...Place.shape,
  bytes: z.number(),
  blocks: z.int(),
  /** Inside the project (false: standard library, site-packages). */
  project: z.boolean(),
});
export type HeldLine = z.infer<typeof HeldLine>;

/** Live objects of one type at the peak. `bytes` is the shallow size incl. the instances' own dictionaries. */
export const HeldType = z.strictObject({
  /** `package.module:Qualified.Name`; builtins without module: `dict`. */
  type: z.string(),
  count: z.int(),
  bytes: z.number(),
  /** Bytes of materialised or inline instance dictionaries within `bytes`. */
  dictBytes: z.number(),
  /** Defined in a file of the project. */
  project: z.boolean(),
  /** How many objects are smaller than `below` bytes and not smaller than half of it. */
  sizes: z.array(z.strictObject({ below: z.int(), count: z.int() })).default([]),
  /** Why one of them is alive: the shortest path from a name, a cache, native code; null where none was found or looked for. */
  heldBy: z.strictObject({ kind: z.string(), path: z.string() }).nullable().default(null),
  /** The lines that made most of them: allocation line by tracemalloc. */
  madeAt: z.array(z.strictObject({ file: z.string(), line: z.int(), count: z.int() })),
});
export type HeldType = z.infer<typeof HeldType>;

/** A local variable of a frame on the peak stack. */
export const PeakLocal = z.strictObject({
  ...Place.shape,
  functionLine: z.int(),
  name: z.string(),
  type: z.string(),
  /** `dead`: never read again from here; `in-use`: read by the statement under way, dead after it; `live`: read later. */
  state: z.enum(["live", "in-use", "dead"]),
  /** What goes when the name goes: bytes that nothing live on the stack or in a module reaches otherwise. */
  exclusiveBytes: z.number(),
  /** 0 = the innermost project frame. */
  depth: z.int(),
});
export type PeakLocal = z.infer<typeof PeakLocal>;

/** A long-lived container found at the peak: a module global, class attribute, or attribute of an instance. */
const Holder = z.strictObject({
  kind: z.enum(["global", "class-attribute", "instance-attribute"]),
  file: z.string(),
  /** Module (`pkg.mod`) or class (`pkg.mod:Class`) that owns the name. */
  owner: z.string(),
  name: z.string(),
  type: z.string(),
  length: z.int().nullable(),
  /** Bytes that would go with it: reachable from it and from nothing live elsewhere. */
  exclusiveBytes: z.number(),
});

/** Equal strings held under one name: an attribute of a class, or a key of record-shaped dicts. */
export const RepeatedText = z.strictObject({
  kind: z.enum(["attribute", "dict-key"]),
  /** `pkg.mod:Class`, or for dict-key the sorted key tuple joined with `,`. */
  owner: z.string(),
  name: z.string(),
  count: z.int(),
  distinct: z.int(),
  /** Bytes that sharing would save. */
  duplicateBytes: z.number(),
  /** Every value seen there is exactly `str`. */
  exactText: z.boolean(),
});
export type RepeatedText = z.infer<typeof RepeatedText>;

/** Tuples or frozen sets of plain values that one line made, equal ones more than once. */
export const EqualTuples = z.strictObject({
  file: z.string(),
  line: z.int(),
  type: z.enum(["tuple", "frozenset"]),
  /** All that the line made and that are alive, and how many different ones are among them. */
  count: z.int(),
  distinct: z.int(),
  /** Bytes that sharing would save: of the values, and of the items that nothing else holds. */
  duplicateBytes: z.number(),
  /** How many items each has; null where that differs. */
  length: z.int().nullable(),
  /** Names of the types seen at each place; where the length is null one list for all. */
  items: z.array(z.array(z.string())),
  /** Lines of the project that called what made them, most of them first. */
  calledFrom: z.array(z.strictObject({ file: z.string(), line: z.int(), count: z.int() })),
});
export type EqualTuples = z.infer<typeof EqualTuples>;

/** Dicts with one key tuple, made in one place. */
const RecordDicts = z.strictObject({
  keys: z.array(z.string()),
  count: z.int(),
  bytes: z.number(),
  madeAt: z.array(z.strictObject({ file: z.string(), line: z.int(), count: z.int() })),
});

/** Whose the traced memory is: arrays (numpy's data), imports, the project, a library, or the interpreter and its own library. */
const HeldArea = z.strictObject({
  area: z.enum(["arrays", "imports", "project", "library", "interpreter"]),
  /** Top-level package of the library that asked for it. */
  library: z.string().nullable(),
  bytes: z.number(),
  blocks: z.int(),
});

/** Who is at the peak (measuring.md, census pass). Largest first in every list; each list is cut at 60. */
export const Census = z.strictObject({
  /** Heap at the moment of the census and the peak that it stands for. */
  tracedBytes: z.number(),
  peakBytes: z.number(),
  stack: z.array(Place),
  lines: z.array(HeldLine),
  /** Grouped by the innermost project frame of each block's stack. */
  projectLines: z.array(HeldLine),
  /** All of the traced memory, each block once. */
  /** Of blocks in whose recorded frames is none of the project and no import: what deeper traces might place. */
  unplacedBytes: z.number(),
  areas: z.array(HeldArea),
  /** Top-level packages of the installed libraries that were loaded. */
  libraries: z.array(z.string()),
  types: z.array(HeldType),
  locals: z.array(PeakLocal),
  holders: z.array(Holder),
  repeated: z.array(RepeatedText),
  equalTuples: z.array(EqualTuples).default([]),
  records: z.array(RecordDicts),
  /** functools.lru_cache objects alive. `owner`: what is wrapped; `bound`: wraps a bound method. */
  caches: z.array(
    z.strictObject({
      function: z.string(),
      file: z.string(),
      line: z.int(),
      count: z.int(),
      entries: z.int(),
      hits: z.int(),
      bound: z.boolean(),
    }),
  ),
  /** Empty lists, dicts, sets held as values inside mappings, by the line that made them. */
  emptyValues: z.array(z.strictObject({ type: z.string(), file: z.string(), line: z.int(), count: z.int(), bytes: z.number() })),
});
export type Census = z.infer<typeof Census>;

/** Resident memory of one run, as it was seen from outside. Times are milliseconds from the start of the process. */
export const Timeline = z.strictObject({
  /** `[atMs, bytes]`, in order, at most 400; each is the highest that was seen since the one before. */
  points: z.array(z.tuple([z.number(), z.number()])),
  /** How many processes there were at most; of more than one, memory that they share is counted more than once. */
  processes: z.int(),
  /** When statements of the pipeline function ran; empty: they ran too often to tell. */
  spans: z.array(z.strictObject({ line: z.int(), fromMs: z.number(), toMs: z.number() })),
});
export type Timeline = z.infer<typeof Timeline>;

/** All that one profile of one tree says. */
export const Profile = z.strictObject({
  tree: z.string(),
  nodes: z.array(StageNode),
  peak: PeakMoment,
  table: StageTable,
  census: Census.nullable(),
  /** Of the run that looked at the stages; null: it cannot be seen here. */
  timeline: Timeline.nullable().default(null),
  /** Why there is no census, or what in it is partial. */
  notes: z.array(z.string()),
});
export type Profile = z.infer<typeof Profile>;
