import { z } from "zod";
import { Word } from "./guest.ts";
import { Guidance } from "./guidance.ts";
import { History } from "./history.ts";
import { Isolation } from "./isolation.ts";
import { Look } from "./look.ts";
import { FunctionOutcomes, FunctionTime, Provenance, Sample, TestRun, TracedRun, Trial } from "./measurement.ts";
import { ModelAnswer, Said, Tokens } from "./model.ts";
import { Profile } from "./profile.ts";
import { Edit, Forbidden, PassedSite, Proposal } from "./proposal.ts";
import { PullRequestState } from "./pull-request.ts";
import { Finding } from "./review.ts";
import { Settings } from "./settings.ts";
import { Picture } from "./stacks.ts";
import { Target } from "./target.ts";

/** What came of the head in a clone without anything that is not committed. */
export const Replay = z.strictObject({ ok: z.boolean(), text: z.string() });

/** The steps of the method, in the words that `began` entries and refusals use. */
export const StepName = z.enum([
  "history",
  "test",
  "survey",
  "calibrate",
  "profile",
  "propose",
  "recover",
  "draft",
  "choose",
  "implement",
  "rework",
  "verify",
  "measure",
  "settle",
  "plateau",
  "milestone",
  "escalate",
  "finish",
]);
export type StepName = z.infer<typeof StepName>;

export const Status = z.enum(["keep", "discard", "crash"]);
export type Status = z.infer<typeof Status>;

/** Which rule of method.md, 8 decided, and what it said. */
export const Verdict = z.strictObject({
  status: Status,
  rule: z.string(),
  reason: z.string(),
  /** `heap only`, `process only`, `confirmed`, `moved to …` (with leave), or nothing. */
  label: z.string().nullable(),
  /** Positive = less memory. */
  heapGainBytes: z.number().nullable(),
  processGainBytes: z.number().nullable(),
  slowdownRatio: z.number().nullable(),
  /** Measured nothing because something else holds the peak: tried again after the next keep. */
  parked: z.boolean(),
});
export type Verdict = z.infer<typeof Verdict>;

/** A line of the breakdown of what is left (method.md, 9). */
export const Remaining = z.strictObject({
  bytes: z.number(),
  source: z.string(),
  reducible: z.boolean(),
  why: z.string(),
});
export type Remaining = z.infer<typeof Remaining>;

export const SweepRow = z.strictObject({ kind: z.string(), sites: z.int(), outcome: z.string() });
export type SweepRow = z.infer<typeof SweepRow>;

/** What is written down where a tier stops (method.md, 9). */
export const PlateauRecord = z.strictObject({
  rule: z.enum(["irreducible", "diminishing", "exhausted", "stuck"]),
  why: z.string(),
  breakdown: z.array(Remaining),
  irreducible: z.string(),
  blocked: z.array(z.string()),
  remaining: z.array(
    z.strictObject({ target: z.string(), savingBytes: z.number(), complexity: z.string(), needs: z.string().nullable() }),
  ),
  sweep: z.array(SweepRow),
});

const n = { experiment: z.int().positive() };

/** One thing that happened. The journal is nothing but these, in order; all else is read from them. */
export const Entry = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("session-began"),
    session: z.string(),
    version: z.string(),
    root: z.string(),
    /** The working directory, relative to the root; empty: the root itself. */
    cwd: z.string(),
    base: z.string(),
    branch: z.string().nullable(),
    target: Target,
    targetName: z.string(),
    settings: Settings,
    python: z.string(),
    runner: z.string(),
    library: z.boolean(),
    memray: z.boolean(),
    /** Folders of its repositories below the root; a single one is the root itself: `""`. */
    repos: z.array(z.string()).min(1),
    /** Size of the input as the user gave it (`--input`); null: as it is seen. */
    inputBytes: z.number().nullable(),
    /** Files that differ from the base in the user's tree: not part of what is measured. */
    uncommitted: z.array(z.string()),
    /** What is iterated on, lightest first; the first one is the target above. */
    tiers: z.array(z.strictObject({ name: z.string(), target: Target, targetName: z.string() })).min(1),
    /** The tests that must stay green, as pytest arguments or a command; null: none. */
    tests: z.strictObject({ kind: z.enum(["pytest", "command"]), args: z.string() }).nullable(),
    provenance: Provenance,
  }),
  z.strictObject({ kind: z.literal("resumed"), why: z.string(), settings: Settings }),
  /** How its runs are kept apart from now on: after the beginning, and each time that it is taken up. */
  z.strictObject({ kind: z.literal("isolated"), isolation: Isolation }),
  z.strictObject({
    kind: z.literal("began"),
    step: StepName,
    experiment: z.int().positive().nullable(),
    line: z.string().nullable(),
  }),
  z.strictObject({ kind: z.literal("history"), history: History }),
  z.strictObject({ kind: z.literal("guided"), guidance: Guidance }),
  /** A problem of another kind than memory that the runs showed. */
  z.strictObject({ kind: z.literal("cross-domain"), domain: z.enum(["cpu", "latency", "io"]), signal: z.string() }),
  z.strictObject({ kind: z.literal("note"), text: z.string() }),
  z.strictObject({ kind: z.literal("tested"), experiment: z.int().positive().nullable(), repeat: z.int(), run: TestRun }),
  z.strictObject({ kind: z.literal("calibrated"), samples: z.array(Sample), traced: TracedRun }),
  /** The peak of a tier before any change (method.md, 2.2). */
  z.strictObject({ kind: z.literal("surveyed"), tier: z.string(), samples: z.array(Sample), traced: TracedRun }),
  z.strictObject({ kind: z.literal("escalated"), from: z.string(), to: z.string(), why: z.string() }),
  z.strictObject({ kind: z.literal("profiled"), commit: z.string(), profile: Profile }),
  /** What stands at the peak of a profiled commit, by call stack: of the first and the last one of a tier. Null: it could not be taken. */
  z.strictObject({ kind: z.literal("pictured"), commit: z.string(), picture: Picture.nullable() }),
  z.strictObject({
    kind: z.literal("proposed"),
    commit: z.string(),
    proposals: z.array(Proposal),
    forbidden: z.array(Forbidden),
    /** What the recorder rests on: `12 tests and the target`. */
    observed: z.string().nullable(),
    /** The recorder was not asked yet: the most that what waits for its word could give back, in bytes. Absent: nothing waits. */
    waiting: z.number().nonnegative().optional(),
  }),
  /** Measured before a model is asked about a commit for the first time: the same words after a crash, so that no answer is asked for twice. */
  z.strictObject({ kind: z.literal("looked"), commit: z.string(), tier: z.string(), ...Look.shape }),
  /** One answer of a model, durable before it is used: after a crash it is not asked and not paid for again. */
  z.strictObject({
    kind: z.literal("answered"),
    /** Names the question that it belongs to (`Brief.call`). */
    call: z.string(),
    turn: z.int().nonnegative(),
    model: z.string(),
    /** Digest of what was sent; an answer to other words is not used. */
    request: z.string(),
    sentBytes: z.int().nonnegative(),
    /** What was said in this turn, and what of the repository was in it, in words: all that left the machine is in the record. */
    said: Said,
    shown: z.array(z.string()),
    answer: ModelAnswer,
    tokens: Tokens,
    /** US dollars by the offline price table; null: the price is not known. */
    cost: z.number().nullable(),
  }),
  /** One word of a person's agent that its gate let pass, durable before it counts. `call`: the question that it answers (`Brief.call`). */
  z.strictObject({ kind: z.literal("said"), call: z.string(), word: Word }),
  z.strictObject({
    kind: z.literal("drafted"),
    commit: z.string(),
    by: z.string(),
    proposals: z.array(Proposal),
    /** Sites that the mind looked at and has nothing for. */
    passed: z.array(PassedSite).default([]),
    done: z.boolean(),
    why: z.string(),
  }),
  /** A stuck session looks again (method.md, 13): a fresh table and history follow. `drafts`, `experiments`: how many there were. */
  z.strictObject({
    kind: z.literal("recovered"),
    commit: z.string(),
    why: z.string(),
    drafts: z.int(),
    experiments: z.int(),
  }),
  z.strictObject({ kind: z.literal("reworked"), ...n, edits: z.array(Edit).nullable(), why: z.string() }),
  z.strictObject({ kind: z.literal("refused"), key: z.string(), gate: z.string(), reason: z.string() }),
  z.strictObject({ kind: z.literal("opened"), ...n, commit: z.string(), key: z.string(), proposal: Proposal }),
  z.strictObject({
    kind: z.literal("implemented"),
    ...n,
    commit: z.string().nullable(),
    /** Why no candidate could be made; the experiment ends as a discard. */
    refusal: z.string().nullable(),
    patch: z.string(),
    changedLines: z.int(),
    changed: z.array(z.strictObject({ file: z.string(), qualname: z.string(), line: z.int() })),
    /** What the deterministic reviewer holds against it. */
    findings: z.array(Finding),
  }),
  z.strictObject({ kind: z.literal("guarded"), ...n, exitCode: z.int().nullable(), output: z.string() }),
  z.strictObject({ kind: z.literal("sampled"), ...n, side: z.enum(["before", "after"]), pair: z.int(), sample: Sample }),
  z.strictObject({ kind: z.literal("traced"), ...n, run: TracedRun }),
  /** The candidate in another tier: what helps one must not harm another. */
  z.strictObject({ kind: z.literal("tier-checked"), ...n, tier: z.string(), run: TracedRun }),
  z.strictObject({
    kind: z.literal("clocked"),
    ...n,
    alone: z.boolean(),
    before: z.array(FunctionTime),
    after: z.array(FunctionTime),
  }),
  /** What the changed functions were given and what came of it; a second `before`: whether the base is the same as itself. */
  z.strictObject({
    kind: z.literal("followed"),
    ...n,
    side: z.enum(["before", "after"]),
    functions: z.array(FunctionOutcomes),
  }),
  /** Null: it could not be taken (the call failed). */
  z.strictObject({ kind: z.literal("tried"), ...n, side: z.enum(["before", "after"]), trial: Trial.nullable() }),
  /** Files of the tree, of the harness and of the interpreter that are not what they were before the candidate ran. */
  z.strictObject({ kind: z.literal("inspected"), ...n, changed: z.array(z.string()), leftBytes: z.number() }),
  z.strictObject({ kind: z.literal("invalid"), ...n, reason: z.string() }),
  z.strictObject({ kind: z.literal("decided"), ...n, verdict: Verdict }),
  z.strictObject({ kind: z.literal("kept"), ...n, commit: z.string(), heapPeakBytes: z.number(), processPeakBytes: z.number() }),
  /** Base against head, measured afresh, and a review of all commits since the last milestone (method.md, 7.17). */
  z.strictObject({
    kind: z.literal("milestone"),
    number: z.int().positive(),
    /** The last experiment before it. */
    upTo: z.int().nonnegative(),
    commit: z.string(),
    tiers: z.array(
      z.strictObject({ tier: z.string(), base: z.array(Sample), head: z.array(Sample), heap: z.tuple([TracedRun, TracedRun]) }),
    ),
    tests: TestRun.nullable(),
    findings: z.array(Finding),
    /** Null: it was not the last milestone. */
    replay: Replay.nullable(),
    /** Name of the tag; null where something speaks against it. */
    tag: z.string().nullable(),
    /** What speaks against the keeps since the last milestone; null: nothing. */
    objection: z.string().nullable(),
  }),
  /** The last milestone's head once more from a clean clone, where nothing was kept since. */
  z.strictObject({ kind: z.literal("replayed"), commit: z.string(), replay: Replay }),
  /** A keep that a milestone or a review took back: a commit of its own undoes it. */
  z.strictObject({
    kind: z.literal("taken-back"),
    ...n,
    commit: z.string().nullable(),
    why: z.string(),
  }),
  z.strictObject({ kind: z.literal("branch-moved"), to: z.string(), moved: z.boolean(), why: z.string().nullable() }),
  /** Kept changes as they go to review: the last entry of a branch tells how far it is. */
  z.strictObject({
    kind: z.literal("pull-request"),
    ...PullRequestState.shape,
  }),
  z.strictObject({ kind: z.literal("discovered"), text: z.string(), experiment: z.int().positive().nullable() }),
  z.strictObject({
    kind: z.literal("plateau"),
    ...PlateauRecord.shape,
  }),
  z.strictObject({ kind: z.literal("finished"), outcome: z.enum(["plateau", "limit", "stopped"]), why: z.string() }),
]);
export type Entry = z.infer<typeof Entry>;
export type EntryOf<K extends Entry["kind"]> = Extract<Entry, { kind: K }>;

/** An entry as it lies in the journal. `ts` is milliseconds since 1970. */
export interface Recorded {
  seq: number;
  ts: number;
  entry: Entry;
}

/** Version of the entries above; a journal of another one is refused with both numbers. */
export const journalVersion = 1;
