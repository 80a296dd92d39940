import { checklistGate } from "../../method/checklist.ts";
import { triedBefore } from "../../method/choose-target.ts";
import { mebibyte } from "../../method/noise.ts";
import type { State } from "../../method/state.ts";
import type { Brief } from "../../vocabulary/draft.ts";
import type { Passed, Plan } from "../../vocabulary/guest.ts";
import { type GuestTarget, targetsOf, worthAWord } from "./targets.ts";

/** Why the agent may not go on as it wants to, in a sentence that says what would do; null: it may. */
type Refusal = string | null;

const mib = (bytes: number): string => (bytes / mebibyte).toFixed(1);

/** A reason that says something: a few words, and no evasion. */
function reasonless({ target, why }: Passed): Refusal {
  const said = why.trim().length >= 20 && !/\b(unknown|not sure|unsure|maybe|perhaps|tbd)\b/i.test(why);
  return said ? null : `why ${target} is passed over must be said so that others can check it, and "${why}" does not`;
}

/** What still stands above `bytes` and has had neither an experiment nor a reason. */
function untouched(brief: Brief, state: State, passed: readonly Passed[], bytes: number): GuestTarget[] {
  return targetsOf(brief, state).filter(
    (it) => it.standing === "open" && it.bytes > bytes && worthAWord(it, brief) && !passed.some(({ target }) => target === it.id),
  );
}

/** The first gate: a target of the table, in measured order (method.md, 6.1). */
export function choosing(brief: Brief, state: State, target: string, passed: readonly Passed[]): Refusal {
  const all = targetsOf(brief, state);
  const chosen = all.find((it) => it.id === target);
  if (!chosen)
    return `${target} holds nothing at the peak; the targets are, in measured order: ${all
      .slice(0, 5)
      .map((it) => it.id)
      .join(", ")}`;
  const empty = passed.map(reasonless).find((it) => it !== null);
  if (empty) return empty;
  const larger = untouched(brief, state, passed, chosen.bytes)[0];
  if (!larger) return null;
  return `targets go in measured order, and ${larger.id} (${mib(larger.bytes)} MiB) stands above ${target} (${mib(chosen.bytes)} MiB): choose it, or say in \`passed\` why it stays`;
}

/** The second gate: the checklist (method.md, 5). */
export function opening(brief: Brief, state: State, target: GuestTarget, plan: Plan): Refusal {
  const session = state.session;
  if (!session) return "there is no session";
  if (/\band\b/i.test(plan.summary))
    return `"${plan.summary}" says two things: one change an experiment, the other one is the next`;
  if (plan.expectedBytes <= 0) return "it expects no gain: say how many MiB the change gives back";
  if (plan.expectedBytes > target.bytes * 1.05)
    return `it expects ${mib(plan.expectedBytes)} MiB, and ${target.id} holds ${mib(target.bytes)} MiB at the peak`;
  const files = plan.scope.map((it) => it.slice(0, it.lastIndexOf(":")));
  const nameless = plan.scope.find((_, index) => !files[index]?.endsWith(".py"));
  if (nameless !== undefined) return `the scope names "${nameless}": write file.py:qualname, or file.py:<module> for an import`;
  const gate = checklistGate(plan, brief.profile, { library: session.library, allow: session.settings.allow });
  if (!gate.open) return gate.reason;
  const tried = triedBefore(plan, state);
  return tried === null ? null : `${tried}; name another technique or subject`;
}

/** The last gate: nothing that is worth a word is left without one (method.md, 9: exhausted). */
export function finishing(brief: Brief, state: State, why: string, passed: readonly Passed[]): Refusal {
  if (why.trim().length < 12) return `"${why}" does not say why nothing more is to be had`;
  const empty = passed.map(reasonless).find((it) => it !== null);
  if (empty) return empty;
  const left = untouched(brief, state, passed, 0);
  if (left.length === 0) return null;
  const names = left.slice(0, 5).map((it) => `${it.id} (${mib(it.bytes)} MiB)`);
  return `not tried yet: ${names.join(", ")}; try them, or say in \`passed\` why each of them stays`;
}
