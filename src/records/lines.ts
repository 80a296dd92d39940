import { candidates } from "../method/choose-target.ts";
import { excludedTests, testCounts, whyExcluded } from "../method/excluded-tests.ts";
import { before, type Experiment, keeps, type State } from "../method/state.ts";
import { shortCommit } from "../vocabulary/commit.ts";
import type { Guidance } from "../vocabulary/guidance.ts";
import type { History } from "../vocabulary/history.ts";
import type { Entry, EntryOf, Verdict } from "../vocabulary/journal.ts";
import { isolationLine } from "./isolation.ts";
import { mib, signedMib } from "./mib.ts";
import { dollars } from "./spending.ts";
import { stageTableLines, topStages } from "./stage-table.ts";

/** What the user is told about one entry (method.md, 11): `state` is what is known after it. */
export function linesOf(entry: Entry, state: State, width = 100, bars = false): string[] {
  switch (entry.kind) {
    case "session-began":
      return [discovery(entry), ...tests(entry), ...uncommitted(entry)];
    case "resumed":
      return [`[resume] ${entry.why}`];
    case "isolated":
      return [`[isolation] ${isolationLine(entry.isolation)}`];
    case "began":
      return entry.line === null ? [] : [entry.line];
    case "guided":
      return guidedLines(entry.guidance);
    case "history":
      return historyLines(entry.history);
    case "cross-domain":
      return [`[cross-domain] domain: ${entry.domain} | signal: ${entry.signal}`];
    case "note":
      return [`[note] ${entry.text}`];
    case "tested":
      return testedLines(entry, state);
    case "calibrated":
      return [
        `[baseline] heap peak ${mib(state.peaks?.heapBytes ?? 0)} MiB, process peak ${mib(state.peaks?.processBytes ?? 0)} MiB`,
      ];
    case "profiled":
      return profiledLines(entry, state, width, bars);
    case "surveyed":
      return [`Tier ${entry.tier}: peak=${mib(entry.traced.heapPeakBytes ?? 0)} MiB`];
    case "escalated":
      return [
        `[tier] Escalating from Tier ${entry.from} to Tier ${entry.to}. Tier ${entry.from} plateau: ${state.left.at(-1)?.plateau.irreducible ?? "-"}; ${entry.why}`,
      ];
    case "milestone":
      return milestoneLines(entry, state);
    case "replayed":
      return [replayed(entry.replay)];
    case "taken-back":
      return [
        entry.commit === null
          ? `[experiment ${entry.experiment}] stays, though ${entry.why}: later changes build on it`
          : `[experiment ${entry.experiment}] TAKEN BACK — ${entry.why}`,
      ];
    case "pictured":
      return [];
    case "pull-request":
      return [`[pr] ${entry.branch}: ${entry.state}${entry.address ? ` ${entry.address}` : ""}`];
    case "proposed":
    case "looked":
      return [];
    case "answered":
      return [answeredLine(entry)];
    case "said":
      return [];
    case "recovered":
      return [];
    case "drafted":
      return entry.proposals.length > 0 ? [] : [`[mind] ${entry.by} proposes nothing: ${entry.why}`];
    case "reworked":
      return [`[experiment ${entry.experiment}] ${entry.edits === null ? "not repaired" : "repaired"} after: ${entry.why}`];
    case "refused":
      return [`[gate] ${entry.key}: ${entry.reason}`];
    case "opened":
      return [
        `[experiment ${entry.experiment}] Target: ${entry.proposal.description} (${entry.proposal.category}, ${mib(entry.proposal.evidenceBytes)} MiB)`,
      ];
    case "decided":
      return decidedLines(entry, state);
    case "branch-moved":
      if (entry.moved) return entry.why === null ? [] : [`[branch] codeflash/optimize was moved; ${entry.why}`];
      return [`[branch] codeflash/optimize was not moved: ${entry.why}`];
    case "plateau":
      return [`[plateau] ${entry.why}`];
    case "finished":
      return [...(entry.outcome === "plateau" ? [] : [`[limit] ${entry.why}`]), completeLine(state)];
    case "invalid":
      return [`[experiment ${entry.experiment}] invalid run, measured again: ${entry.reason}`];
    case "implemented":
    case "guarded":
    case "sampled":
    case "traced":
    case "clocked":
    case "followed":
    case "tried":
    case "inspected":
    case "tier-checked":
    case "kept":
      return [];
    case "discovered":
      return [`[learned] ${entry.text}`];
  }
}

/** What was sent and what it cost, answer by answer. */
function answeredLine({ call, turn, model, sentBytes, said, shown, answer, tokens, cost }: EntryOf<"answered">): string {
  const refusals =
    said.role === "results" ? said.results.flatMap((it) => /^REFUSED at the gate "([^"]+)"/.exec(it.text)?.[1] ?? []) : [];
  const after = refusals.length > 0 ? ` after a refusal at the gate ${refusals.join(", ")}` : "";
  const asked = `${answer.calls.map((it) => it.name).join(", ") || answer.ending}${after}`;
  const what = shown.length > 0 ? `: ${shown.join("; ")}` : "";
  return `[model] ${call}.${turn} ${model}: sent ${(sentBytes / 1024).toFixed(1)} KB${what}; ${asked}; ${tokens.input} tokens in, ${tokens.output} out, ${dollars(cost)}`;
}

function milestoneLines(entry: EntryOf<"milestone">, state: State): string[] {
  const here = entry.tiers.find((it) => it.tier === state.tier);
  const [base, head] = (here?.heap ?? []).map((it) => (it.heapPeakBytes === null ? "-" : mib(it.heapPeakBytes)));
  const counts = entry.tests && testCounts(entry.tests);
  const tests = counts ? `, ${counts.passed ?? 0} tests pass` : "";
  return [
    `[milestone ${entry.number}] heap peak ${base ?? "-"} MiB -> ${head ?? "-"} MiB${tests}${entry.tag ? `, tagged ${entry.tag}` : ""}`,
    ...entry.findings.map(
      (it) => `[review] ${it.file}:${it.line} ${it.text} (confidence ${it.confidence}${it.blocking ? ", blocking" : ""})`,
    ),
    ...(entry.replay ? [replayed(entry.replay)] : []),
  ];
}

const replayed = ({ ok, text }: EntryOf<"replayed">["replay"]): string =>
  `[review] ${ok ? "replayed from a clean clone: " : ""}${text}`;

function discovery(entry: EntryOf<"session-began">): string {
  const version = entry.provenance.interpreter.match(/\d+\.\d+(\.\d+)?/)?.[0] ?? "?";
  const repos = entry.repos.length === 1 ? "1 repository" : `${entry.repos.length} repositories`;
  return `[discovery] Python ${version} (${entry.runner}), ${repos}, ${entry.library ? "library" : "application"}, memray ${entry.memray ? "available" : "not used: tracemalloc finds"}`;
}

const tests = (entry: EntryOf<"session-began">): string[] =>
  entry.tests === null
    ? ["[discovery] no tests: only the target's output is compared (--allow untested)"]
    : [`[discovery] tests that must stay green: ${entry.tests.args || "all that pytest finds"}`];

const uncommitted = (entry: EntryOf<"session-began">): string[] =>
  entry.uncommitted.length === 0
    ? []
    : [
        `[discovery] ${entry.uncommitted.length} changed ${entry.uncommitted.length === 1 ? "file is" : "files are"} not committed (${entry.uncommitted.slice(0, 3).join(", ")}${entry.uncommitted.length > 3 ? ", …" : ""}): the work starts from the commit ${shortCommit(entry.base, 10)} without them`,
      ];

function testedLines(entry: EntryOf<"tested">, state: State): string[] {
  if (entry.experiment !== null) return [];
  const counts = testCounts(entry.run);
  if (entry.repeat === 0) return [`[tests] ${counts?.passed ?? 0} pass, ${counts?.failed ?? 0} fail before any change`];
  const excluded = excludedTests(state.testRuns);
  return excluded.length === 0
    ? []
    : [
        `[tests] left out of the verdicts, since they fail or flake before any change: ${excluded.slice(0, 8).join(", ")}${excluded.length > 8 ? `, … (${excluded.length})` : ""}`,
        ...excluded.slice(0, 8).map((it) => `  ${it}: ${whyExcluded(it, state.testRuns)}`),
      ];
}

function profiledLines(entry: EntryOf<"profiled">, state: State, width: number, bars: boolean): string[] {
  const { table, notes } = entry.profile;
  const first = state.profiles.length <= 1;
  const head = first
    ? [`[baseline] ${topStages(table)}`, `[baseline] Per-stage profiling: ${table.pipeline.qualname} (${table.why})`]
    : [`[re-profile] ${table.pipeline.qualname}:`];
  return [...head, ...stageTableLines(table, width, bars), ...notes.map((note) => `  ${note}`)];
}

/** `131.4 MiB -> 22.0 MiB (-109.4 MiB)`: the figure that decided. */
export function beforeAfter(experiment: Experiment, verdict: Verdict): string {
  const process = verdict.label === "process only";
  const gain = (process ? verdict.processGainBytes : verdict.heapGainBytes) ?? null;
  const before = process ? experiment.before.processBytes : experiment.before.heapBytes;
  return gain === null ? `${mib(before)} MiB -> -` : `${mib(before)} MiB -> ${mib(before - gain)} MiB (${signedMib(-gain)} MiB)`;
}

function decidedLines(entry: EntryOf<"decided">, state: State): string[] {
  const experiment = state.experiments.find((it) => it.number === entry.experiment);
  if (!experiment) return [];
  const { verdict } = entry;
  const tag = `[experiment ${entry.experiment}]`;
  const measured = verdict.heapGainBytes === null ? [] : [`${tag} ${beforeAfter(experiment, verdict)}`];
  const word = verdict.status === "keep" ? `KEEP${verdict.label ? ` (${verdict.label})` : ""}` : `DISCARD — ${verdict.reason}`;
  return [...measured, `${tag} ${word}`, experimentLine(experiment, verdict), ...progress(state)];
}

/** The message for whoever leads the session. */
function experimentLine(experiment: Experiment, verdict: Verdict): string {
  const process = verdict.label === "process only";
  const gain = (process ? verdict.processGainBytes : verdict.heapGainBytes) ?? 0;
  const before = process ? experiment.before.processBytes : experiment.before.heapBytes;
  const share = before > 0 ? (gain / before) * 100 : 0;
  const delta =
    verdict.heapGainBytes === null ? "not measured" : `${signedMib(-gain)} MiB (${share > 0 ? "-" : ""}${share.toFixed(1)}%)`;
  const result = verdict.status === "keep" ? "KEEP" : "DISCARD";
  return `[experiment ${experiment.number}] target: ${experiment.proposal.description}, result: ${result}, delta: ${delta}, mechanism: ${experiment.proposal.summary}`;
}

function progress(state: State): string[] {
  const done = state.experiments.filter((it) => it.verdict !== null);
  if (done.length === 0 || done.length % 3 !== 0) return [];
  const kept = keeps(state);
  const best = [...kept].sort((a, b) => gainOf(b) - gainOf(a))[0];
  const next = candidates(state)[0];
  const now = afterPeaks(state);
  return [
    `[progress] ${done.length} experiments (${kept.length} keeps/${done.length - kept.length} discards) | best: ${best ? `${best.proposal.description} (-${mib(gainOf(best))} MiB)` : "none yet"} | peak: ${mib(baseline(state))} MiB → ${mib(now)} MiB | next: ${next?.description ?? "re-profile"}`,
  ];
}

const gainOf = (it: Experiment): number =>
  (it.verdict?.label === "process only" ? it.verdict.processGainBytes : it.verdict?.heapGainBytes) ?? 0;

const baseline = (state: State): number => before(state)?.heapBytes ?? 0;

/** Heap peak as it stands, counting a keep that was decided but not yet carried out. */
function afterPeaks(state: State): number {
  const last = state.experiments.at(-1);
  const current = state.peaks?.heapBytes ?? 0;
  if (last?.verdict?.status !== "keep" || state.commit === last.implemented?.commit) return current;
  return current - (last.verdict.heapGainBytes ?? 0);
}

export function completeLine(state: State): string {
  const kept = keeps(state);
  const before = baseline(state);
  const after = state.peaks?.heapBytes ?? before;
  const share = before > 0 ? ((before - after) / before) * 100 : 0;
  return `[complete] ${state.experiments.length} experiments, ${kept.length} ${kept.length === 1 ? "keep" : "keeps"}, ${mib(before - after)} MiB saved, peak ${mib(before)} MiB → ${mib(after)} MiB (-${share.toFixed(1)} %); ${state.plateau?.irreducible ?? "not run to a plateau"}`;
}

function historyLines({ sessions, banned, kept, learnings }: History): string[] {
  if (sessions === 0 && banned.length === 0 && learnings === "") return [];
  const many = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;
  const known = learnings === "" ? "" : ", learnings.md is read";
  return [
    `[history] ${many(sessions, "earlier session")}, ${many(kept.length, "change")} kept; ${many(banned.length, "approach").replace("approachs", "approaches")} that failed before ${banned.length === 1 ? "is" : "are"} left alone${known}`,
  ];
}

function guidedLines({ text, avoid, stop, problem }: Guidance): string[] {
  if (problem !== null) return [`[guidance] not understood: ${problem}`];
  const said = [...avoid.map((it) => `avoid ${it}`), ...(stop ? ["stop"] : [])];
  return [`[guidance] ${text.trim() === "" ? "withdrawn" : said.length > 0 ? said.join(", ") : "noted for the mind"}`];
}
