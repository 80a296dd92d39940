import { mib } from "../../records/mib.ts";
import type { FileFacts } from "../../vocabulary/facts.ts";
import type { At, ExpressionFacts } from "../../vocabulary/facts-expressions.ts";
import type { Category, Checklist, Edit, Proposal, Strategy, SweepKind } from "../../vocabulary/proposal.ts";
import type { FunctionRef } from "../../vocabulary/target.ts";
import type { ValueUsage, ValueUsageOf } from "../../vocabulary/usage-values.ts";
import type { Evidence, Finding } from "./recipe.ts";

/** What was measured at the lines of one statement. */
export interface Measured {
  /** The larger of what stands there at the peak and what rises there into the peak. */
  bytes: number;
  heldBytes: number;
  risingBytes: number;
  /** The measurement in words. */
  words: string;
}

/** `14.0 MiB`, or bytes below a tenth of a MiB: figures in texts must not read 0. */
export const size = (bytes: number): string => (bytes >= 104_858 ? `${mib(bytes)} MiB` : `${Math.round(bytes)} bytes`);

/** A list of the expression facts. */
type SiteList =
  | "containers"
  | "copies"
  | "consumedLists"
  | "loopSources"
  | "singleUses"
  | "eagerLogs"
  | "absExtrema"
  | "textCopies"
  | "paddedSums"
  | "inPlace"
  | "tuples"
  | "releases";

/** Every fact of one list of the expression facts, with its file. */
export function sites<K extends SiteList>(evidence: Evidence, list: K): { file: FileFacts; fact: ExpressionFacts[K][number] }[] {
  return Object.values(evidence.facts.files).flatMap((file) =>
    (file.expressions[list] as ExpressionFacts[K][number][]).map((fact) => ({ file, fact })),
  );
}

/** Of these the ones whose lines carry at least the floor at the peak, or rise by it into the peak, with what was measured there. */
export function largeSites<K extends "absExtrema" | "copies" | "eagerLogs" | "inPlace" | "loopSources">(
  evidence: Evidence,
  list: K,
  figure: "bytes" | "risingBytes" = "bytes",
) {
  return sites(evidence, list)
    .map(({ file, fact }) => ({ file, fact, bytes: measured(evidence, file.file, fact.line, fact.endLine) }))
    .filter(({ bytes }) => bytes[figure] >= evidence.floorBytes);
}

/** Memory of the lines from `line` to `endLine`: held at the peak (census), or above the statement's start while it ran (stage tree). */
export function measured(evidence: Evidence, file: string, line: number, endLine: number): Measured {
  const lines = (evidence.profile.census?.projectLines ?? []).filter(
    (it) => it.file === file && line <= it.line && it.line <= endLine,
  );
  const heldBytes = lines.reduce((sum, it) => sum + it.bytes, 0);
  const blocks = lines.reduce((sum, it) => sum + it.blocks, 0);
  const risingBytes = rising(evidence, file, line);
  const place = `${file}:${line}`;
  const words =
    heldBytes >= risingBytes
      ? `${place} holds ${size(heldBytes)} in ${blocks} blocks at the peak of ${size(evidence.profile.peak.peakBytes)}`
      : `the heap rises by ${size(risingBytes)} into its peak of ${size(evidence.profile.peak.peakBytes)} while ${place} runs`;
  return { bytes: Math.max(heldBytes, risingBytes), heldBytes, risingBytes, words };
}

/** The part of a statement's own rise that lies in the band just below the peak: what goes when the rise goes. */
function rising(evidence: Evidence, file: string, line: number): number {
  const { nodes, peak } = evidence.profile;
  const around = nodes.filter((it) => it.function.file === file && it.line <= line && line <= it.endLine);
  const innermost = Math.max(...around.map((it) => it.line));
  const rises = around
    .filter((it) => it.line === innermost)
    .map((it) => it.riseBytes - Math.max(0, peak.peakBytes - it.peakBytes));
  return Math.max(0, ...rises);
}

/** What the recorder saw of an expression in all runs together; null when it did not run or was never evaluated. */
export function usageOf<K extends ValueUsage["kind"]>(evidence: Evidence, kind: K, file: string, at: At): ValueUsageOf<K> | null {
  const parts = (evidence.usage?.values ?? []).filter(
    (it): it is ValueUsageOf<K> => it.kind === kind && it.file === file && it.at.join() === at.join() && it.calls > 0,
  );
  const [first, ...rest] = parts;
  return first ? rest.reduce(together, first) : null;
}

/** Counts added, texts united. */
function together<T extends ValueUsage>(left: T, right: T): T {
  const sum = Object.entries(left).map(([name, value]) => {
    const other = (right as Record<string, unknown>)[name];
    if (name === "at") return [name, value];
    if (typeof value === "number" && typeof other === "number") return [name, value + other];
    if (Array.isArray(value) && Array.isArray(other)) return [name, [...new Set([...value, ...other])]];
    return [name, value];
  });
  return Object.fromEntries(sum) as T;
}

/** `12 calls from 3 tests and the target`. */
export function seenWords(evidence: Evidence, usage: { calls: number; tests: number }): string {
  const where = [
    ...(usage.tests > 0 ? [`${usage.tests} ${usage.tests === 1 ? "test" : "tests"}`] : []),
    ...(evidence.usage?.runs.includes("target") ? ["the target"] : []),
  ];
  return `${usage.calls} ${usage.calls === 1 ? "call" : "calls"} from ${where.join(" and ") || "the recorded runs"}`;
}

/** Why nothing may rest on the recorder: it did not run, or it never met the place. */
export function unseen(evidence: Evidence, what: string): string {
  return evidence.usage === null
    ? `how ${what} is used was not recorded: without it the change cannot be shown to be safe`
    : `no test and no run of the target reached ${what} while it was recorded`;
}

export function forbid(technique: string, site: FunctionRef, subject: string, evidenceBytes: number, reason: string): Finding {
  return { kind: "forbidden", forbidden: { technique, site, subject, evidenceBytes, reason } };
}

export interface Draft {
  technique: string;
  site: FunctionRef;
  subject: string;
  description: string;
  summary: string;
  evidenceBytes: number;
  expectedBytes: number;
  evidence: string;
  edits: Edit[];
  answers: Omit<Checklist, "category">;
  category?: Category;
  strategy?: Strategy;
  sweep?: SweepKind;
  scope?: string[];
  declaredCosts?: string[];
}

/** A proposal with what is the same for all recipes on expressions filled in. */
export function propose(draft: Draft): Finding {
  const category = draft.category ?? "data-structures";
  const proposal: Proposal = {
    technique: draft.technique,
    strategy: draft.strategy ?? "allocations",
    sweep: draft.sweep ?? null,
    site: draft.site,
    subject: draft.subject,
    description: draft.description,
    summary: draft.summary,
    category,
    evidenceBytes: draft.evidenceBytes,
    expectedBytes: Math.min(draft.expectedBytes, draft.evidenceBytes),
    evidence: draft.evidence,
    checklist: { category, ...draft.answers },
    edits: draft.edits,
    scope: draft.scope ?? [scopeOf(draft.site)],
    declaredCosts: draft.declaredCosts ?? [],
    consent: null,
  };
  return { kind: "proposal", proposal };
}

/** `file:qualname` as scopes are written. */
export const scopeOf = (site: FunctionRef): string => `${site.file}:${site.qualname}`;

/** Answers 2 and 5 are the same for every recipe: what the profile saw. */
export function visibleAndExercised(
  evidence: Evidence,
  place: string,
  bytes: Measured,
): Pick<Checklist, "visible" | "exercised" | "persistent"> {
  const held = bytes.heldBytes >= bytes.risingBytes;
  return {
    visible: `yes: ${place} runs inside the target, whose peak is ${size(evidence.profile.peak.peakBytes)}`,
    exercised: held
      ? `measured: ${size(bytes.heldBytes)} that ${place} allocated stand at the peak`
      : `measured: the heap rises by ${size(bytes.risingBytes)} while ${place} runs`,
    persistent: held
      ? `yes, measured: ${size(bytes.heldBytes)} of ${place} are still alive when the peak is reached`
      : `no, it goes when the statement at ${place} ends; the ${size(bytes.risingBytes)} count because the peak stands inside of it`,
  };
}

/** Declared cost that goes with every move from building to streaming. */
export function laterErrors(raises: readonly string[]): string[] {
  return raises.length > 0
    ? [`errors of single elements come later, while they are taken: ${raises.slice(0, 3).join(", ")}`]
    : [];
}
