import { mib, signedMib } from "../../records/mib.ts";
import type { Brief } from "../../vocabulary/draft.ts";
import type { HeldType, Profile, StageNode } from "../../vocabulary/profile.ts";
import type { Site } from "./sites.ts";

/** Where the memory is: lines, the stack at the peak, the stage, what is freed again before the site returns. */
export function where(site: Site, { profile }: Brief): string[] {
  const share = ((100 * site.bytes) / Math.max(1, profile.peak.peakBytes)).toFixed(0);
  const lines = site.lines.slice(0, 4).map((it) => `line ${it.line}: ${mib(it.bytes)} MiB in ${it.blocks} blocks`);
  const stack = profile.peak.stack.slice(0, 6).map((it) => `${it.file}:${it.line} ${it.function}`);
  return [
    `${share} % of the peak, ${site.blocks} blocks of ${Math.round(site.bytes / Math.max(1, site.blocks))} B; ${lines.join("; ")}`,
    ...(stack.length > 0 ? [`the heap peaks at ${stack.join(" < ")}`] : []),
    ...stageOf(site, profile),
    ...passing(site, profile),
  ];
}

/** The row of the per-stage table that the site belongs to. */
function stageOf(site: Site, profile: Profile): string[] {
  const row = rowOf(site, profile);
  if (!row) return [];
  return [
    `stage ${row.name}: ${signedMib(row.deltaBytes)} MiB left behind, ${mib(row.cumulativeBytes)} MiB in sum, ${mib(row.peakBytes)} MiB at its highest${row.count > 1 ? `, ran ${row.count} times` : ""}`,
  ];
}

/** The first row of the table in whose statement the site ran; null where that was not seen. */
export function rowOf(site: Pick<Site, "file" | "qualname">, { nodes, table }: Profile) {
  const byId = new Map(nodes.map((it) => [it.id, it]));
  const lines = nodes
    .filter((it) => it.function.file === site.file && it.function.qualname === site.qualname)
    .flatMap((it) => {
      let at: StageNode | undefined = it;
      while (at && (at.function.file !== table.pipeline.file || at.function.qualname !== table.pipeline.qualname))
        at = at.parent === null ? undefined : byId.get(at.parent);
      return at ? [at.line] : [];
    });
  const own = site.qualname.split(".").at(-1);
  return table.rows.find((it) => lines.includes(it.line)) ?? table.rows.find((it) => it.name.split(".").at(-1) === own) ?? null;
}

/** What a run of the site takes and gives back, as against what it leaves. */
function passing(site: Site, profile: Profile): string[] {
  const nodes = profile.nodes.filter((it) => it.function.file === site.file && it.function.qualname === site.qualname);
  if (nodes.length === 0) return [];
  const left = nodes.reduce((sum, it) => sum + it.deltaBytes, 0);
  const rise = Math.max(...nodes.map((it) => it.riseBytes));
  const runs = Math.max(...nodes.map((it) => it.count));
  return [
    `its statements leave ${signedMib(left)} MiB behind; one of them rises by ${mib(rise)} MiB; a line ran ${runs} times or more`,
  ];
}

/** The objects of the site: types with counts and sizes, record shapes, repeated texts. */
export function what(site: Site, { profile }: Brief): string[] {
  const census = profile.census;
  if (!census) return profile.notes.slice(0, 1);
  const own = new Set(site.lines.map((it) => it.line));
  const here = (made: HeldType["madeAt"]) => made.some((it) => it.file === site.file && own.has(it.line));
  const records = census.records
    .filter((it) => here(it.madeAt))
    .map(
      (it) =>
        `${it.count} dicts with keys ${it.keys.join(", ")}: ${mib(it.bytes)} MiB, ${Math.round(it.bytes / Math.max(1, it.count))} B each without what they hold`,
    );
  const types = typesOf(site, profile).map((it) => {
    const dicts = it.dictBytes > 0 ? `, ${mib(it.dictBytes)} MiB of it in their __dict__` : "";
    return `${it.count} ${it.type}: ${mib(it.bytes)} MiB, ${Math.round(it.bytes / Math.max(1, it.count))} B each${dicts}${spread(it)}`;
  });
  const empty = census.emptyValues
    .filter((it) => it.file === site.file && own.has(it.line))
    .map((it) => `${it.count} empty ${it.type} as values of a mapping, line ${it.line}: ${mib(it.bytes)} MiB`);
  const owners = [
    ...typesOf(site, profile).map((it) => it.type),
    ...census.records.filter((it) => here(it.madeAt)).map((it) => [...it.keys].sort().join(",")),
  ];
  const repeated = census.repeated
    .filter((it) => owners.includes(it.owner))
    .map(
      (it) => `equal texts under ${it.name}: ${it.count}, ${it.distinct} different, sharing saves ${mib(it.duplicateBytes)} MiB`,
    );
  const equal = census.equalTuples
    .filter((it) => it.file === site.file && own.has(it.line))
    .map(
      (it) =>
        `equal ${it.type}s of line ${it.line}: ${it.count}, ${it.distinct} different, sharing saves ${mib(it.duplicateBytes)} MiB`,
    );
  return [...records, ...types, ...empty, ...repeated, ...equal];
}

/** From how large to how large they are, where that is more than twice. */
function spread({ count, sizes }: HeldType): string {
  const [largest] = [...sizes].sort((a, b) => b.below - a.below);
  const [most] = [...sizes].sort((a, b) => b.count - a.count);
  if (!largest || !most || sizes.length < 3) return "";
  return `, ${Math.round((100 * most.count) / Math.max(1, count))} % of them below ${most.below} B, the largest below ${largest.below} B`;
}

/** How the site grows with the input: what it holds in the next heavier tier. */
export function growth(site: Site, { profile, look: { heavier } }: Brief): string[] {
  if (!heavier) return [];
  const own = heavier.lines.filter((it) => it.file === site.file && it.function === site.qualname);
  const bytes = own.reduce((sum, it) => sum + it.bytes, 0);
  const times = bytes / Math.max(1, site.bytes);
  const { inputRatio } = heavier;
  const exponent =
    inputRatio !== null && inputRatio > 1.1 && times > 0
      ? `, with ${inputRatio.toFixed(1)} times the input: it grows as input^${(Math.log(times) / Math.log(inputRatio)).toFixed(1)}`
      : "";
  const whole = heavier.peakBytes / Math.max(1, profile.peak.peakBytes);
  return [
    `in tier ${heavier.tier} it holds ${mib(bytes)} MiB, ${times.toFixed(1)} times as much (the peak ${whole.toFixed(1)} times)${exponent}`,
  ];
}

/** Types that the site's lines made; the project's own classes too, whose objects are made by their caller's line. */
export function typesOf(site: Site, { census }: Profile): HeldType[] {
  if (!census) return [];
  const own = new Set(site.lines.map((it) => it.line));
  const made = (it: HeldType) => it.madeAt.some((at) => at.file === site.file && own.has(at.line));
  return census.types.filter((it) => made(it) || it.project || it.heldBy?.path.includes(` in ${site.qualname} `)).slice(0, 5);
}
