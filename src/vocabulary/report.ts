import { z } from "zod";
import { Isolation } from "./isolation.ts";
import { PlateauRecord, Replay, Status } from "./journal.ts";
import { Provenance } from "./measurement.ts";
import { HeldLine, HeldType, StageTable, Timeline } from "./profile.ts";
import { Checklist } from "./proposal.ts";
import { Finding } from "./review.ts";
import { FunctionRef } from "./target.ts";

const bytes = z.number().nullable();
const Change = z.strictObject({ before: bytes, after: bytes }).describe("bytes; null: unknown");

/** Texts are cut where a session is very long; `cutBytes` says how much of a patch is not here. */
export const ReportExperiment = z.strictObject({
  number: z.int(),
  tier: z.string(),
  technique: z.string(),
  site: FunctionRef,
  description: z.string(),
  summary: z.string(),
  category: z.string(),
  evidence: z.string(),
  evidenceBytes: z.number(),
  expectedBytes: z.number(),
  checklist: Checklist,
  declaredCosts: z.array(z.string()),
  consent: z.string().nullable(),
  status: z.enum([...Status.options, "open", "taken back"]),
  rule: z.string().nullable(),
  reason: z.string().nullable(),
  label: z.string().nullable(),
  heap: Change,
  process: Change,
  slowdownRatio: z.number().nullable(),
  /** Every run behind the verdict: process peaks and times of both sides in order, heap peaks of the candidate. */
  runs: z.strictObject({
    before: z.array(z.strictObject({ peakBytes: bytes, targetMs: z.number().nullable() })),
    after: z.array(z.strictObject({ peakBytes: bytes, targetMs: z.number().nullable() })),
    heapBytes: z.array(bytes),
  }),
  functions: z
    .array(
      z.strictObject({
        file: z.string(),
        qualname: z.string(),
        beforeMs: z.number().nullable(),
        afterMs: z.number().nullable(),
      }),
    )
    .describe("time of the changed functions in the last pair"),
  otherTiers: z.array(z.strictObject({ tier: z.string(), heapPeakBytes: bytes })),
  tests: z.strictObject({ passed: z.int(), failed: z.array(z.string()) }).nullable(),
  guardExitCode: z.int().nullable(),
  reworks: z.int(),
  invalid: z.array(z.string()),
  findings: z.array(Finding),
  commit: z.string().nullable(),
  parent: z.string(),
  patch: z.strictObject({ text: z.string(), cutBytes: z.int(), changedLines: z.int() }).nullable(),
  command: z.string().nullable().describe("measures the two commits again"),
});
export type ReportExperiment = z.infer<typeof ReportExperiment>;

/** What one profile says of who is at the peak. */
export const ReportHeld = z.strictObject({
  peakBytes: z.number(),
  categories: z.array(z.strictObject({ category: z.string(), bytes: z.number(), holders: z.array(z.string()) })),
  types: z.array(HeldType.pick({ type: true, count: true, bytes: true, project: true, heldBy: true })),
  lines: z.array(HeldLine),
});
export type ReportHeld = z.infer<typeof ReportHeld>;

/** A flame graph, outermost frames first, as columns: a node stands below the last one before it that is less deep. */
export const ReportFlame = z.strictObject({
  peakBytes: z.number(),
  names: z.array(z.string()),
  /** `[function, file, line]`: two indices into `names` and a number. */
  frames: z.array(z.tuple([z.int(), z.int(), z.int()])),
  depth: z.array(z.int()),
  /** Index into `frames`. */
  frame: z.array(z.int()),
  /** With all that stands below it. */
  bytes: z.array(z.number()),
  /** Nodes that were too small to be kept; their bytes are in the node above. */
  leftOut: z.int(),
});
export type ReportFlame = z.infer<typeof ReportFlame>;

/** Stage table of one profile; the first and the last one of a tier tell more. */
export const ReportProfile = z.strictObject({
  tier: z.string(),
  commit: z.string(),
  experiment: z.int().nullable().describe("the keep that made the commit; null: none"),
  table: StageTable,
  timeline: Timeline.nullable(),
  held: ReportHeld.nullable(),
  flame: ReportFlame.nullable(),
  notes: z.array(z.string()),
});
export type ReportProfile = z.infer<typeof ReportProfile>;

const ReportPlateau = z.strictObject({ tier: z.string(), ...PlateauRecord.shape });

const ReportMilestone = z.strictObject({
  number: z.int(),
  commit: z.string(),
  tag: z.string().nullable(),
  tiers: z.array(z.strictObject({ tier: z.string(), heap: Change, process: Change })),
  tests: z.strictObject({ passed: z.int().nullable(), failed: z.int().nullable() }).nullable(),
  findings: z.array(Finding),
  replay: Replay.nullable(),
  objection: z.string().nullable(),
});

/** All that the pages show of one session, read from its journal and nothing else. */
export const Report = z
  .strictObject({
    schema: z.literal(1),
    session: z.string(),
    version: z.string(),
    project: z.string().describe("name of the project's folder"),
    target: z.string(),
    base: z.string(),
    head: z.string(),
    branch: z.string(),
    startedAt: z.number().describe("milliseconds since 1970"),
    lastAt: z.number(),
    outcome: z.enum(["unfinished", "plateau", "limit", "stopped"]),
    why: z.string().nullable(),
    now: z.strictObject({ step: z.string(), experiment: z.int().nullable() }).nullable().describe("the step that is open"),
    heap: Change,
    process: Change,
    counts: z.strictObject({ experiments: z.int(), keeps: z.int(), discards: z.int(), crashes: z.int() }),
    tests: z.strictObject({ passed: z.int().nullable(), failed: z.int().nullable(), excluded: z.array(z.string()) }),
    tiers: z.array(z.strictObject({ name: z.string(), target: z.string(), current: z.boolean(), heap: Change, process: Change })),
    experiments: z.array(ReportExperiment),
    profiles: z.array(ReportProfile).describe("oldest first; of very many, the first and the last ones"),
    discoveries: z.array(z.strictObject({ text: z.string(), experiment: z.int().nullable() })),
    signals: z.array(z.string()),
    notes: z.array(z.string()),
    plateaus: z.array(ReportPlateau),
    milestones: z.array(ReportMilestone),
    commands: z.array(z.strictObject({ what: z.string(), command: z.string() })),
    conditions: z.strictObject({
      ...Provenance.shape,
      runner: z.string(),
      library: z.boolean(),
      pairs: z.int(),
      tests: z.string().nullable(),
      uncommitted: z.array(z.string()),
      isolation: z
        .strictObject({ level: z.string(), ...Isolation.shape })
        .nullable()
        .describe("how the runs were last kept apart, and what was tried under just that; null: not told yet"),
      model: z.string().nullable(),
      cost: z.number().nullable().describe("US dollars; null: no model was asked, or its price is not known"),
    }),
  })
  .describe("What `codeflash-memory report --json` prints, and what the page and the dashboard show");
export type Report = z.infer<typeof Report>;
