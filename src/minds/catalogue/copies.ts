import type { CopySite, NameUse } from "../../vocabulary/facts-expressions.ts";
import type { Edit } from "../../vocabulary/proposal.ts";
import type { ValueUsageOf, ValueUsageRequest } from "../../vocabulary/usage-values.ts";
import { largeSites, seenWords, unseen, usageOf } from "./expressions.ts";
import type { Evidence } from "./recipe.ts";

type Seen = ValueUsageOf<"copy">;

/** Why the copy may go: neither side ever changes, or the original is dead and the copy may take its place. */
export type Allowed = { kind: "unchanged" | "steal"; seen: Seen; words: string };
export type Judgement = Allowed | { kind: "refused"; reason: string };

/** A copy of all that is below the object, not only of its first level. */
const isDeep = (copy: CopySite): boolean => copy.form === "deepcopy" || copy.form === "json";

/** Copies of these forms that carry at least the floor at the peak. */
export function largeCopies(evidence: Evidence, json: boolean) {
  return largeSites(evidence, "copies").filter(({ fact }) => (fact.form === "json") === json && fact.result.kind !== "other");
}

/** What the recorder must watch to judge the copies. */
export function watchCopies(evidence: Evidence, json: boolean): ValueUsageRequest[] {
  return largeCopies(evidence, json)
    .filter(({ fact }) => fact.blockers.length === 0)
    .map(({ file, fact }) => ({
      kind: "copy",
      file: file.file,
      at: fact.at,
      deep: isDeep(fact),
      container: fact.loop && fact.loop.kind !== "other" ? fact.loop.iterable : null,
      through: fact.loop?.through ?? null,
    }));
}

/** Dynamic evidence and the text of the function together (catalogue rows 13 to 15): both must allow it. */
export function judgeCopy(evidence: Evidence, file: string, copy: CopySite): Judgement {
  const no = (reason: string): Judgement => ({ kind: "refused", reason });
  const [blocker] = copy.blockers;
  if (blocker) return no(blocker);
  if (!copy.original && !copy.fresh) return no(`who else holds ${copy.argumentText} cannot be seen in the text of the function`);
  const seen = usageOf(evidence, "copy", file, copy.at);
  if (!seen) return no(unseen(evidence, `${copy.text} (${file}:${copy.line})`));
  const words = seenWords(evidence, seen);
  const fault = faultOf(copy, seen, words);
  if (fault) return no(fault);
  const identity = [...copy.originalUses, ...copy.resultUses].find((it) => it.how === "identity");
  if (identity) return no(`${place(identity)} asks whether the two are the same object: ${identity.text}`);
  const changes = unchangedFault(copy, seen);
  if (changes === null) return { kind: "unchanged", seen, words };
  const holds = stealFault(copy, seen);
  return holds === null
    ? { kind: "steal", seen, words }
    : no(seen.copyChanged + seen.originalChanged === 0 ? `${changes}; ${holds}` : holds);
}

/** What makes any copy of this site unlike its original, or unknown. */
function faultOf(copy: CopySite, seen: Seen, words: string): string | null {
  if (seen.raised.length > 0) return `the copy raised ${seen.raised.join(", ")} in a recorded run: that is behaviour`;
  if (seen.custom > 0) return `${seen.types.join(", ")} copies by rules of its own`;
  if (seen.unfollowed > 0 || seen.followed === 0) {
    return `${Math.max(1, seen.unfollowed)} of ${words} could not be followed (${seen.types.join(", ")}): whether either side changes is not known`;
  }
  if (seen.sameType < seen.calls)
    return `the copy has another type than the original in ${seen.calls - seen.sameType} of ${words} (${seen.types.join(", ")})`;
  if (seen.equal < seen.followed)
    return `the copy differs from the original in ${seen.followed - seen.equal} of ${words}: ${copy.text} also converts`;
  return null;
}

/** Null when neither side changes: seen in the runs, and in the text no way for anybody to change them. */
function unchangedFault(copy: CopySite, seen: Seen): string | null {
  if (seen.copyChanged > 0) return "the copy is changed afterwards";
  if (seen.originalChanged > 0) return "the original is changed afterwards";
  const kind = copy.result.kind;
  if (kind !== "bound" && kind !== "discarded") return `the copy is ${kind} at line ${copy.line}, where others may change it`;
  const leak = [...copy.resultUses, ...copy.originalUses].find((it) => !readOnly(it, isDeep(copy)));
  if (leak) return `${place(leak)} may lead to a change of one side: ${leak.text}`;
  return null;
}

/** Reading is harmless; for a deep copy also nothing inside of it may get out. */
function readOnly(use: NameUse, deep: boolean): boolean {
  if (["reads", "length", "iterates"].includes(use.how)) return true;
  return !deep && use.deep && ["stored", "passed", "returned", "aliased"].includes(use.how);
}

/** Null when the original is dead after the copy, here and in every caller, and nobody else holds it. */
function stealFault(copy: CopySite, seen: Seen): string | null {
  if (seen.originalChanged > 0) return `the original is changed after it was copied in ${seen.originalChanged} recorded copies`;
  const again = originalNeeded(copy);
  if (again) return again;
  if (seen.shared > 0) return `somebody else holds the original in ${seen.shared} of ${seen.calls} recorded calls`;
  if (seen.sharedInside > 0) return "something inside of the original is also held from elsewhere";
  if (copy.fresh) return null;
  const [live] = seen.liveIn;
  if (live) return `the caller reads the original again: ${live}`;
  if (copy.original?.kind === "local" && !copy.loop) return null;
  if (copy.loop && copy.loop.kind === "local") return null;
  // Calls from tests that never reached the copy are no matter: the tests themselves stand guard.
  const missed = copy.callers.find((it) => !it.test && !seen.callers.includes(`${it.file}:${it.line}`));
  return missed ? `${missed.file}:${missed.line} calls ${copy.function.qualname} too, and no recorded run came from there` : null;
}

/** A use of the original, or of what it was taken from, that would see the change of the copy. */
function originalNeeded(copy: CopySite): string | null {
  if (copy.loop?.kind === "other")
    return `${copy.loop.iterable}, which the loop runs over, is not a local name: who reads it later cannot be seen`;
  const later = copy.loop?.laterUses.find((it) => it.how !== "deleted");
  if (later && copy.loop) return `${copy.loop.iterable} is used again after the loop at ${place(later)}: ${later.text}`;
  const needed = copy.originalUses.find((it) => it.how !== "deleted" && !beforeChange(copy, it));
  return needed ? `${copy.original?.name} is used again at ${place(needed)}: ${needed.text}` : null;
}

/** Reads one slot of the original that nothing has set in the copy yet; the statement that sets it may still read it. */
function beforeChange(copy: CopySite, use: NameUse): boolean {
  if (isDeep(copy) || (!use.deep && use.how !== "reads") || use.what === "" || use.what === "[]" || use.again) return false;
  if (["changes", "sets-attribute", "deleted"].includes(use.how) && !use.deep) return false;
  return copy.resultUses.every((it) => {
    if (it.how === "sets-attribute") return !it.again && (it.what !== use.what || it.line >= use.line);
    if (["changes", "passed", "aliased", "captured"].includes(it.how)) return !it.again && it.line > use.line;
    return true;
  });
}

const place = (it: NameUse): string => `${it.file}:${it.line}`;

/** The copying call gives way to what it copied; a statement that only copied goes altogether. */
export function copyEdit(file: string, copy: CopySite): Edit {
  const [start, end] = copy.span;
  if (copy.result.kind !== "discarded") return { file, start, end, text: copy.argumentText };
  if (copy.blockSize > 1 && copy.statementLines)
    return { file, start: copy.statementLines[0], end: copy.statementLines[1], text: "" };
  return { file, start: copy.statement[0], end: copy.statement[1], text: "pass" };
}

/** What both recipes must tell about a change of identity. */
export function copyCosts(copy: CopySite, allowed: Allowed): string[] {
  if (!copy.public) return [];
  const name = copy.function.qualname;
  const returned =
    copy.result.kind === "returned" || [...copy.resultUses].some((it) => it.how === "returned" || it.how === "stored");
  return [
    ...(returned ? [`${name} now gives back or keeps the very object it was given, not a copy`] : []),
    ...(allowed.kind === "steal" && !copy.fresh
      ? [`code outside of the project that goes on using what it passed to ${name} would see it changed`]
      : []),
  ];
}
