import type { Binding, EndOfLife, FunctionLifetimes } from "../../vocabulary/facts-lifetimes.ts";
import type { PeakLocal } from "../../vocabulary/profile.ts";
import type { Evidence } from "./recipe.ts";

/** A dead local and the place at which its value may go: on the way to the peak, or at the end of each round of its loop. */
export interface Ending {
  local: PeakLocal;
  point: EndOfLife;
  when: "before" | "round";
}

/** The last place before the peak line at which the value may go, in the block that holds the line or one around it. */
export function pointBefore(lifetimes: FunctionLifetimes, local: PeakLocal): EndOfLife | null {
  const fitting = lifetimes.points.filter(
    (it) => it.name === local.name && it.endLine < local.line && it.blockLine <= local.line && local.line <= it.blockEndLine,
  );
  const last = fitting.sort((a, b) => b.endLine - a.endLine)[0];
  if (!last) return null;
  const newer = rebindings(lifetimes, local).some(
    (it) => (last.endLine < it.line && it.line < local.line) || repeatsBetween(lifetimes, last, it, local),
  );
  return newer ? null : last;
}

/** A loop around the peak line, but not around the place, makes the value anew: the one at the peak may be of its last round. */
function repeatsBetween(lifetimes: FunctionLifetimes, point: EndOfLife, binding: Binding, local: PeakLocal): boolean {
  return loopsAround(lifetimes, local.line).some(
    ([line, endLine]) => line <= binding.line && binding.line <= endLine && !(line <= point.line && point.endLine <= endLine),
  );
}

/** The place at the end of a loop's round at which a value goes that the next round makes anew; the peak lies in that loop. */
export function pointAtRoundEnd(lifetimes: FunctionLifetimes, local: PeakLocal): EndOfLife | null {
  const loop = loopsAround(lifetimes, local.line).find(([line, endLine]) =>
    rebindings(lifetimes, local).some((it) => line <= it.line && it.line <= endLine),
  );
  if (!loop) return null;
  const [line] = loop;
  const fitting = lifetimes.points.filter(
    (it) => it.name === local.name && it.loopLine === line && (it.endLine >= local.line || local.line === line),
  );
  return fitting.sort((a, b) => a.indent.length - b.indent.length || b.endLine - a.endLine)[0] ?? null;
}

/** Loops that a line stands in or begins, innermost first. */
const loopsAround = (lifetimes: FunctionLifetimes, line: number) =>
  lifetimes.loops.filter(([start, end]) => start <= line && line <= end).sort((a, b) => b[0] - a[0]);

const rebindings = (lifetimes: FunctionLifetimes, local: PeakLocal): Binding[] =>
  lifetimes.bindings.filter((it) => it.name === local.name && it.kind !== "parameter" && it.kind !== "delete");

/** The value is what the caller handed in: nothing has given the parameter another one on the way to the line. */
export function holdsArgument(lifetimes: FunctionLifetimes, local: PeakLocal): boolean {
  const loops = loopsAround(lifetimes, local.line);
  const again = rebindings(lifetimes, local).some(
    (it) => it.line < local.line || loops.some(([line, endLine]) => line <= it.line && it.line <= endLine),
  );
  return lifetimes.parameters.includes(local.name) && !again;
}

/** What is known of the function that a local's frame runs; null for comprehensions, lambdas and files that were not read. */
export function lifetimesOf(evidence: Evidence, local: PeakLocal): FunctionLifetimes | null {
  const functions = evidence.facts.files[local.file]?.lifetimes.functions ?? [];
  const name = (qualname: string) => qualname.split(".").at(-1);
  return functions.find((it) => it.line === local.functionLine && name(it.qualname) === name(local.function)) ?? null;
}
