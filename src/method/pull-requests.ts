import { commitSubject } from "./history.ts";
import type { Experiment } from "./state.ts";

/** A kept change with the files that its commit changed; `order`: where it stands among all that lead to the head, from 0. */
export interface Kept {
  order: number;
  experiment: Experiment;
  files: readonly string[];
}

/** Kept changes that go to review together, in the order in which they were made. */
export interface Group {
  kept: readonly Kept[];
  /** All files that they change. */
  files: readonly string[];
}

/**
 * One change a branch; changes that share a file stay together, since the later one was made on top of the earlier (method.md, 15).
 * Biggest gain first.
 */
export function groups(kept: readonly Kept[]): Group[] {
  const found: Group[] = [];
  for (const one of kept) {
    const touched = found.filter((it) => it.files.some((file) => one.files.includes(file)));
    const rest = found.filter((it) => !touched.includes(it));
    found.splice(0, found.length, ...rest, joined([...touched, { kept: [one], files: one.files }]));
  }
  return inOrder(found);
}

/** Biggest gain first. */
export const inOrder = (all: readonly Group[]): Group[] =>
  [...all].sort((a, b) => gainOf(b) - gainOf(a) || firstOf(a) - firstOf(b));

/** Groups as one. */
export function joined(all: readonly Group[]): Group {
  return {
    kept: all.flatMap((it) => it.kept).sort((a, b) => a.order - b.order),
    files: [...new Set(all.flatMap((it) => it.files))].sort(),
  };
}

/**
 * With whom a group goes that does not stand by itself: the one with the last change before its first, since it was measured on top of
 * that; the very first goes with the next. Null: there is no other.
 */
export function companion(group: Group, all: readonly Group[]): Group | null {
  const others = all.filter((it) => it !== group);
  const lastBefore = (it: Group) => Math.max(-1, ...it.kept.map((one) => one.order).filter((order) => order < firstOf(group)));
  const earlier = others.filter((it) => lastBefore(it) >= 0).sort((a, b) => lastBefore(b) - lastBefore(a));
  return earlier[0] ?? [...others].sort((a, b) => firstOf(a) - firstOf(b))[0] ?? null;
}

const firstOf = (it: Group): number => it.kept[0]?.order ?? 0;

const gain = ({ experiment: { verdict } }: Kept): number => Math.max(verdict?.heapGainBytes ?? 0, verdict?.processGainBytes ?? 0);
const gainOf = (it: Group): number => it.kept.reduce((sum, one) => sum + gain(one), 0);

/** In the words of the change that gave most. */
function leadingSummary(group: Group): string {
  const [most] = [...group.kept].sort((a, b) => gain(b) - gain(a) || a.order - b.order);
  return most?.experiment.proposal.summary ?? "";
}

/** A branch name's last part, of the change that gave most: lower case, hyphens, whole words, at most 40 characters, none of `taken`. */
export function topicOf(group: Group, taken: readonly string[]): string {
  const words = (leadingSummary(group).split(",")[0] ?? "")
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, " ")
    .trim()
    .split(" ");
  let topic = (words[0] ?? "").slice(0, 40) || "change";
  for (const word of words.slice(1)) {
    if (topic.length + 1 + word.length > 40) break;
    topic += `-${word}`;
  }
  for (let number = 2, plain = topic; taken.includes(topic); number++) topic = `${plain}-${number}`;
  return topic;
}

/** `mem: …`, at most 72 characters. */
export function titleOf(group: Group): string {
  const others = group.kept.length - 1;
  if (others === 0) return commitSubject(leadingSummary(group));
  const more = ` (+${others} more)`;
  const subject = commitSubject(leadingSummary(group));
  const room = 72 - more.length;
  return `${
    subject.length > room
      ? `${subject
          .slice(0, room - 1)
          .trimEnd()
          .replace(/…$/, "")}…`
      : subject
  }${more}`;
}
