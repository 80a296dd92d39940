import { z } from "zod";

/** File of the outermost frame of what another thread than the main one asked for. */
export const otherThreads = "<other threads>";

/** A frame of a stack. `file` is relative to the project with `/`; absolute where it lies outside. */
export const Frame = z.strictObject({ file: z.string(), line: z.int().nonnegative(), function: z.string() });
export type Frame = z.infer<typeof Frame>;

/** Whether a frame is of the project's own code. */
export const isOfProject = ({ file }: Pick<Frame, "file">): boolean => !/^([/<]|[A-Za-z]:[\\/])/.test(file);

/** One way by which memory came to stand at the peak. */
export const Stack = z.strictObject({
  /** Outermost first. */
  frames: z.array(Frame),
  bytes: z.number(),
  blocks: z.int(),
});
export type Stack = z.infer<typeof Stack>;

/** The largest stacks at a peak, each frame written once: what a journal keeps of them. */
export const Picture = z.strictObject({
  peakBytes: z.number(),
  frames: z.array(Frame),
  /** Indices into `frames`, outermost first; largest stack first. */
  stacks: z.array(z.strictObject({ frames: z.array(z.int()), bytes: z.number(), blocks: z.int() })),
  /** Of the stacks that are too small to be kept. */
  restBytes: z.number(),
});
export type Picture = z.infer<typeof Picture>;

/** What stands at the peak, by call stack. */
export const PeakStacks = z.strictObject({
  source: z.enum(["memray", "tracemalloc"]).describe("memray sees every allocator, tracemalloc Python's and numpy's"),
  peakBytes: z.number(),
  /** Number of allocations of the whole run; null: not counted. */
  allocations: z.int().nullable(),
  stacks: z.array(Stack).describe("largest first"),
  /** What is not in them, in a sentence; null: nothing. */
  partial: z.string().nullable(),
});
export type PeakStacks = z.infer<typeof PeakStacks>;
