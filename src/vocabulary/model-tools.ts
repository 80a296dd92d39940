import { z } from "zod";
import { Category, Strategy } from "./proposal.ts";

const file = z.string().min(1).describe("path relative to the project's root");
const answer = (text: string) => z.string().min(1).max(600).describe(text);

/** One piece of a file as it is, and what it becomes. */
const EditBlockInput = z.strictObject({
  file,
  search: z.string().describe("lines of the file, quoted exactly and found in it exactly once"),
  replace: z.string().describe("what stands there instead"),
});

/** A change to be tried. What the harness measures by itself is not asked. */
export const ProposeInput = z.strictObject({
  technique: z
    .string()
    .regex(/^[a-z][a-z0-9-]{2,39}$/)
    .describe("kebab-case name of the technique: `stream-rows`, `compact-record`"),
  strategy: Strategy.describe(
    "allocations: use less; format: other types or files; reordering: free earlier; quantization: lossy",
  ),
  site: z.strictObject({ file, qualname: z.string().min(1) }).describe("the function or class that the change is about"),
  subject: z.string().min(1).max(80).describe("what of it: a variable, an attribute, a callee"),
  description: z.string().min(3).max(80).describe("a short name for people"),
  summary: z.string().min(8).max(110).describe("one sentence, imperative; with `and` in it, it is two changes"),
  expectedMib: z.number().positive().describe("MiB by which the peak falls, by your arithmetic on the measured counts"),
  checklist: z.strictObject({
    category: Category,
    reducible: answer("how the memory can be smaller, freed earlier or avoided; names the object, with a figure"),
    persistent: answer("whether it is still alive after its operation returns, by the evidence, with a figure"),
    mechanism: answer("how exactly the change lowers the peak: object, event before which it is gone, figure"),
    productionSafe: answer("throughput, latency, caches, pooled objects, errors that move"),
    verifyCheaply: answer("how it can be checked without the whole target, or why not"),
  }),
  scope: z
    .array(z.string().min(3))
    .min(1)
    .max(12)
    .describe(
      "every function or class that the edits touch, `file.py:qualname`; `file.py:<module>` for imports and new definitions",
    ),
  edits: z.array(EditBlockInput).min(1).max(20),
  declaredCosts: z.array(z.string().min(1).max(200)).max(8).describe("what a caller could notice; empty where nothing"),
  consent: z.enum(["api", "slow", "mmap", "quantization"]).nullable().describe("leave that the change needs, or null"),
});

export type ProposeInput = z.infer<typeof ProposeInput>;

export const RepairInput = z.strictObject({ edits: z.array(EditBlockInput).min(1).max(20), why: answer("what was wrong") });
export const PassInput = z.strictObject({ why: z.string().min(8).max(400).describe("the technical reason, for the report") });
export const ReadSourceInput = z.strictObject({
  file,
  qualname: z.string().min(1).describe("a function or class of it, or `<module>` for what stands outside of all of them"),
});
export const FindUsesInput = z.strictObject({ name: z.string().regex(/^[A-Za-z_]\w*$/) });
export const MicroInput = z.strictObject({
  setup: z.string().max(4000).describe("run before either, not measured; the project can be imported"),
  a: z.string().min(1).max(4000).describe("the way it is; its last expression is its value"),
  b: z.string().min(1).max(4000).describe("the other way"),
});
export const ProfileDetailInput = z.strictObject({
  what: z.enum(["stages", "lines", "types", "locals", "holders", "repeated", "site"]),
  site: z.string().optional().describe("`file.py:qualname`, with `site`"),
});
export const LibraryDocsInput = z.strictObject({
  library: z
    .string()
    .regex(/^[\w.@/ -]{1,60}$/)
    .describe("name of the library: `pandas`"),
  topic: z.string().min(2).max(120).describe("a few words, no code: `read_csv in chunks`"),
});
export const ApplyRecipeInput = z.strictObject({
  recipe: z.string().min(1).describe("name of a catalogue recipe"),
  site: z.strictObject({ file, qualname: z.string().min(1) }),
});
export const TriageInput = z.strictObject({
  sites: z.array(z.strictObject({ site: z.string(), worth: z.boolean(), why: z.string().min(3).max(200) })).min(1),
});
export const DoubtsInput = z.strictObject({
  doubts: z
    .array(
      z.strictObject({ file, line: z.int().positive(), text: z.string().min(8).max(300), confidence: z.number().min(0).max(1) }),
    )
    .max(12),
});
