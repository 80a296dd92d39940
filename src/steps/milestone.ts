import { budget } from "../method/drafting.ts";
import { decidingTests } from "../method/excluded-tests.ts";
import {
  blockingFinding,
  brokenAtHead,
  contradiction,
  notWorthIt,
  onlyReplayIsDue,
  reviewedUpTo,
  takeBackIsDue,
  unreviewed,
} from "../method/milestones.ts";
import { mebibyte } from "../method/noise.ts";
import { advance, type State } from "../method/state.ts";
import type { Entry, EntryOf } from "../vocabulary/journal.ts";
import type { Ports } from "../vocabulary/ports.ts";
import type { Finding } from "../vocabulary/review.ts";

/** Base against head in fresh trees, all tests, a review of what was kept since the last one, a tag (method.md, 7.17 and 15). */
export async function* milestone(state: State, ports: Ports): AsyncGenerator<Entry> {
  const session = state.session;
  if (!session) throw new Error("a milestone without a session");
  if (takeBackIsDue(state)) return yield* takeBack(state, ports);
  if (onlyReplayIsDue(state)) {
    const line = "[milestone] nothing was kept since the last one: its head once more, from a clean clone...";
    yield { kind: "began", step: "milestone", experiment: null, line };
    yield { kind: "replayed", commit: state.commit, replay: await replay(state, ports) };
    return;
  }
  const number = state.milestones.length + 1;
  yield {
    kind: "began",
    step: "milestone",
    experiment: null,
    line: `[milestone ${number}] base against head, measured afresh...`,
  };
  await ports.workspace.release([]);
  const [tests, tiers, reviewed] = await Promise.all([
    session.tests === null ? null : ports.tests.run(state.commit),
    Promise.all(session.tiers.map(({ name }) => measured(name, state, ports))),
    ports.reviewer.review(reviewedUpTo(state), state.commit),
  ]);
  const findings = [...reviewed, ...notWorthIt(state), ...(yield* doubts(state, ports, number))];
  const blocking = blockingFinding(state, findings);
  const objection =
    brokenAtHead(state, tests) ??
    contradiction(state, tiers) ??
    (blocking ? `the review objects: ${blocking.file}:${blocking.line}: ${blocking.text}` : null);
  const tag = objection === null ? await ports.workspace.tag(state.commit) : null;
  const entry: EntryOf<"milestone"> = {
    kind: "milestone",
    number,
    upTo: state.experiments.length,
    commit: state.commit,
    tiers,
    tests,
    findings,
    replay: state.plateau && objection === null ? await replay(state, ports) : null,
    tag,
    objection,
  };
  yield entry;
  yield* takeBack(advance(state, { seq: 0, ts: state.lastAt, entry }), ports);
}

/** What a second mind with fresh eyes doubts in what was kept since the last milestone. It may add to the review, never take from it. */
async function* doubts(state: State, ports: Ports, number: number): AsyncGenerator<Entry, Finding[]> {
  const changes = unreviewed(state).flatMap(({ implemented, ...it }) => (implemented ? [{ ...it, implemented }] : []));
  const left = budget(state);
  if (!ports.drafter?.review || !state.session?.settings.model || changes.length === 0 || left === 0) return [];
  const call = `review-${number}`;
  return yield* ports.drafter.review({
    call,
    patch: changes.map((it) => it.implemented.patch).join("\n"),
    figures: changes.map(({ proposal, before, verdict }) => {
      const fell = (bytes: number | null | undefined) =>
        bytes == null ? "not measured" : `${(bytes / mebibyte).toFixed(1)} MiB less`;
      const slower = verdict?.slowdownRatio == null ? "" : `, time ${verdict.slowdownRatio.toFixed(2)}x`;
      const peak = (before.heapBytes / mebibyte).toFixed(1);
      return `${proposal.site.file}: of a heap peak of ${peak} MiB ${fell(verdict?.heapGainBytes)}, process ${fell(verdict?.processGainBytes)}${slower}; all tests that passed before pass`;
    }),
    budget: left,
    paid: state.answers.filter((it) => it.call === call),
  });
}

/** The head from a clean clone (method.md, 15): what a reviewer will get, without anything of the user's that is not committed. */
async function replay(state: State, ports: Ports): Promise<{ ok: boolean; text: string }> {
  const clone = ports.workspace.cleanClone(state.commit);
  const [tests, run] = await Promise.all([
    state.session?.tests ? ports.tests.run(clone) : null,
    ports.at(state.tier).bench.traced(clone),
  ]);
  const broken = tests ? brokenAtHead(state, tests) : null;
  const error = run.error ?? tests?.collectError ?? (broken && `${broken} fails`);
  if (error !== null && error !== undefined)
    return { ok: false, text: `a clean clone lacks something that is not committed: ${error}` };
  const counts = tests ? `${decidingTests([tests]).size} tests pass, ` : "";
  return { ok: true, text: `${counts}heap peak ${((run.heapPeakBytes ?? 0) / mebibyte).toFixed(1)} MiB` };
}

async function measured(tier: string, state: State, ports: Ports): Promise<EntryOf<"milestone">["tiers"][number]> {
  const { bench } = ports.at(tier);
  const base = state.session?.base ?? state.commit;
  const both = <T>(run: (commit: string) => Promise<T>) => Promise.all([run(base), run(state.commit)]);
  const first = await both((commit) => bench.sample(commit));
  const second = await both((commit) => bench.sample(commit));
  return { tier, base: [first[0], second[0]], head: [first[1], second[1]], heap: await both((commit) => bench.traced(commit)) };
}

/**
 * The keep that the objection names is undone by a commit of its own; what follows is measured anew. The branch moves before the record says
 * that it is done: redone after a crash, it ends in the same place.
 */
async function* takeBack(state: State, ports: Ports): AsyncGenerator<Entry> {
  const due = takeBackIsDue(state);
  const why = due?.milestone.objection;
  const kept = due?.keep.implemented?.commit;
  if (!due || !why || !kept) return;
  const { keep } = due;
  const message = `mem: take back "${keep.proposal.summary}"\n\n${why}\n`;
  const commit = await ports.workspace.takeBack(state.commit, keep.parent, kept, message, Math.floor(keep.openedAt / 1000));
  if (commit !== null) yield { kind: "branch-moved", to: commit, ...(await ports.workspace.keep(state.commit, commit)) };
  yield { kind: "taken-back", experiment: keep.number, commit, why };
}
