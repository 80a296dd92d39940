import { z } from "zod";
import { Comparison, Side } from "../vocabulary/comparison.ts";
import { Status } from "../vocabulary/journal.ts";
import { Provenance } from "../vocabulary/measurement.ts";
import { MicroResult } from "../vocabulary/micro.ts";
import { HeldLine, HeldType, StageRow, StageTable } from "../vocabulary/profile.ts";
import { PullRequestState } from "../vocabulary/pull-request.ts";
import { Report } from "../vocabulary/report.ts";
import { Place } from "../vocabulary/target.ts";

/** Version of the JSON that `--json` prints; raised when a field changes its meaning or goes. */
export const outputVersion = 1;

const More = z
  .strictObject({ file: z.string(), leftOut: z.record(z.string(), z.int()) })
  .describe("only where lists were cut (see --full): the file with all of it, and how many elements each list lacks");
export type More = z.infer<typeof More>;

const spendingFields = {
  answers: z.int(),
  inputTokens: z.int().describe("cached ones too"),
  cachedTokens: z.int(),
  outputTokens: z.int(),
  costUsd: z.number().nullable().describe("null: the price of an answer is not known"),
  sentBytes: z.int(),
};

const peaks = z.strictObject({ before: z.number().nullable(), after: z.number().nullable() }).describe("bytes; null: unknown");

export const OptimizeOutput = z
  .strictObject({
    schema: z.literal(outputVersion),
    more: More.optional(),
    command: z.literal("optimize"),
    outcome: z.enum(["plateau", "limit", "stopped", "nothing-left"]),
    session: z.string(),
    base: z.string().describe("commit that the work started from"),
    branch: z.string().describe("branch that holds the kept changes"),
    head: z.string().describe("last kept commit, or the base"),
    target: z.string(),
    heapPeakBytes: peaks,
    processPeakBytes: peaks,
    experiments: z.array(
      z.strictObject({
        number: z.int(),
        technique: z.string(),
        description: z.string(),
        status: Status,
        reason: z.string(),
        label: z.string().nullable(),
        commit: z.string().nullable(),
        heapDeltaBytes: z.number().nullable().describe("after minus before"),
        processDeltaBytes: z.number().nullable(),
        model: z
          .strictObject(spendingFields)
          .nullable()
          .describe("what its draft and repairs took; null: no model had a part in it"),
      }),
    ),
    tables: z.array(z.strictObject({ experiment: z.int().nullable(), table: StageTable })),
    discoveries: z.array(z.string()),
    plateau: z.strictObject({ rule: z.string(), why: z.string(), irreducible: z.string() }).nullable(),
    tests: z.strictObject({ passed: z.int().nullable(), failed: z.int().nullable(), excluded: z.array(z.string()) }),
    model: z
      .strictObject({ ...spendingFields, models: z.array(z.string()), costPerMibUsd: z.number().nullable() })
      .nullable()
      .describe("null: no model was asked"),
    nothingReducible: z.string().nullable(),
    durationMs: z.number(),
    provenance: Provenance,
    records: z.strictObject({ handoff: z.string(), results: z.string(), journal: z.string() }),
  })
  .describe("What `codeflash-memory optimize --json` prints");
export type OptimizeOutput = z.infer<typeof OptimizeOutput>;

export const ProfileOutput = z
  .strictObject({
    schema: z.literal(outputVersion),
    more: More.optional(),
    command: z.literal("profile"),
    look: z.enum(["full", "quick"]).describe("quick: the table's figures are resident memory, the lines are memray's"),
    target: z.string(),
    heapPeakBytes: z.number().nullable().describe("null: a quick look"),
    processPeakBytes: z.number().nullable().describe("of the process, or of the whole tree where it starts others"),
    processPeakIsLowerBound: z.boolean().describe("the target was killed: what was seen last"),
    processes: z.int().nullable().describe("how many stood at the tree's peak; null: it starts none"),
    nativePeakBytes: z
      .number()
      .nullable()
      .describe("by memray, where the process holds much more than Python's heap; null: not run"),
    figures: z.strictObject({
      finds: z.enum(["tracemalloc", "memray"]),
      cause: z.string().nullable().describe("why the figures differ; null: they agree"),
      why: z.string(),
    }),
    targetMs: z.number().nullable(),
    table: StageTable,
    dominantStage: StageRow.nullable(),
    growth: z
      .array(
        z.strictObject({
          ...Place.shape,
          bytes: z.number(),
          largerBytes: z.number(),
          leads: z.boolean().describe("grows as fast as the peak or faster"),
        }),
      )
      .describe("with --larger: what each line holds in both runs"),
    lines: z.array(HeldLine).describe("what holds the memory at the peak, by line of the project"),
    types: z.array(HeldType).describe("what it is"),
    categories: z
      .array(z.strictObject({ category: z.string(), bytes: z.number(), holders: z.array(z.string()) }))
      .describe("every byte at the peak, each once; holders: whose, largest first"),
    settings: z
      .array(z.strictObject({ library: z.string(), name: z.string(), effect: z.string(), cost: z.string(), source: z.string() }))
      .describe("what governs the memory of the libraries in use; never applied without consent"),
    files: z.array(z.string()).describe("flame graph, speedscope file, collapsed stacks, as asked for"),
    notes: z.array(z.string()),
    provenance: Provenance,
  })
  .describe("What `codeflash-memory profile --json` prints");
export type ProfileOutput = z.infer<typeof ProfileOutput>;

export const CompareOutput = z
  .strictObject({
    schema: z.literal(outputVersion),
    more: More.optional(),
    command: z.literal("compare"),
    target: z.string(),
    base: z.strictObject({ ...Side.shape, peakBytes: z.number().describe("of the deciding metric") }),
    head: z.strictObject({ ...Side.shape, peakBytes: z.number() }),
    metric: Comparison.shape.metric,
    noiseBytes: z.number(),
    comparison: Comparison,
    notes: z.array(z.string()),
  })
  .describe("What `codeflash-memory compare --json` prints");
export type CompareOutput = z.infer<typeof CompareOutput>;

export const MicroOutput = z
  .strictObject({ schema: z.literal(outputVersion), more: More.optional(), command: z.literal("micro"), ...MicroResult.shape })
  .describe("What `codeflash-memory micro --json` prints");
export type MicroOutput = z.infer<typeof MicroOutput>;

export const SurveyOutput = z
  .strictObject({
    schema: z.literal(outputVersion),
    more: More.optional(),
    command: z.literal("survey"),
    tiers: z.array(
      z.strictObject({
        tier: z.string().nullable().describe("null: not configured, only measured"),
        target: z.string(),
        heapPeakBytes: z.number().nullable(),
        processPeakBytes: z.number().nullable(),
        targetMs: z.number().nullable(),
        error: z.string().nullable(),
      }),
    ),
    proposed: z.strictObject({ b: z.string().optional(), a: z.string().optional(), s: z.string().optional() }),
  })
  .describe("What `codeflash-memory survey --json` prints");
export type SurveyOutput = z.infer<typeof SurveyOutput>;

export const PrOutput = z
  .strictObject({
    schema: z.literal(outputVersion),
    more: More.optional(),
    command: z.literal("pr"),
    base: z.strictObject({ ref: z.string(), commit: z.string() }),
    pullRequests: z.array(
      z.strictObject({
        branch: z.string(),
        title: z.string(),
        head: z.string(),
        state: z.enum(["prepared", "pushed", "opened"]),
        address: z.string().nullable().describe("where it can be read; null: not opened"),
        experiments: z.array(z.int()).describe("the kept changes that it holds"),
        measured: z.array(z.strictObject({ target: z.string(), comparison: Comparison })).describe("base against head, afresh"),
        files: z.strictObject({
          body: z.string(),
          record: z.string(),
          benchmark: z.string(),
          chart: z.string(),
          picture: z.string().nullable(),
        }),
        commands: z.array(z.string()).describe("what is left to do by hand"),
        notes: z.array(z.string()),
      }),
    ),
  })
  .describe("What `codeflash-memory pr --json` prints");
export type PrOutput = z.infer<typeof PrOutput>;

export const PinOutput = z
  .strictObject({
    schema: z.literal(outputVersion),
    more: More.optional(),
    command: z.literal("pin"),
    target: z.string(),
    file: z.string().describe("the test that was written"),
    peakMib: z.number(),
    limitMib: z.number(),
    against: z
      .strictObject({ ref: z.string(), peakMib: z.number(), fails: z.boolean() })
      .nullable()
      .describe("the new test at a commit from before the gain; null: none was named or known"),
  })
  .describe("What `codeflash-memory pin --json` prints");
export type PinOutput = z.infer<typeof PinOutput>;

export const ExportOutput = z
  .strictObject({
    ...OptimizeOutput.omit({ outcome: true, branch: true, records: true }).shape,
    command: z.literal("export"),
    outcome: z.enum(["plateau", "limit", "stopped"]).nullable().describe("null: unfinished"),
    pullRequests: z.array(PullRequestState),
    files: z.array(z.string()).describe("what was written, as asked for"),
  })
  .describe("What `codeflash-memory export --json` prints");
export type ExportOutput = z.infer<typeof ExportOutput>;

const InitOutput = z
  .strictObject({
    schema: z.literal(outputVersion),
    more: More.optional(),
    command: z.literal("init"),
    conventions: z.string().describe("path of the file"),
    made: z.boolean().describe("false: it was there and stays as it is"),
  })
  .describe("What `codeflash-memory init --json` prints");

export const StatusOutput = z
  .strictObject({
    schema: z.literal(outputVersion),
    more: More.optional(),
    command: z.literal("status"),
    sessions: z.array(
      z.strictObject({
        session: z.string(),
        target: z.string(),
        outcome: z.string(),
        experiments: z.int(),
        keeps: z.int(),
        heapPeakBytes: peaks,
        next: z.string().nullable().describe("the step that is open"),
        holderPid: z.int().nullable().describe("process that works on it now"),
      }),
    ),
  })
  .describe("What `codeflash-memory status --json` prints");
export type StatusOutput = z.infer<typeof StatusOutput>;

export const ReportOutput = z
  .strictObject({
    schema: z.literal(outputVersion),
    more: More.optional(),
    command: z.literal("report"),
    file: z.string().describe("path of the page"),
    report: Report,
  })
  .describe("What `codeflash-memory report --json` prints");
export type ReportOutput = z.infer<typeof ReportOutput>;

export const ServeOutput = z
  .strictObject({
    schema: z.literal(outputVersion),
    more: More.optional(),
    command: z.literal("serve"),
    url: z.string().describe("address with the token that opens it; only this machine can reach it"),
  })
  .describe("What `codeflash-memory serve --json` prints when it is ready");
export type ServeOutput = z.infer<typeof ServeOutput>;

export const JournalOutput = z
  .strictObject({
    schema: z.literal(outputVersion),
    more: More.optional(),
    command: z.literal("journal"),
    whole: z.boolean().describe("false: the chain of one of them breaks"),
    journals: z.array(
      z.strictObject({
        file: z.string(),
        entries: z.int().describe("how many hold: all, or those before the line that breaks"),
        tornBytes: z.int().describe("behind the last whole entry: one that is being written, or whose writer was killed"),
        hash: z.string().nullable().describe("of the last entry; the same hash is the same journal. Null: no entry, or broken"),
        broken: z.strictObject({ line: z.int(), why: z.string() }).nullable(),
      }),
    ),
  })
  .describe("What `codeflash-memory journal verify --json` prints");
export type JournalOutput = z.infer<typeof JournalOutput>;

export const DoctorOutput = z
  .strictObject({
    schema: z.literal(outputVersion),
    more: More.optional(),
    command: z.literal("doctor"),
    fit: z.boolean(),
    checks: z.array(
      z.strictObject({ name: z.string(), ok: z.boolean(), required: z.boolean(), found: z.string(), way: z.string().nullable() }),
    ),
  })
  .describe("What `codeflash-memory doctor --json` prints");
export type DoctorOutput = z.infer<typeof DoctorOutput>;

export const outputs = {
  optimize: OptimizeOutput,
  profile: ProfileOutput,
  compare: CompareOutput,
  micro: MicroOutput,
  survey: SurveyOutput,
  pr: PrOutput,
  pin: PinOutput,
  export: ExportOutput,
  init: InitOutput,
  status: StatusOutput,
  report: ReportOutput,
  serve: ServeOutput,
  journal: JournalOutput,
  doctor: DoctorOutput,
};
