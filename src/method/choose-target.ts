import type { Profile } from "../vocabulary/profile.ts";
import { type Proposal, Strategy } from "../vocabulary/proposal.ts";
import { bannedBy } from "./history.ts";
import { pairs } from "./pairs.ts";
import { keeps, type State } from "./state.ts";
import { hadItsTurn } from "./strategy.ts";

/** Names an approach: technique, site, subject. The same approach is never tried twice on the same memory. */
export function approachKey(proposal: Pick<Proposal, "technique" | "site" | "subject">): string {
  return `${proposal.technique} @ ${proposal.site.file}:${proposal.site.qualname} # ${proposal.subject}`;
}

/** Where the heap peaks, as far as it matters for a second try: the functions on the stack. */
function peakMark(profile: Profile | undefined): string {
  return (profile?.peak.stack ?? []).map((place) => `${place.file}:${place.function}`).join(" ");
}

/** Whether the approach may be tried now: never tried, or parked and the peak has moved since by a keep. */
const mayTry = (proposal: Proposal, state: State): boolean => triedBefore(proposal, state) === null;

/** Why an approach is not tried (again) now, in a sentence; null: it may be. */
export function triedBefore(proposal: Omit<Proposal, "edits">, state: State): string | null {
  const key = approachKey(proposal);
  const gate = state.refused.find((it) => it.key === key);
  if (gate) return `${key} was refused: ${gate.reason}`;
  const banned = bannedBy(state.history, key, proposal.summary);
  if (banned !== null) return `it failed before (${banned})`;
  const last = state.experiments.findLast((it) => it.key === key);
  if (!last)
    return failedThrice(proposal, state)
      ? `${proposal.technique} failed 3 times in ${proposal.site.file} for the same reason`
      : null;
  if (last.tier !== state.tier && last.verdict?.status === "discard" && last.verdict.rule.endsWith("gain")) return null;
  const tried = `it was tried in experiment ${last.number}: ${last.verdict?.reason ?? "open"}`;
  if (!last.verdict?.parked) return tried;
  const profileAt = (commit: string) => state.profiles.findLast((it) => it.commit === commit)?.profile;
  const moved =
    keeps(state).some((it) => it.number > last.number) && peakMark(profileAt(last.parent)) !== peakMark(profileAt(state.commit));
  return moved ? null : `${tried}; it is tried again when a keep has moved the peak`;
}

/** A technique that failed 3 times on the same kind of site for the same reason is not tried there again (method.md, 6.3). */
function failedThrice(proposal: Omit<Proposal, "edits">, state: State): boolean {
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

/** What may be tried now, in order; when no single change is left, pairs of those that gave nothing alone. */
export function candidates(state: State): Proposal[] {
  const alone = singles(state);
  return alone.length > 0 ? alone : pairs(state).filter((it) => mayTry(it, state));
}

/** The single changes that may be tried now, in order. */
export function singles(state: State): Proposal[] {
  return ordered(
    (state.proposed?.proposals ?? []).filter((it) => mayTry(it, state)),
    state,
  );
}

/**
 * Strategies whose turn has not passed first; then strictly by measured bytes at the peak that the change can give back; among
 * equals, sites in a file with three keeps, in this session or before, then techniques that were kept elsewhere (method.md, 6).
 */
function ordered(proposals: readonly Proposal[], state: State): Proposal[] {
  const kept = [
    ...(state.history?.kept ?? []),
    ...keeps(state).map(({ proposal }) => ({ file: proposal.site.file, technique: proposal.technique })),
  ];
  const files = new Map<string, number>();
  for (const { file } of kept) files.set(file, (files.get(file) ?? 0) + 1);
  const techniques = new Set(kept.map((it) => it.technique));
  const rank = (it: Proposal) => ((files.get(it.site.file) ?? 0) >= 3 ? 2 : 0) + (techniques.has(it.technique) ? 1 : 0);
  return [...proposals].sort(
    (a, b) =>
      Number(hadItsTurn(state, a)) - Number(hadItsTurn(state, b)) ||
      b.expectedBytes - a.expectedBytes ||
      rank(b) - rank(a) ||
      Strategy.options.indexOf(a.strategy) - Strategy.options.indexOf(b.strategy) ||
      (approachKey(a) < approachKey(b) ? -1 : 1),
  );
}
