import { z } from "zod";
import { Census, type PeakMoment } from "../../vocabulary/profile.ts";
import { isOfProject, type PeakStacks, Stack } from "../../vocabulary/stacks.ts";
import { answersOf, notesOf, type ProbeRun } from "./probe.ts";

/** Frames kept of each allocation: few are cheap (five made a run 2.4 times as long as two), more reach through libraries. */
const frameLadder = [2, 8, 16] as const;
/** From this rung on the frames make a picture that a session keeps (twenty took two and a half times as long as eight). */
const pictureRung = 1;
/** Where the project's own lines are not found behind more than this share, more frames are needed. */
const unplacedShare = 0.1;
/** For a flame graph: frames kept of each allocation, and stacks told. */
export const flameFrames = 40;
export const mostStacks = 20_000;
const importing = "<frozen importlib._bootstrap";

/** Looks at what is alive at the peak, of one target: with as many frames of each allocation as it turned out to need. */
export class Censuses {
  /** How deep allocations had to be followed so far. */
  private rung = 0;
  private readonly run: (commit: string, request: Record<string, unknown>) => Promise<ProbeRun>;

  constructor(run: Censuses["run"]) {
    this.run = run;
  }

  /** `withStacks`: a picture of the peak is wanted of the same run; it comes unasked where a census needs its frames anyway. */
  async take(commit: string, peak: PeakMoment, withStacks: boolean) {
    let rung = withStacks ? Math.max(this.rung, pictureRung) : this.rung;
    let [run, census] = await this.taken(commit, peak, rung);
    while (census && isTooMuch(census.unplacedBytes, census) && rung < frameLadder.length - 1) {
      rung++;
      const [deeper, more] = await this.taken(commit, peak, rung);
      run = deeper;
      census = more ?? census;
    }
    const stacks = census && rung >= pictureRung ? tracedStacks(census, run) : null;
    if (census) this.rung = stacks ? Math.min(rung, Math.max(this.rung, rungFor(stacks.stacks, census))) : rung;
    const notes = notesOf(run);
    const missing = `what is alive at the peak could not be counted (${run.error ?? "the moment did not come again"})`;
    return { census, stacks, notes: census || notes.length > 0 ? notes : [missing] };
  }

  /** What stands at the peak by call stack, from the census's own stop at it. */
  async stacks(commit: string, peak: PeakMoment, frames: number = frameLadder[pictureRung]): Promise<PeakStacks | null> {
    const run = await this.at(commit, peak, frames);
    const census = answersOf(run, "census", Census).at(-1);
    return census ? tracedStacks(census, run) : null;
  }

  private async taken(commit: string, peak: PeakMoment, rung: number) {
    const run = await this.at(commit, peak, frameLadder[rung] ?? flameFrames);
    return [run, answersOf(run, "census", Census).at(-1) ?? null] as const;
  }

  private at(commit: string, { event, peakBytes }: PeakMoment, frames: number): Promise<ProbeRun> {
    const more = frames >= frameLadder[pictureRung] ? { stacks: mostStacks } : {};
    return this.run(commit, { pass: "census", event, peakBytes, frames, ...more });
  }
}

export const stacksOf = (run: ProbeRun): Stack[] =>
  answersOf(run, "stacks", z.object({ stacks: z.array(Stack) })).flatMap((it) => it.stacks);

const tracedStacks = ({ peakBytes }: Census, run: ProbeRun): PeakStacks => ({
  source: "tracemalloc",
  peakBytes,
  allocations: null,
  stacks: stacksOf(run),
  partial: null,
});

const isTooMuch = (unplacedBytes: number, { tracedBytes }: Census) => unplacedBytes > unplacedShare * tracedBytes;

/** The lowest rung that would have placed enough of these blocks: more frames are kept for a picture than a census may need. */
function rungFor(stacks: readonly Stack[], census: Census): number {
  const isUnplaced = (frames: number) => (stack: Stack) =>
    stack.frames.slice(-frames).every((it) => !isOfProject(it) && !it.file.startsWith(importing));
  const enough = frameLadder.findIndex((frames) => {
    const unplaced = stacks.filter(isUnplaced(frames)).reduce((sum, it) => sum + it.bytes, 0);
    return !isTooMuch(unplaced, census);
  });
  return enough < 0 ? frameLadder.length - 1 : enough;
}
