import type { State } from "../../method/state.ts";
import type { GuestTarget } from "../../minds/guest/targets.ts";
import { mib } from "../../records/mib.ts";
import type { Brief } from "../../vocabulary/draft.ts";

/** What was measured of a target: its lines, what their memory is, which names hold it. */
export function evidenceOf({ site, lines, bytes }: GuestTarget, { profile, forbidden }: Brief, state: State): string[] {
  const census = profile.census;
  const here = (place: { file: string; line: number }) => lines.some((it) => it.file === place.file && it.line === place.line);
  const types = (census?.types ?? []).filter((it) => it.madeAt.some(here)).slice(0, 5);
  const locals = (census?.locals ?? []).filter(
    (it) => it.file === site.file && it.functionLine === site.line && it.exclusiveBytes > 64 * 1024,
  );
  const refused = forbidden.filter((it) => it.site.file === site.file && it.site.qualname === site.qualname).slice(0, 3);
  const tried = state.experiments.filter(
    (it) => it.proposal.site.file === site.file && it.proposal.site.qualname === site.qualname,
  );
  return [
    `${mib(bytes)} MiB of ${mib(profile.peak.peakBytes)} MiB at the peak`,
    ...lines.slice(0, 6).map((it) => `line ${it.line}: ${mib(it.bytes)} MiB in ${it.blocks} blocks`),
    ...types.map(
      (it) => `${it.type}: ${it.count} objects, ${mib(it.bytes)} MiB${it.heldBy ? `, held by ${it.heldBy.path}` : ""}`,
    ),
    ...locals
      .slice(0, 6)
      .map((it) => `${it.name} (${it.type}) is ${it.state} at the peak: ${mib(it.exclusiveBytes)} MiB go with it`),
    ...tried
      .slice(-3)
      .map((it) => `experiment ${it.number} (${it.proposal.technique}): ${it.verdict?.status}, ${it.verdict?.reason}`),
    ...refused.map((it) => `${it.technique} does not fit: ${it.reason}`),
  ];
}

/** Characters of source that come with a target. */
const mostSource = 1_300;

/** The target's own lines, numbered; the heaviest part of them where they are too many. */
export function sourceOf(
  { site, lines }: GuestTarget,
  { facts }: Pick<Brief, "facts">,
  text: string,
): { from: number; to: number; source: string } {
  const all = text.split("\n");
  const own = facts.files[site.file]?.lifetimes.functions.find((it) => it.qualname === site.qualname);
  const [first, last] = own ? [own.line, own.endLine] : [Math.max(1, (lines[0]?.line ?? 1) - 10), (lines[0]?.line ?? 1) + 10];
  let [from, to] = [first, Math.min(last, all.length)];
  const shown = () =>
    all
      .slice(from - 1, to)
      .map((line, index) => `${from + index}| ${line}`)
      .join("\n");
  const heavy = lines[0]?.line ?? first;
  while (shown().length > mostSource && from < to) {
    if (to - heavy > heavy - from) to -= 1;
    else from += 1;
  }
  return { from, to, source: shown() };
}
