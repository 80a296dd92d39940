import { type Experiment, keeps, type State } from "./state.ts";

/** Kept changes that go to review together, in the order in which they were made. */
export interface Group {
  experiments: Experiment[];
  /** All files that they change. */
  files: string[];
}

/**
 * One change a branch; changes that share a file stay together, since the later one was made on top of the earlier (method.md, 15).
 * `filesOf`: what each experiment changed. Biggest gain first.
 */
export function groups(state: State, filesOf: ReadonlyMap<number, readonly string[]>): Group[] {
  const found: Group[] = [];
  for (const experiment of keeps(state)) {
    const files = filesOf.get(experiment.number) ?? [];
    const touched = found.filter((it) => it.files.some((file) => files.includes(file)));
    const rest = found.filter((it) => !touched.includes(it));
    found.splice(0, found.length, ...rest, joined([...touched, { experiments: [experiment], files: [...files] }]));
  }
  return found.sort((a, b) => gainOf(b) - gainOf(a) || firstOf(a) - firstOf(b));
}

/** Groups as one. */
export function joined(all: readonly Group[]): Group {
  return {
    experiments: all.flatMap((it) => it.experiments).sort((a, b) => a.number - b.number),
    files: [...new Set(all.flatMap((it) => it.files))].sort(),
  };
}

/**
 * With whom a group goes that does not stand by itself: the one whose last change came just before its first, since it was measured on
 * top of that; for the very first, the one that came next. Null: there is no other.
 */
export function companion(group: Group, all: readonly Group[]): Group | null {
  const others = all.filter((it) => it !== group);
  const earlier = others.filter((it) => firstOf(it) < firstOf(group));
  return (
    [...earlier].sort((a, b) => closest(b, group) - closest(a, group))[0] ??
    [...others].sort((a, b) => firstOf(a) - firstOf(b))[0] ??
    null
  );
}

/** The last experiment of `it` before the first of `group`. */
const closest = (it: Group, group: Group): number =>
  Math.max(...it.experiments.map((one) => one.number).filter((number) => number < firstOf(group)));

const firstOf = (it: Group): number => it.experiments[0]?.number ?? 0;

const gain = (it: Experiment): number => Math.max(it.verdict?.heapGainBytes ?? 0, it.verdict?.processGainBytes ?? 0);
const gainOf = (it: Group): number => it.experiments.reduce((sum, one) => sum + gain(one), 0);

/** The change that gave most: a group is named after it. */
export function leading({ experiments }: Group): Experiment | null {
  return [...experiments].sort((a, b) => gain(b) - gain(a) || a.number - b.number)[0] ?? null;
}

/** A branch name's last part: lower case, hyphens, whole words, at most 40 characters. */
export function topicOf(summary: string): string {
  const words = summary
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, " ")
    .trim()
    .split(" ");
  let topic = "";
  for (const word of words) {
    const longer = topic === "" ? word.slice(0, 40) : `${topic}-${word}`;
    if (longer.length > 40) break;
    topic = longer;
  }
  return topic || "change";
}

/** `mem: …`, at most 72 characters, in the imperative of the change that gave most. */
export function titleOf(group: Group): string {
  const summary = leading(group)?.proposal.summary ?? "";
  const others = group.experiments.length - 1;
  const more = others === 0 ? "" : others === 1 ? ", with one more" : `, with ${others} more`;
  const text = `${summary[0]?.toLowerCase() ?? ""}${summary.slice(1)}`.replace(/\.$/, "");
  const room = 72 - "mem: ".length - more.length;
  return `mem: ${text.length > room ? `${text.slice(0, room - 1).trimEnd()}…` : text}${more}`;
}
