import type { Profile } from "../vocabulary/profile.ts";
import type { Proposal } from "../vocabulary/proposal.ts";
import { keeps, type State } from "./state.ts";

/** Names an approach: technique, site, subject. The same approach is never tried twice on the same memory. */
export function approachKey(proposal: Proposal): string {
  return `${proposal.technique} @ ${proposal.site.file}:${proposal.site.qualname} # ${proposal.subject}`;
}

/** Where the heap peaks, as far as it matters for a second try: the functions on the stack. */
function peakMark(profile: Profile | undefined): string {
  return (profile?.peak.stack ?? []).map((place) => `${place.file}:${place.function}`).join(" ");
}

/** Whether the approach may be tried now: never tried, or parked and the peak has moved since by a keep. */
function mayTry(proposal: Proposal, state: State): boolean {
  const key = approachKey(proposal);
  if (state.refused.some((it) => it.key === key)) return false;
  const before = state.experiments.filter((it) => it.key === key);
  const last = before.at(-1);
  if (!last) return !failedThrice(proposal, state);
  if (last.tier !== state.tier && last.verdict?.status === "discard" && last.verdict.rule.endsWith("gain")) return true;
  if (!last.verdict?.parked) return false;
  const profileAt = (commit: string) => state.profiles.findLast((it) => it.commit === commit)?.profile;
  return (
    keeps(state).some((it) => it.number > last.number) && peakMark(profileAt(last.parent)) !== peakMark(profileAt(state.commit))
  );
}

/** A technique that failed 3 times on the same kind of site for the same reason is not tried there again (method.md, 6.3). */
function failedThrice(proposal: Proposal, state: State): boolean {
  const rules = new Map<string, number>();
  for (const it of state.experiments) {
    if (
      it.verdict?.status !== "discard" ||
      it.verdict.parked ||
      it.tier !== state.tier ||
      it.proposal.technique !== proposal.technique
    )
      continue;
    if (it.proposal.site.file !== proposal.site.file) continue;
    rules.set(it.verdict.rule, (rules.get(it.verdict.rule) ?? 0) + 1);
  }
  return [...rules.values()].some((count) => count >= 3);
}

/**
 * Candidates in the order in which they are to be tried: strictly by measured bytes at the peak that the change can give
 * back; among equals, sites in a file with three keeps, then techniques that were kept elsewhere (method.md, 6).
 */
export function candidates(state: State): Proposal[] {
  const kept = keeps(state);
  const files = new Map<string, number>();
  for (const it of kept) files.set(it.proposal.site.file, (files.get(it.proposal.site.file) ?? 0) + 1);
  const techniques = new Set(kept.map((it) => it.proposal.technique));
  const rank = (it: Proposal) => ((files.get(it.site.file) ?? 0) >= 3 ? 2 : 0) + (techniques.has(it.technique) ? 1 : 0);
  const strategies = ["allocations", "format", "reordering", "quantization"];
  return (state.proposed?.proposals ?? [])
    .filter((it) => mayTry(it, state))
    .sort(
      (a, b) =>
        b.expectedBytes - a.expectedBytes ||
        rank(b) - rank(a) ||
        strategies.indexOf(a.strategy) - strategies.indexOf(b.strategy) ||
        (approachKey(a) < approachKey(b) ? -1 : 1),
    );
}
