import type { EndOfLife } from "../../vocabulary/facts-lifetimes.ts";
import type { PeakLocal } from "../../vocabulary/profile.ts";
import type { Checklist, Edit, Proposal } from "../../vocabulary/proposal.ts";
import type { FunctionRef } from "../../vocabulary/target.ts";
import { scopeOf, size } from "./expressions.ts";
import { type Ending, lifetimesOf } from "./lifetimes.ts";
import type { Evidence, Finding } from "./recipe.ts";
import { categoryOf } from "./value-types.ts";

/** The function that a local lives in. */
export const siteOf = (evidence: Evidence, local: PeakLocal): FunctionRef => ({
  file: local.file,
  qualname: lifetimesOf(evidence, local)?.qualname ?? local.function,
  line: local.functionLine,
});

/** One line for the names that go at the same place: `del` where they are surely bound, a new value where not. */
export function endingEdits(evidence: Evidence, file: string, points: readonly EndOfLife[]): Edit[] {
  const newline = evidence.facts.files[file]?.newline ?? "\n";
  const places = new Map<string, EndOfLife[]>();
  for (const point of points) {
    const key = `${point.offset} ${point.indent}`;
    places.set(key, [...(places.get(key) ?? []), point]);
  }
  const deepestFirst = [...places.values()].sort((a, b) => (b[0]?.indent.length ?? 0) - (a[0]?.indent.length ?? 0));
  return deepestFirst.flatMap((all) => {
    const [first] = all;
    if (!first) return [];
    const names = (bound: boolean) => [...new Set(all.filter((it) => it.bound === bound).map((it) => it.spelled))].sort();
    const deleted = names(true).length > 0 ? [`del ${names(true).join(", ")}`] : [];
    const rebound = names(false).map((it) => `${it} = None`);
    const text = [...deleted, ...rebound].map((it) => `${newline}${first.indent}${it}`).join("");
    return [{ file, start: first.offset, end: first.offset, text }];
  });
}

/** The proposal to let these values go at their places. */
export function endingProposal(technique: string, evidence: Evidence, endings: readonly Ending[], bytes: number): Proposal {
  const first = endings.reduce((one, other) => (other.local.exclusiveBytes > one.local.exclusiveBytes ? other : one));
  const { local } = first;
  const site = siteOf(evidence, local);
  const names = [...new Set(endings.map((it) => it.point.spelled))].sort();
  const category = categoryOf(local.type);
  const round = endings.every((it) => it.when === "round");
  return {
    technique,
    strategy: "allocations",
    sweep: null,
    site,
    subject: names.join(","),
    description: `${names.join(", ")} in ${site.qualname}`,
    summary: `free ${names.join(", ")} in ${site.qualname} ${round ? "at the end of each round" : "before the peak"}`,
    category,
    evidenceBytes: bytes,
    expectedBytes: bytes,
    evidence: `census: at the peak in line ${local.line} of ${local.file}, ${endings.map(held).join("; ")}, and nothing reads it again`,
    checklist: { category, ...answers(evidence, endings, site, names, bytes) },
    edits: endingEdits(
      evidence,
      local.file,
      endings.map((it) => it.point),
    ),
    scope: [scopeOf(site)],
    declaredCosts: [],
    consent: null,
  };
}

const held = ({ local, point }: Ending): string =>
  `\`${point.spelled}\` (${local.type}) alone keeps ${size(local.exclusiveBytes)} alive`;

function answers(
  evidence: Evidence,
  endings: readonly Ending[],
  site: FunctionRef,
  names: readonly string[],
  bytes: number,
): Omit<Checklist, "category"> {
  const line = endings[0]?.local.line ?? 0;
  const what = names.map((it) => `\`${it}\``).join(" with ");
  const peak = size(evidence.profile.peak.peakBytes);
  const uses = endings.map((it) => `line ${it.point.endLine}`).join(", ");
  const round = endings.every((it) => it.when === "round");
  const event = round ? `before the next round comes to line ${line}` : `before line ${line} starts`;
  return {
    visible: `yes: ${what} is a local of ${site.qualname}, whose frame stands on the stack at the target's peak of ${peak}`,
    reducible: `its last use ends in ${uses}, and the peak stands in line ${line}: ${size(bytes)} can go earlier`,
    persistent: `measured: ${what} is still bound at the peak, and ${size(bytes)} are reachable through it alone`,
    exercised: `measured: the target's peak event ${evidence.profile.peak.event} lies inside ${site.qualname}, at line ${line}`,
    mechanism: `${what} is let go of behind ${uses}, so its ${size(bytes)} are freed ${event}`,
    productionSafe: `${what} is a local name that no path reads again, of a type that nothing happens to when it ends; no cache, pool or connection is touched`,
    verifyCheaply: "no micro-benchmark: what it gives depends on all that is alive around it, so the target itself is measured",
  };
}

/** A site whose values may not go earlier. */
export function forbidEnding(
  technique: string,
  evidence: Evidence,
  locals: readonly PeakLocal[],
  bytes: number,
  reason: string,
): Finding {
  const site = locals[0] ? siteOf(evidence, locals[0]) : { file: "", qualname: "", line: 1 };
  const subject = [...new Set(locals.map((it) => it.name))].sort().join(",");
  return { kind: "forbidden", forbidden: { technique, site, subject, evidenceBytes: bytes, reason } };
}
