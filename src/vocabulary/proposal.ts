import { z } from "zod";
import { FunctionRef } from "./target.ts";

/** The five categories of method.md, 4. */
export const Category = z.enum(["model-weights", "inference-buffers", "image-buffers", "data-structures", "import-time"]);
export type Category = z.infer<typeof Category>;

/** The order in which kinds of strategy are tried (method.md, 6.4). */
export const Strategy = z.enum(["allocations", "format", "reordering", "quantization"]);
export type Strategy = z.infer<typeof Strategy>;

/** The four kinds of the secondary sweep (method.md, 10). */
export const SweepKind = z.enum(["slots", "copies", "json-round-trip", "log-formatting"]);
export type SweepKind = z.infer<typeof SweepKind>;

/** Replaces bytes [start, end) of a file's raw bytes. Insertion: start = end. Edits of one file never overlap. */
export const Edit = z.strictObject({
  file: z.string(),
  start: z.int().nonnegative(),
  end: z.int().nonnegative(),
  text: z.string(),
});
export type Edit = z.infer<typeof Edit>;

/** The eight answers (method.md, 5). Each is a sentence; 3 to 6 must be concrete. */
export const Checklist = z.strictObject({
  category: Category,
  visible: z.string(),
  reducible: z.string(),
  persistent: z.string(),
  exercised: z.string(),
  mechanism: z.string(),
  productionSafe: z.string(),
  verifyCheaply: z.string(),
});
export type Checklist = z.infer<typeof Checklist>;

/** One change that a mind wants tried. */
export const Proposal = z.strictObject({
  /** Technique or recipe name, kebab-case. */
  technique: z.string(),
  strategy: Strategy,
  sweep: SweepKind.nullable(),
  /** Where: the function (or class, as its qualname) that is changed. */
  site: FunctionRef,
  /** What of the site is meant, stable over edits elsewhere: a variable, an attribute, a callee. */
  subject: z.string(),
  /** One short name for people: `_processing_log snapshots`. */
  description: z.string(),
  /** One sentence, imperative, no "and": becomes the commit subject after `mem: `. */
  summary: z.string(),
  category: Category,
  /** Measured bytes at the peak that the change is about; what orders the candidates. */
  evidenceBytes: z.number(),
  /** The part of them that the mechanism can give back, by the recipe's own arithmetic on measured counts. */
  expectedBytes: z.number(),
  /** The measurement in words: which row, line, type, count. */
  evidence: z.string(),
  checklist: Checklist,
  edits: z.array(Edit).min(1),
  /** Functions and classes that the edits may touch, as `file:qualname` (`file:<module>` for imports). */
  scope: z.array(z.string()),
  /** What a reader must know that the change costs (free attributes, weak references lost, errors that move later). */
  declaredCosts: z.array(z.string()),
  /** Set when the change needs the user's leave: `api`, `slow`, … */
  consent: z.string().nullable(),
});
export type Proposal = z.infer<typeof Proposal>;

/** A site that a technique fits but whose preconditions do not hold. */
export const Forbidden = z.strictObject({
  technique: z.string(),
  site: FunctionRef,
  subject: z.string(),
  evidenceBytes: z.number(),
  /** Which precondition failed, in a sentence that names the place that refutes it. */
  reason: z.string(),
});
export type Forbidden = z.infer<typeof Forbidden>;

/** A site (`file:qualname`) for which a mind has nothing, and the technical reason. */
export const PassedSite = z.strictObject({ site: z.string(), why: z.string() });
export type PassedSite = z.infer<typeof PassedSite>;
