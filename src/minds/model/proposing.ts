import { checklistGate } from "../../method/checklist.ts";
import { approachKey } from "../../method/choose-target.ts";
import { bannedBy } from "../../method/history.ts";
import { mebibyte } from "../../method/noise.ts";
import { mayNotRun } from "../../method/reach.ts";
import { mib } from "../../records/mib.ts";
import type { Brief } from "../../vocabulary/draft.ts";
import type { Hands } from "../../vocabulary/model.ts";
import type { ProposeInput } from "../../vocabulary/model-tools.ts";
import type { Edit, Proposal } from "../../vocabulary/proposal.ts";
import { Consent } from "../../vocabulary/settings.ts";
import { type EditBlock, editsFrom, type SourceFile } from "../edit-blocks.ts";
import { measuredBytes, type Site, siteName, sitesOf } from "./sites.ts";
import { oneLine } from "./text.ts";

export type Drafted = { kind: "proposal"; proposal: Proposal } | { kind: "refused"; gate: string; reason: string };

const refused = (gate: string, reason: string): Drafted => ({ kind: "refused", gate, reason });

/** What a model wrote, as a proposal that the loop may try; or the gate that it does not pass, with the reason. `target`: the site that it was asked about. */
export async function proposalFrom(input: ProposeInput, target: Site, brief: Brief, hands: Hands): Promise<Drafted> {
  const summary = oneLine(input.summary).replace(/\.$/, "");
  if (/\band\b/i.test(summary)) return refused("one change", "`and` in the summary means two changes: propose the first one");
  const edits = await editsOf(input.edits, input.scope, brief, hands);
  if (edits.kind === "refused") return refused(edits.gate, edits.reason);
  const proposal = withMeasurements(input, { summary, edits: edits.edits, target, brief });
  const known = triedBefore(proposal, brief);
  if (known !== null) return refused("ledger", known);
  const consents = Consent.options.filter((it) => brief.allow.includes(it));
  const gate = checklistGate(proposal, brief.profile, { library: brief.library, allow: consents });
  if (!gate.open) return refused("checklist", gate.reason);
  const claim = input.expectedMib * mebibyte;
  if (claim > brief.profile.peak.peakBytes)
    return refused(
      "checklist",
      `the profile refutes it: ${input.expectedMib} MiB are expected of a peak of ${mib(brief.profile.peak.peakBytes)} MiB`,
    );
  if (proposal.expectedBytes <= brief.floorBytes)
    return refused("checklist", `${mib(proposal.expectedBytes)} MiB cannot be told from noise (${mib(brief.floorBytes)} MiB)`);
  return { kind: "proposal", proposal };
}

/** Blocks against the commit's files, within their scope; the text after them parses and reaches for nothing without leave. */
export async function editsOf(
  blocks: readonly EditBlock[],
  scope: readonly string[],
  brief: Brief,
  hands: Hands,
): Promise<{ kind: "edits"; edits: Edit[] } | { kind: "refused"; gate: string; reason: string }> {
  const files = new Map<string, SourceFile>();
  for (const file of new Set(blocks.map((it) => it.file))) {
    const source = await hands.source(brief.commit, file);
    if (source) files.set(file, source);
  }
  const read = editsFrom(blocks, files, scope, brief.protect);
  if (read.kind === "refused") return { ...read, gate: "scope" };
  const findings = await hands.review(brief.commit, read.edits);
  const unread = findings.find((it) => it.kind === "doubt" && it.blocking);
  if (unread) return { kind: "refused", gate: "parse", reason: unread.text };
  const reach = mayNotRun(findings, brief.allow);
  return reach === null ? read : { kind: "refused", gate: "reach", reason: reach };
}

/** The model's words, with what the harness knows better: bytes, visibility, persistence and exercise come from the profile. */
function withMeasurements(
  input: ProposeInput,
  { summary, edits, target, brief }: { summary: string; edits: Edit[]; target: Site; brief: Brief },
): Proposal {
  const places = [input.site, target, ...input.scope.map(placeOf)];
  const evidenceBytes = measuredBytes(brief.profile, places);
  const site = sitesOf(brief.profile).find((it) => it.name === siteName(input.site)) ?? target;
  const [line] = site.lines;
  const at = line ? `${line.file}:${line.line}` : site.name;
  const nodes = brief.profile.nodes.filter((it) => it.function.file === site.file && it.function.qualname === site.qualname);
  const runs = Math.max(1, ...nodes.map((it) => it.count));
  const onStack = brief.profile.peak.stack.some((it) => it.file === site.file && it.function === site.qualname);
  const { checklist } = input;
  return {
    technique: input.technique,
    strategy: input.strategy,
    sweep: null,
    site: { ...input.site, line: nodes[0]?.function.line ?? line?.line ?? 1 },
    subject: oneLine(input.subject),
    description: oneLine(input.description),
    summary,
    category: checklist.category,
    evidenceBytes,
    expectedBytes: Math.min(input.expectedMib * mebibyte, evidenceBytes),
    evidence: `${site.name} holds ${mib(site.bytes)} MiB in ${site.blocks} blocks at the peak (${at}); ${mib(evidenceBytes)} MiB with all that the change touches`,
    checklist: {
      category: checklist.category,
      visible: `inside the target: ${at} holds ${mib(line?.bytes ?? site.bytes)} MiB at the peak`,
      reducible: oneLine(checklist.reducible),
      persistent: `measured: ${mib(site.bytes)} MiB of ${site.name} stand at the peak, ${onStack ? "which it is on the stack of" : "after it has returned"}. The mind says: ${oneLine(checklist.persistent)}`,
      exercised: `measured: the target ran a line of ${site.name} ${runs} times or more (${at})`,
      mechanism: oneLine(checklist.mechanism),
      productionSafe: oneLine(checklist.productionSafe),
      verifyCheaply: oneLine(checklist.verifyCheaply),
    },
    edits,
    scope: input.scope,
    declaredCosts: input.declaredCosts.map(oneLine),
    consent: input.consent,
  };
}

function placeOf(scope: string): { file: string; qualname: string } {
  const at = scope.lastIndexOf(":");
  return { file: scope.slice(0, at), qualname: scope.slice(at + 1) };
}

/** Why an approach is not tried again: in this session, or in one before. */
function triedBefore(proposal: Proposal, { ledger, refused: gates, history }: Brief): string | null {
  const key = approachKey(proposal);
  const before = ledger.find((it) => it.key === key);
  if (before) return `that is experiment ${before.experiment} again (${before.status}: ${before.reason}): another technique`;
  const gate = gates.find((it) => it.key === key);
  if (gate) return `it was refused before at the gate ${gate.gate} (${gate.reason}): another technique, or another subject`;
  const file = proposal.site.file;
  const failed = ledger.filter(
    (it) => it.status !== "keep" && it.technique === proposal.technique && it.site.startsWith(`${file}:`),
  );
  if (failed.length >= 3) return `${proposal.technique} failed 3 times in ${file}: another technique`;
  const banned = bannedBy(history, key, proposal.summary);
  return banned === null ? null : `it failed before this session: ${banned}`;
}
