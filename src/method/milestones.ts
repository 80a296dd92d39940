import type { EntryOf } from "../vocabulary/journal.ts";
import type { Finding } from "../vocabulary/review.ts";
import { brokenTests } from "./excluded-tests.ts";
import { mebibyte, median } from "./noise.ts";
import { type Experiment, keeps, type State } from "./state.ts";

/** The commit up to which everything was looked at: the last milestone's, or the base. */
export function reviewedUpTo(state: State): string {
  return state.milestones.at(-1)?.commit ?? state.session?.base ?? state.commit;
}

/** Keeps since the last milestone, oldest first. */
export function unreviewed(state: State): Experiment[] {
  const upTo = state.milestones.at(-1)?.upTo ?? 0;
  return keeps(state).filter((it) => it.number > upTo);
}

/** A milestone is due after so many keeps, and before a session with keeps ends: with a replay (method.md, 7.17 and 15). */
export function milestoneIsDue(state: State, ending: boolean): boolean {
  const waiting = unreviewed(state).length;
  return ending ? waiting > 0 || onlyReplayIsDue(state) : waiting >= (state.session?.settings.milestone ?? 3);
}

/** Nothing was kept since the last milestone: its figures stand, and only the replay is missing before the session ends. */
export function onlyReplayIsDue(state: State): boolean {
  const last = state.milestones.at(-1);
  return unreviewed(state).length === 0 && last?.commit === state.commit && last.objection === null && last.replay === null;
}

type Tiers = EntryOf<"milestone">["tiers"];

/** Why the fresh figures contradict the loop: the sign of a tier's change is not what the keeps said. Null: they agree. */
export function contradiction(state: State, tiers: Tiers): string | null {
  const here = tiers.find((it) => it.tier === state.tier);
  if (!here) return null;
  const process = (samples: Tiers[number]["base"]) => median(samples.flatMap((it) => it.peakBytes ?? []));
  const [before, after] = [process(here.base), process(here.head)];
  const [heapBefore, heapAfter] = here.heap.map((it) => it.heapPeakBytes);
  if (before === null || after === null || heapBefore == null || heapAfter == null) return "head or base could not be measured";
  if (heapAfter < heapBefore || after < before) return null;
  const grew = ((heapAfter - heapBefore) / mebibyte).toFixed(1);
  return `measured afresh, the heap peak of the kept changes is ${grew} MiB above the base's`;
}

/** A test that passed before any change and fails at the head. */
export function brokenAtHead(state: State, run: EntryOf<"milestone">["tests"]): string | null {
  if (!run) return null;
  const [broken] = brokenTests(state.testRuns, [run]);
  return broken === undefined ? null : `${broken} passed before any change and does not now`;
}

/** Keeps since the last milestone whose lines outweigh their gain: proposed for removal (method.md, 15). */
export function notWorthIt(state: State): Finding[] {
  const { linesPerPercent } = state.session?.settings.thresholds ?? { linesPerPercent: 20 };
  return unreviewed(state).flatMap(({ proposal, implemented, verdict, before }) => {
    const lines = implemented?.changedLines ?? 0;
    const shares = [
      (verdict?.heapGainBytes ?? 0) / Math.max(before.heapBytes, 1),
      (verdict?.processGainBytes ?? 0) / Math.max(before.processBytes, 1),
    ];
    const percent = Math.max(...shares) * 100;
    if (lines <= percent * linesPerPercent) return [];
    const text = `proposed for removal: ${lines} changed lines for ${percent.toFixed(1)} % of the peak (${proposal.summary})`;
    const { file, qualname, line } = proposal.site;
    return [{ kind: "simplicity", file, function: qualname, line, text, confidence: 0.6, blocking: false } as const];
  });
}

/** The finding that takes a change back: public behaviour counts for a library, and not where the user gave leave. */
export function blockingFinding(state: State, findings: readonly Finding[]): Finding | null {
  const { library = true, settings } = state.session ?? {};
  // What a keep reaches for was judged with its proposal, which says why.
  const counts = (it: Finding) => it.kind !== "reach" && (it.kind !== "public" || (library && !settings?.allow.includes("api")));
  return findings.find((it) => it.blocking && counts(it)) ?? null;
}

/** A keep that the last milestone objected to and that still stands: the process was ended between the two. */
export function takeBackIsDue(state: State): { milestone: EntryOf<"milestone">; keep: Experiment } | null {
  const keep = state.objected && accused(state, state.objected);
  return state.objected && keep ? { milestone: state.objected, keep } : null;
}

/** The keep that an objection speaks against: the one whose file a blocking finding names, else the last one. */
function accused(state: State, milestone: EntryOf<"milestone">): Experiment | null {
  const since = keeps(state);
  const file = blockingFinding(state, milestone.findings)?.file;
  const named = file === undefined ? undefined : since.findLast((it) => it.proposal.edits.some((edit) => edit.file === file));
  return named ?? since.at(-1) ?? null;
}
