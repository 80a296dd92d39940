import { z } from "zod";
import { Rung } from "./isolation.ts";

/** What a user may give leave to (method.md, 0: consent). */
export const Consent = z.enum([
  "slow",
  "api",
  "mmap",
  "cache",
  "processes",
  "runtime",
  "quantization",
  "import-time",
  "settings",
  "net",
  "untested",
  "lock",
]);
export type Consent = z.infer<typeof Consent>;

const mebibytes = (value: number, text: string) => z.number().nonnegative().default(value).describe(text);
const ratio = (value: number, text: string) => z.number().positive().default(value).describe(text);
const count = (value: number, text: string) => z.int().positive().default(value).describe(text);

/** Every threshold of method.md, 8 and 9, with its default. */
export const Thresholds = z.strictObject({
  keepMib: mebibytes(5, "gain that is kept at once when it is above the floor in every pair (MiB)"),
  smallPeakShare: ratio(0.05, "on small peaks, a confirmed gain of this share of the peak counts like keepMib"),
  slowRatio: ratio(1.5, "slower than this needs --allow slow"),
  refuseRatio: ratio(2, "slower than this is discarded without --allow slow"),
  heapFloorMib: mebibytes(0.0625, "smallest heap difference that is not noise (MiB)"),
  heapFloorShare: ratio(0.0005, "the same as a share of the peak"),
  processFloorMib: mebibytes(0.25, "smallest process difference that is not noise (MiB)"),
  processFloorShare: ratio(0.005, "the same as a share of the peak"),
  linesPerPercent: ratio(20, "changed lines that one per cent of the peak is worth: beyond it, the review proposes removal"),
  simpleChangeLines: count(40, "a small gain is kept only when the change has at most this many changed lines"),
  plateauDiscards: count(3, "discards in a row before the irreducible rule looks"),
  irreducibleShare: ratio(0.85, "share of the peak that must be irreducible"),
  diminishingKeeps: count(3, "keeps that must each give less than half of the one before"),
  diminishingShare: ratio(0.05, "the last of them must give less than this share of the current peak"),
  rotateAfter: count(3, "failures on one kind of allocation after which the next strategy comes first"),
  stuckExperiments: count(5, "drafts of a model without a keep after which it counts as stuck"),
  stuckRepeats: count(3, "the same failure so often in a row counts as stuck too"),
  microMib: mebibytes(10, "what a micro-benchmark alone must save to count (MiB)"),
  microShare: ratio(0.1, "or this share"),
  escalateRatio: ratio(2, "a heavier tier whose peak is at least this multiple is always gone to"),
  stayRatio: ratio(1.2, "one whose peak is at most this multiple is never gone to"),
  inputMultiple: ratio(2, "while the peak is above this multiple of the input, diminishing returns do not stop"),
  sweepInstances: count(1000, "live instances from which a class counts in the secondary sweep"),
});
export type Thresholds = z.infer<typeof Thresholds>;

/**
 * Settings of a run: `[tool.codeflash-memory]` in pyproject.toml and flags share this schema.
 * Keys are kebab-case there and on the command line.
 */
export const Settings = z.strictObject({
  python: z.string().min(1).optional().describe("the interpreter to use"),
  function: z.string().min(1).optional().describe("the pipeline function, `file.py:qualname` or `qualname`"),
  tests: z.string().optional().describe("pytest arguments that select the tests that must stay green"),
  testCommand: z.string().min(1).optional().describe("any command that must exit with 0"),
  guard: z.string().min(1).optional().describe("a command that must exit with 0 after every change"),
  allow: z.array(Consent).default([]).describe("what the run has leave to do"),
  protect: z.array(z.string()).default([]).describe("paths that are never changed"),
  repos: z.array(z.string().min(1)).default([]).describe("folders of other checkouts that are worked on together with this one"),
  pairs: z.int().min(2).max(50).default(3).describe("alternating pairs of runs behind each verdict"),
  jobs: z
    .int()
    .min(1)
    .max(16)
    .optional()
    .describe("runs at once, as far as cores and memory are free (default: 2, or 1 on one core)"),
  milestone: z.int().positive().default(3).describe("keeps between two milestones: full benchmark, review, tag"),
  input: z
    .string()
    .min(1)
    .optional()
    .describe("size of the input: MiB, or a file or folder (default: the files that the target reads)"),
  maxExperiments: z.int().positive().default(60).describe("stop after this many experiments"),
  maxTime: z.number().positive().optional().describe("stop after this many minutes"),
  timeout: z.number().positive().default(600).describe("end a first run of the target after this many seconds"),
  isolation: Rung.optional().describe(
    "how runs are kept apart: namespaces, landlock, process, external (this machine is a throw-away); default: the best that is there",
  ),
  expose: z
    .array(z.string().min(1))
    .default([])
    .describe("what a confined run may see: a path (to read), or `env:NAME` for a variable"),
  memoryLimit: z
    .number()
    .positive()
    .optional()
    .describe("memory for a run, in MiB: it is ended at 90 % of it (default: what is free)"),
  tiers: z
    .record(z.string().min(1), z.string().min(1))
    .default({})
    .describe("benchmarks by weight: `b` the lightest, `a` the medium, `s` the heaviest; each names a target"),
  catalogue: z.boolean().default(true).describe("whether the built-in recipes go first"),
  model: z.string().min(1).optional().describe("the model that goes on where the catalogue stops, `provider:name`"),
  triageModel: z.string().min(1).optional().describe("a cheap model that says which sites are worth asking the model about"),
  baseUrl: z.string().min(1).optional().describe("address of the model's server, for those that are not their provider's own"),
  price: z
    .array(z.number().nonnegative())
    .length(2)
    .optional()
    .describe("US dollars per million tokens, in and out, where the price table does not know the model"),
  docs: z
    .string()
    .min(1)
    .optional()
    .describe("an MCP documentation server that the model may ask about libraries: an address, or a command that starts it"),
  proposals: z.int().min(1).max(5).default(1).describe("different changes that the model drafts for one site, tried in turn"),
  maxCost: z.number().positive().optional().describe("stop after this much money (US dollars) went to the model"),
  reworks: z.int().nonnegative().default(2).describe("repairs that a mind may try when its change breaks something"),
  thresholds: Thresholds.default(Thresholds.parse({})).describe("the numbers of the verdict and plateau rules"),
});
export type Settings = z.infer<typeof Settings>;
