import { type Frame, isOfProject, type PeakStacks, type Picture } from "../vocabulary/stacks.ts";

/** Largest stacks that are kept. */
const mostStacks = 2000;

/** What a journal keeps of the stacks at a peak. */
export function pictureOf({ peakBytes, stacks }: PeakStacks): Picture {
  const frames: Frame[] = [];
  const indices = new Map<string, number>();
  const indexOf = (frame: Frame): number => {
    const key = `${frame.file}\0${frame.line}\0${frame.function}`;
    const known = indices.get(key);
    if (known !== undefined) return known;
    indices.set(key, frames.length);
    return frames.push(frame) - 1;
  };
  const kept = stacks.slice(0, mostStacks).map((it) => ({ ...it, frames: fromProject(it.frames).map(indexOf) }));
  return { peakBytes, frames, stacks: kept, restBytes: stacks.slice(mostStacks).reduce((sum, it) => sum + it.bytes, 0) };
}

/** Without what called the project's first frame (a test runner); all of it where the project has none in it. */
function fromProject(frames: readonly Frame[]): readonly Frame[] {
  const first = frames.findIndex(isOfProject);
  return first < 0 ? frames : frames.slice(first);
}

/** The stacks of a picture again. */
export function stacksOf({ peakBytes, frames, stacks, restBytes }: Picture): PeakStacks {
  return {
    source: "tracemalloc",
    peakBytes,
    allocations: null,
    stacks: stacks.map((it) => ({ ...it, frames: it.frames.flatMap((at) => frames[at] ?? []) })),
    partial: restBytes > 0 ? "the smallest stacks are left out" : null,
  };
}
