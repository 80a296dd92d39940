import type { Profile } from "../vocabulary/profile.ts";
import type { Proposal } from "../vocabulary/proposal.ts";
import type { Consent } from "../vocabulary/settings.ts";

/** A change as its mind describes it, made or not made yet. */
type Described = Omit<Proposal, "edits">;

export type GateAnswer = { open: true } | { open: false; reason: string };

const evasions = /^\s*$|\b(unknown|not sure|unsure|maybe|perhaps|possibly|tbd|n\/a)\b/i;
const figure = /\d/;

/** Concrete: names something, cites a figure above 0, and does not evade (method.md, 5). */
function concrete(answer: string): boolean {
  const figures = answer.match(/\d+(\.\d+)?/g)?.map(Number) ?? [];
  return !evasions.test(answer) && answer.trim().length >= 12 && figure.test(answer) && figures.some((it) => it > 0);
}

/** The second gate: answers 3 to 6 concrete, and none refuted by the profile. */
export function checklistGate(
  proposal: Described,
  profile: Profile,
  context: { library: boolean; allow: readonly Consent[] },
): GateAnswer {
  const { checklist } = proposal;
  if (checklist.category === "import-time" && context.library && !context.allow.includes("import-time")) {
    return { open: false, reason: "import-time memory of a library is out of scope without --allow import-time" };
  }
  if (checklist.category !== proposal.category) {
    return { open: false, reason: `the checklist says ${checklist.category}, the proposal ${proposal.category}` };
  }
  for (const name of ["reducible", "persistent", "exercised", "mechanism"] as const) {
    if (!concrete(checklist[name])) {
      return {
        open: false,
        reason: `answer "${name}" is not concrete: it must name the object and cite a figure above 0, and says "${checklist[name]}"`,
      };
    }
  }
  return refutedBy(proposal, profile);
}

/** What the profile knows better: a claim larger than the whole peak, a site that the run never reached. */
function refutedBy(proposal: Described, profile: Profile): GateAnswer {
  const peakBytes = Math.max(profile.peak.peakBytes, profile.census?.tracedBytes ?? 0);
  if (proposal.evidenceBytes <= 0) return { open: false, reason: "no measured memory stands behind it" };
  if (proposal.evidenceBytes > peakBytes * 1.05) {
    return { open: false, reason: "it claims more memory than stood at the peak" };
  }
  const files = reached(profile);
  if (files.size > 0 && !files.has(proposal.site.file)) {
    return { open: false, reason: `the profile never saw ${proposal.site.file} run: not exercised` };
  }
  return { open: true };
}

function reached(profile: Profile): Set<string> {
  const census = profile.census;
  return new Set([
    ...profile.nodes.map((node) => node.function.file),
    ...profile.peak.stack.map((place) => place.file),
    ...(census?.projectLines.map((line) => line.file) ?? []),
    ...(census?.lines.map((line) => line.file) ?? []),
    ...(census?.locals.map((local) => local.file) ?? []),
    ...(census?.holders.map((holder) => holder.file) ?? []),
    ...(census?.types.flatMap((type) => type.madeAt.map((made) => made.file)) ?? []),
    ...(census?.caches.map((cache) => cache.file) ?? []),
    ...(census?.emptyValues.map((value) => value.file) ?? []),
  ]);
}
