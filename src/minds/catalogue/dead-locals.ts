import type { PeakLocal } from "../../vocabulary/profile.ts";
import { endingProposal, forbidEnding } from "./endings.ts";
import { type Ending, holdsArgument, lifetimesOf, pointAtRoundEnd, pointBefore } from "./lifetimes.ts";
import type { Evidence, Finding } from "./recipe.ts";
import { effectOfEnd } from "./value-types.ts";

type Judgement = { kind: "ending"; ending: Ending } | { kind: "refused"; reason: string };

/** Locals that go together. `sharedBytes`: what all of them keep alive. */
interface Group {
  locals: PeakLocal[];
  sharedBytes: number;
}

/** How values may be let go of: each is one recipe. */
export type Mechanism = "del" | "del-each-round" | "rebind";

/** Findings of one mechanism for every large local that is dead at the peak. What fits none of them is forbidden under `del`. */
export function endings(technique: string, mechanism: Mechanism, evidence: Evidence): Finding[] {
  return groups(evidence).flatMap(({ locals, sharedBytes }): Finding[] => {
    const judged = locals.map((local) => ({ local, judgement: judge(evidence, local) }));
    const refused = judged.find((it) => it.judgement.kind === "refused");
    if (refused?.judgement.kind === "refused") {
      if (mechanism !== "del") return [];
      const reason = `${refused.local.name}: ${refused.judgement.reason}`;
      return [forbidEnding(technique, evidence, locals, sharedBytes, reason)];
    }
    const found = judged.flatMap(({ judgement }) => (judgement.kind === "ending" ? [judgement.ending] : []));
    if (mechanismOf(found) !== mechanism) return [];
    return [{ kind: "proposal", proposal: endingProposal(technique, evidence, found, sharedBytes) }];
  });
}

function mechanismOf(found: readonly Ending[]): Mechanism {
  if (found.some((it) => !it.point.bound)) return "rebind";
  return found.every((it) => it.when === "round") ? "del-each-round" : "del";
}

/** Where the value of a dead local may go, or the precondition that forbids it. */
function judge(evidence: Evidence, local: PeakLocal): Judgement {
  const refused = (reason: string): Judgement => ({ kind: "refused", reason });
  const lifetimes = lifetimesOf(evidence, local);
  if (!lifetimes) return refused(`${local.function} (${local.file}) is no function whose source could be read`);
  const blocked = lifetimes.blocked[local.name];
  if (blocked !== undefined) return refused(blocked);
  const effect = effectOfEnd(local, evidence);
  if (effect !== null) return refused(effect);
  if (evidence.python[1] < 11 && holdsArgument(lifetimes, local)) {
    return refused("it is an argument, and before Python 3.11 the caller's frame keeps arguments until the call returns");
  }
  const before = pointBefore(lifetimes, local);
  if (before) return { kind: "ending", ending: { local, point: before, when: "before" } };
  const round = pointAtRoundEnd(lifetimes, local);
  if (round) return { kind: "ending", ending: { local, point: round, when: "round" } };
  return refused(`no place before line ${local.line} is passed on every path behind its last use`);
}

/**
 * Dead locals of at least the floor. Two of one frame of which one is made from the other are one group when they keep the same bytes
 * alive (a reader and its text); else each is tried by itself first, and both together for what they may share.
 */
function groups(evidence: Evidence): Group[] {
  const dead = largestOfEach(
    (evidence.profile.census?.locals ?? []).filter((it) => it.state === "dead" && it.exclusiveBytes >= evidence.floorBytes),
  );
  const found: Group[] = [];
  const done = new Set<PeakLocal>();
  for (const local of dead) {
    if (done.has(local)) continue;
    const same = dead.filter((it) => it === local || (kin(evidence, local, it) && equalBytes(local, it)));
    for (const it of same) done.add(it);
    found.push({ locals: same, sharedBytes: Math.max(...same.map((it) => it.exclusiveBytes)) });
  }
  const pairs = dead.flatMap((one, index) =>
    dead.slice(index + 1).flatMap((other): Group[] => {
      if (!kin(evidence, one, other) || equalBytes(one, other)) return [];
      return [{ locals: [one, other], sharedBytes: Math.min(one.exclusiveBytes, other.exclusiveBytes) }];
    }),
  );
  return [...found, ...pairs];
}

/** A recursive function stands on the stack several times: its largest frame speaks for a name. */
function largestOfEach(locals: readonly PeakLocal[]): PeakLocal[] {
  const largest = new Map<string, PeakLocal>();
  for (const it of locals) {
    const key = `${it.file} ${it.functionLine} ${it.name}`;
    const known = largest.get(key);
    if (!known || known.exclusiveBytes < it.exclusiveBytes) largest.set(key, it);
  }
  return [...largest.values()];
}

function kin(evidence: Evidence, one: PeakLocal, other: PeakLocal): boolean {
  if (one.file !== other.file || one.functionLine !== other.functionLine || one.depth !== other.depth) return false;
  const bindings = lifetimesOf(evidence, one)?.bindings ?? [];
  return bindings.some(
    (it) => (it.name === one.name && it.reads.includes(other.name)) || (it.name === other.name && it.reads.includes(one.name)),
  );
}

const equalBytes = (one: PeakLocal, other: PeakLocal): boolean =>
  Math.abs(one.exclusiveBytes - other.exclusiveBytes) <= 0.05 * Math.max(one.exclusiveBytes, other.exclusiveBytes);
