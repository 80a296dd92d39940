import { scopeRefusal } from "../../method/scope.ts";
import type { HeldLine, Profile, StageNode } from "../../vocabulary/profile.ts";

/** A function whose lines hold memory at the peak. */
export interface Site {
  /** `file:qualname`. */
  name: string;
  file: string;
  qualname: string;
  bytes: number;
  blocks: number;
  /** Largest first. */
  lines: HeldLine[];
}

export const siteName = ({ file, qualname }: { file: string; qualname: string }): string => `${file}:${qualname}`;

const changeable = (file: string): boolean =>
  scopeRefusal([{ file, start: 0, end: 0, text: "" }], [`${file}:<module>`], []) === null;

/** Functions of the project that a change may touch, by what their lines hold at the peak; by what their statements left behind where there is no census. */
export function sitesOf(profile: Profile): Site[] {
  const lines = profile.census?.projectLines ?? profile.nodes.map(heldByNode);
  const sites = new Map<string, Site>();
  for (const line of lines) {
    if (line.bytes <= 0 || line.function.startsWith("<") || !changeable(line.file)) continue;
    const name = siteName({ file: line.file, qualname: line.function });
    const site = sites.get(name) ?? { name, file: line.file, qualname: line.function, bytes: 0, blocks: 0, lines: [] };
    site.bytes += line.bytes;
    site.blocks += line.blocks;
    site.lines.push(line);
    sites.set(name, site);
  }
  for (const site of sites.values()) site.lines.sort((a, b) => b.bytes - a.bytes);
  return [...sites.values()].sort((a, b) => b.bytes - a.bytes);
}

function heldByNode({ function: at, line, deltaBytes, count }: StageNode): HeldLine {
  return { file: at.file, line, function: at.qualname, bytes: deltaBytes, blocks: count, project: true };
}

/** What was measured of some functions and classes together, at most the whole peak: what their lines, objects and names hold. */
export function measuredBytes(profile: Profile, places: readonly { file: string; qualname: string }[]): number {
  const held = new Map(sitesOf(profile).map((it) => [it.name, it.bytes]));
  const types = profile.census?.types.filter((it) => it.project) ?? [];
  const own = ({ file, qualname }: { file: string; qualname: string }) =>
    Math.max(
      held.get(siteName({ file, qualname })) ?? 0,
      ...types.filter((it) => it.type.endsWith(`:${qualname}`)).map((it) => it.bytes),
      ...(profile.census?.holders.filter((it) => it.file === file).map((it) => it.exclusiveBytes) ?? []).slice(
        0,
        qualname === "<module>" ? 1 : 0,
      ),
    );
  const distinct = [...new Map(places.map((it) => [siteName(it), it])).values()];
  return Math.min(
    profile.peak.peakBytes,
    distinct.reduce((sum, it) => sum + own(it), 0),
  );
}
