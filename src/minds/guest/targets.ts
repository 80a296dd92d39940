import { isDrafted } from "../../method/drafting.ts";
import { mebibyte } from "../../method/noise.ts";
import { passedOver } from "../../method/passed.ts";
import type { State } from "../../method/state.ts";
import type { Brief } from "../../vocabulary/draft.ts";
import type { HeldLine } from "../../vocabulary/profile.ts";
import type { FunctionRef } from "../../vocabulary/target.ts";

/** A function of the project with what its lines hold at the peak. */
export interface GuestTarget {
  /** `file:qualname`. */
  id: string;
  site: FunctionRef;
  bytes: number;
  /** Largest first; without a census one row of the per-stage table. */
  lines: HeldLine[];
  /** `open`: not worked on yet; `tried`: an experiment was about it; `passed`: the agent gave a reason to leave it. */
  standing: "open" | "tried" | "passed";
  why: string | null;
}

/** The targets in the order of what was measured at the peak, largest first (method.md, 6.1): nothing else has a say in it. */
export function targetsOf(brief: Pick<Brief, "profile" | "facts">, state: State): GuestTarget[] {
  const found = new Map<string, GuestTarget>();
  for (const line of held(brief)) {
    const site = functionOf(line, brief);
    const id = `${site.file}:${site.qualname}`;
    const target = found.get(id) ?? { id, site, bytes: 0, lines: [], ...standingOf(id, state) };
    found.set(id, { ...target, bytes: target.bytes + line.bytes, lines: [...target.lines, line] });
  }
  return [...found.values()].sort((a, b) => b.bytes - a.bytes || (a.id < b.id ? -1 : 1));
}

/** Lines of the project that hold memory at the peak; where there is no census, what each stage added. */
function held({ profile }: Pick<Brief, "profile">): HeldLine[] {
  const lines = profile.census?.projectLines.filter((it) => it.project) ?? [];
  if (lines.length > 0) return lines;
  const { pipeline, rows } = profile.table;
  return rows
    .map(({ file, line, count, deltaBytes, cumulativeBytes, peakBytes }) => {
      const bytes = Math.max(deltaBytes, peakBytes - (cumulativeBytes - deltaBytes));
      return { file, line, function: pipeline.qualname, bytes, blocks: count, project: true };
    })
    .filter((it) => it.bytes > 0);
}

/** The innermost function around a line; the module where it stands in none. */
function functionOf({ file, line, function: name }: HeldLine, { facts }: Pick<Brief, "facts">): FunctionRef {
  const around = (facts.files[file]?.lifetimes.functions ?? []).filter((it) => it.line <= line && line <= it.endLine);
  const inner = around.sort((a, b) => b.line - a.line)[0];
  if (inner) return { file, qualname: inner.qualname, line: inner.line };
  return { file, qualname: name, line: Math.max(line, 1) };
}

/** What the catalogue tried there does not count: it is in the evidence. */
function standingOf(id: string, state: State): Pick<GuestTarget, "standing" | "why"> {
  const here = state.experiments.filter(
    ({ tier, proposal: { site } }) => tier === state.tier && `${site.file}:${site.qualname}` === id,
  );
  const last = here.filter(isDrafted(state)).at(-1);
  if (last?.verdict && last.verdict.status !== "keep")
    return { standing: "tried", why: `experiment ${last.number}: ${last.verdict.reason}` };
  const passed = passedOver(state).findLast((it) => it.target === id);
  return passed ? { standing: "passed", why: passed.why } : { standing: "open", why: null };
}

/** Smaller ones need no word when the agent stops. */
export function worthAWord({ bytes }: GuestTarget, { floorBytes, profile }: Pick<Brief, "floorBytes" | "profile">): boolean {
  return bytes > Math.max(floorBytes, 0.05 * profile.peak.peakBytes, 0.1 * mebibyte);
}
