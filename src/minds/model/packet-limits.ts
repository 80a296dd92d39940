import { mib, mibOrDash } from "../../records/mib.ts";
import type { Brief } from "../../vocabulary/draft.ts";
import { rowOf } from "./packet-memory.ts";
import type { Site } from "./sites.ts";
import { cut } from "./text.ts";

/** What was tried here, what the catalogue may not do and why, and the ceiling: what stands before the site is even reached. */
export function tried(site: Site, brief: Brief): string[] {
  const here = brief.ledger.filter((it) => it.site.startsWith(`${site.file}:`));
  const experiments = here.map(
    (it) =>
      `experiment ${it.experiment}, ${it.technique} at ${it.site}: ${it.status}, ${cut(it.reason, 90)} (heap ${mibOrDash(it.heapGainBytes)} MiB)`,
  );
  const forbidden = brief.forbidden
    .filter((it) => it.site.file === site.file && it.site.qualname === site.qualname)
    .map((it) => `recipe ${it.technique} may not: ${it.reason}`);
  return [...ceiling(site, brief), ...experiments.reverse(), ...forbidden];
}

/** The highest stage before the site's own: that high the heap stands whatever is done here. */
function ceiling(site: Site, { profile }: Brief): string[] {
  const own = rowOf(site, profile);
  const before = own ? profile.table.rows.slice(0, profile.table.rows.indexOf(own)) : [];
  const next = [...before].sort((a, b) => b.peakBytes - a.peakBytes)[0];
  if (!next) return [];
  return [
    `next peak: ${next.name} stands at ${mib(next.peakBytes)} MiB, so a change here alone saves at most ${mib(Math.max(0, profile.peak.peakBytes - next.peakBytes))} MiB`,
  ];
}

/** What the change must keep to. */
export function limits(site: Site, brief: Brief): string[] {
  const facts = brief.facts.files[site.file];
  const exported = facts?.classes.classes.filter((it) => it.exported).map((it) => it.qualname) ?? [];
  const strategy = Object.entries(brief.strategies).filter(([, it]) => it !== "allocations");
  return [
    `Python ${brief.python.join(".")}, ${brief.library ? "a library: public names are an interface" : "an application"}; less than ${mib(brief.floorBytes)} MiB is noise; over 1.5x the time is refused`,
    ...covered(site, brief),
    ...(brief.protect.length > 0 ? [`protected: ${brief.protect.join(", ")}`] : []),
    ...(brief.allow.length > 0 ? [`leave is given for: ${brief.allow.join(", ")}`] : []),
    ...(strategy.length > 0 ? [`strategies whose turn it is: ${strategy.map((it) => it.join(" ")).join(", ")}`] : []),
    ...(exported.length > 0 && brief.library ? [`exported classes of the file: ${exported.join(", ")}`] : []),
  ];
}

/** How far the tests would see it if a change broke the site. */
function covered(site: Site, { look: { coverage } }: Brief): string[] {
  if (coverage === null) return [];
  const own = coverage.find((it) => it.file === site.file && it.qualname === site.qualname);
  if (!own) return [];
  if (own.missed.length === own.statements) return ["no test runs it: only the target would show that it breaks"];
  const missed = own.missed.slice(0, 8).join(", ");
  const rest = own.missed.length > 8 ? " and more" : "";
  return [
    `the tests run ${own.statements - own.missed.length} of its ${own.statements} statements${missed ? `; never lines ${missed}${rest}` : ""}`,
  ];
}
