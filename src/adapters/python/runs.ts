import { createHash } from "node:crypto";
import { z } from "zod";
import type { Sample, TestRun, Witness } from "../../vocabulary/measurement.ts";
import { TestOutcome } from "../../vocabulary/measurement.ts";
import type { Timeline } from "../../vocabulary/profile.ts";
import { strayText } from "../../vocabulary/strays.ts";
import { answersOf, type ProbeRun } from "./probe.ts";

const Result = z.looseObject({
  peakBytes: z.number().nullable(),
  startBytes: z.number().nullable(),
  fileBytes: z.number().nullable(),
  writtenBytes: z.number().nullable(),
  tracedPeakBytes: z.number().nullable(),
  durationMs: z.number(),
  cpuMs: z.number(),
  valueDigest: z.string().nullable(),
  children: z.boolean(),
});
export type Result = z.infer<typeof Result>;

const Elsewhere = z.looseObject({ module: z.string(), path: z.string(), copyOf: z.string().optional() });
const WitnessAnswer = z.looseObject({
  files: z.array(z.looseObject({ file: z.string(), sha256: z.string() })),
  strays: z.array(Elsewhere),
  copies: z.array(Elsewhere),
});

/** The figures of a run's last answer; null when the process did not live to give it. */
export const resultOf = (run: ProbeRun): Result | null => answersOf(run, "result", Result).at(-1) ?? null;

export function witnessOf(run: ProbeRun): Witness {
  const answers = answersOf(run, "witness", WitnessAnswer);
  const files: Record<string, string> = {};
  for (const it of answers.flatMap((answer) => answer.files)) files[it.file] = it.sha256;
  const lines = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  const digest = createHash("sha256")
    .update(lines.map(([file, hash]) => `${file} ${hash}\n`).join(""))
    .digest("hex");
  const told = (which: "strays" | "copies") => answers.flatMap((answer) => answer[which].map(strayText));
  return { digest, files, strays: told("strays"), copies: told("copies") };
}

/** Bytes of the target's output with our copy's path replaced by the user's, so that both sides can print it. */
function neutral(stdout: Buffer, tree: string, root: string): Buffer {
  return tree === root
    ? stdout
    : Buffer.from(
        stdout.toString("latin1").replaceAll(Buffer.from(tree).toString("latin1"), Buffer.from(root).toString("latin1")),
        "latin1",
      );
}

export function sampleOf(run: ProbeRun, options: { tree: string; root: string; compareOutput: boolean }): Sample {
  const result = resultOf(run);
  const digest = createHash("sha256")
    .update(neutral(run.stdout, options.tree, options.root))
    .update(result?.valueDigest ?? "-");
  return {
    ...outcomeOf(run),
    peakBytes: atLeast(
      atLeast(result?.peakBytes ?? run.memory.lastPeakBytes, run.memory.tree?.bytes),
      run.memory.withUnmappedBytes,
    ),
    peakIsLowerBound: result === null,
    treePeak: run.memory.tree,
    startBytes: result?.startBytes ?? null,
    fileBytes: result?.fileBytes ?? null,
    writtenBytes: result?.writtenBytes ?? null,
    sharedBytes: run.memory.sharedBytes,
    targetMs: result?.durationMs ?? null,
    cpuMs: result?.cpuMs ?? null,
    inputs: null,
    outputDigest: options.compareOutput ? digest.digest("hex") : null,
    startedChildren: result?.children ?? false,
    alone: true,
    witness: witnessOf(run),
  };
}

/** What the process itself tells, or what was seen of its tree and of memory beside it where that is more. */
const atLeast = (ownBytes: number | null, seenBytes: number | null | undefined): number | null =>
  ownBytes === null ? null : Math.max(ownBytes, seenBytes ?? 0);

const SpansAnswer = z.looseObject({
  spans: z.array(z.strictObject({ line: z.int(), from: z.number(), to: z.number() })),
});

/** Memory over time of a run that was watched for it, with what its statements tell of themselves. */
export function timelineOf(run: ProbeRun): Timeline | null {
  const seen = run.memory.timeline;
  if (!seen) return null;
  const spans = answersOf(run, "spans", SpansAnswer).flatMap((it) => it.spans);
  const since = (ms: number) => Math.round(ms - seen.beganMs);
  return {
    points: seen.points,
    processes: seen.processes,
    spans: spans.map(({ line, from, to }) => ({ line, fromMs: since(from), toMs: since(to) })),
  };
}

/** The fields that every run has, success or not. */
export function outcomeOf(run: ProbeRun) {
  const { exitCode, timedOut, overMemory, durationMs, error } = run;
  return { exitCode, timedOut, overMemory, durationMs, error };
}

const TestAnswer = z.looseObject({ nodeId: z.string(), outcome: TestOutcome, message: z.string().nullish() });
const TestsAnswer = z.looseObject({ collectError: z.string().nullable(), collected: z.int() });

export function testRunOf(run: ProbeRun): TestRun {
  const outcomes: TestRun["outcomes"] = {};
  const messages: TestRun["messages"] = {};
  for (const test of answersOf(run, "test", TestAnswer)) {
    outcomes[test.nodeId] = test.outcome;
    if (test.outcome === "failed" || test.outcome === "error") messages[test.nodeId] = (test.message ?? "").slice(0, 400);
  }
  const end = answersOf(run, "tests", TestsAnswer).at(-1);
  const collectError = end?.collectError ?? (end || run.timedOut ? null : (run.error ?? "the test run ended early"));
  return {
    ...outcomeOf(run),
    outcomes,
    messages,
    collectError: collectError === null ? null : gist(collectError),
    strays: witnessOf(run).strays,
  };
}

/** Of pytest's long report: the file and the exception; of anything else the first lines. */
function gist(report: string): string {
  const [file = ""] = report.split(":");
  const error = report.match(/^E\s+(.+)$/m)?.[1];
  return error === undefined ? report.split("\n").slice(0, 3).join(" | ").slice(0, 400) : `${file}: ${error}`;
}
