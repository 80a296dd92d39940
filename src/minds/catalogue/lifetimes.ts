import { mib } from "../../records/mib.ts";
import type { EndOfLife, FunctionLifetimes } from "../../vocabulary/facts-lifetimes.ts";
import type { PeakLocal } from "../../vocabulary/profile.ts";
import type { Category, Edit, Proposal } from "../../vocabulary/proposal.ts";
import type { FunctionRef } from "../../vocabulary/target.ts";
import type { Evidence, Finding } from "./recipe.ts";

/** Types whose end has no effect but to give memory back. Instances of the project's own classes are asked separately. */
const harmless = new Set([
  "list",
  "dict",
  "set",
  "frozenset",
  "tuple",
  "str",
  "bytes",
  "bytearray",
  "memoryview",
  "int",
  "float",
  "complex",
  "range",
  "deque",
  "defaultdict",
  "OrderedDict",
  "Counter",
  "array",
  "ndarray",
  "DataFrame",
  "Series",
  "Index",
  "Image",
  "Tensor",
  "StringIO",
  "BytesIO",
  "reader",
  "list_iterator",
  "tuple_iterator",
  "dict_items",
  "dict_values",
  "dict_keys",
  "Decimal",
  "Fraction",
]);

/** `builtins:dict`, `collections:deque`, `PIL.Image:Image` → its last name. */
const lastName = (type: string): string => type.split(":").at(-1)?.split(".").at(-1) ?? type;

/** Why the value's end may do more than free memory; null when it cannot. */
export function effectOfEnd(local: PeakLocal, evidence: Evidence): string | null {
  if (harmless.has(lastName(local.type))) return null;
  const [module, qualname] = local.type.split(":");
  for (const file of Object.values(evidence.facts.files)) {
    if (file.module !== module) continue;
    const info = file.classes.classes.find((it) => it.qualname === qualname);
    if (info && !info.overrides.includes("__del__")) return null;
  }
  return `${local.name} is a ${local.type}, whose end may do more than give memory back`;
}

/** A place for a `del` that runs before the peak line, and the locals that it takes. */
export interface Ending {
  locals: PeakLocal[];
  points: EndOfLife[];
}

/** The last place before the peak line at which the name may go, in the block that holds the line or one around it. */
export function pointBefore(lifetimes: FunctionLifetimes, local: PeakLocal): EndOfLife | null {
  const fitting = lifetimes.points.filter(
    (it) => it.name === local.name && it.endLine < local.line && it.blockLine <= local.line && local.line <= it.blockEndLine,
  );
  return fitting.sort((a, b) => b.endLine - a.endLine)[0] ?? null;
}

/** The place at the end of a loop's round at which a value goes that the next round makes anew; the peak lies in that loop. */
export function pointAtRoundEnd(lifetimes: FunctionLifetimes, local: PeakLocal): EndOfLife | null {
  const fitting = lifetimes.points.filter(
    (it) =>
      it.name === local.name &&
      it.loopLine !== null &&
      it.loopEndLine !== null &&
      it.loopLine <= local.line &&
      local.line <= it.loopEndLine &&
      it.endLine >= local.line,
  );
  return fitting.sort((a, b) => a.endLine - b.endLine)[0] ?? null;
}

/** Locals of one frame that are dead at the peak and large, those that keep the same bytes alive together. */
export function deadGroups(evidence: Evidence): PeakLocal[][] {
  const dead = (evidence.profile.census?.locals ?? []).filter(
    (it) => it.state === "dead" && it.exclusiveBytes >= evidence.floorBytes,
  );
  const groups: PeakLocal[][] = [];
  for (const local of dead) {
    const same = groups.find(([first]) => {
      if (!first || first.file !== local.file || first.function !== local.function || first.depth !== local.depth) return false;
      return Math.abs(first.exclusiveBytes - local.exclusiveBytes) <= 0.05 * Math.max(first.exclusiveBytes, local.exclusiveBytes);
    });
    if (same) same.push(local);
    else groups.push([local]);
  }
  return groups;
}

export function lifetimesOf(evidence: Evidence, local: PeakLocal): FunctionLifetimes | null {
  const functions = evidence.facts.files[local.file]?.lifetimes.functions ?? [];
  return functions.find((it) => it.line === local.functionLine) ?? functions.find((it) => it.qualname === local.function) ?? null;
}

const siteOf = (local: PeakLocal, lifetimes: FunctionLifetimes | null): FunctionRef => ({
  file: local.file,
  qualname: lifetimes?.qualname ?? local.function,
  line: local.functionLine,
});

/** `category` by what the value is (method.md, 4). */
function categoryOf(type: string): Category {
  return ["ndarray", "Image", "Tensor", "DataFrame", "Series"].includes(lastName(type)) ? "image-buffers" : "data-structures";
}

/** One `del` line for names that go at the same place. */
function deletions(evidence: Evidence, file: string, points: readonly EndOfLife[]): Edit[] {
  const newline = evidence.facts.files[file]?.newline ?? "\n";
  const places = new Map<string, EndOfLife[]>();
  for (const point of points) {
    const key = `${point.offset} ${point.indent}`;
    places.set(key, [...(places.get(key) ?? []), point]);
  }
  return [...places.values()].map((all) => {
    const first = all[0] as EndOfLife;
    const names = [...new Set(all.map((it) => it.name))].sort();
    return { file, start: first.offset, end: first.offset, text: `${newline}${first.indent}del ${names.join(", ")}` };
  });
}

/** The proposal to end the life of these locals at these points. */
export function endingProposal(technique: string, evidence: Evidence, ending: Ending, when: string): Proposal {
  const first = ending.locals[0] as PeakLocal;
  const names = [...new Set(ending.locals.map((it) => it.name))].sort();
  const lifetimes = lifetimesOf(evidence, first);
  const site = siteOf(first, lifetimes);
  const bytes = Math.max(...ending.locals.map((it) => it.exclusiveBytes));
  const size = `${mib(bytes)} MiB`;
  const what = names.map((it) => `\`${it}\``).join(", ");
  const at = `${first.file}:${first.line}`;
  const last = ending.points.map((it) => `line ${it.line}`).join(", ");
  const calls = evidence.profile.nodes.filter((it) => it.function.file === site.file && it.function.qualname === site.qualname);
  const runs = Math.max(1, ...calls.map((it) => it.count));
  return {
    technique,
    strategy: "allocations",
    sweep: null,
    site,
    subject: names.join(","),
    description: `${names.join(", ")} in ${site.qualname}`,
    summary: `Free ${names.join(", ")} in ${site.qualname} ${when}`,
    category: categoryOf(first.type),
    evidenceBytes: bytes,
    expectedBytes: bytes,
    evidence: `at the peak (${at}) ${what} (${first.type}) keeps ${size} alive that nothing reads again`,
    checklist: {
      category: categoryOf(first.type),
      visible: `inside the target: ${what} is a local of ${site.qualname}, whose frame is on the stack at the peak`,
      reducible: `${what} can go earlier: its last use is in ${last}, and the peak of ${mib(evidence.profile.peak.peakBytes)} MiB stands in line ${first.line}`,
      persistent: `${what} is alive at the peak: ${size} are reachable through it and through nothing that is read later`,
      exercised: `the target runs ${site.qualname}: its statements ran ${runs} ${runs === 1 ? "time" : "times"}`,
      mechanism: `frees ${size} of ${what} behind ${last}, before line ${first.line} builds the peak`,
      productionSafe: `${what} is a local name that no path reads again; no cache, pool or connection is released`,
      verifyCheaply: "the effect depends on what else is alive, so the target itself is the measurement",
    },
    edits: deletions(evidence, first.file, ending.points),
    scope: [`${site.file}:${site.qualname}`],
    declaredCosts: [],
    consent: null,
  };
}

export function forbidEnding(technique: string, evidence: Evidence, local: PeakLocal, reason: string): Finding {
  const forbidden = {
    technique,
    site: siteOf(local, lifetimesOf(evidence, local)),
    subject: local.name,
    evidenceBytes: local.exclusiveBytes,
    reason,
  };
  return { kind: "forbidden", forbidden };
}
