import type { FileFacts } from "../../../vocabulary/facts.ts";
import type { ClassInfo } from "../../../vocabulary/facts-classes.ts";
import type { ReleaseSite } from "../../../vocabulary/facts-expressions.ts";
import type { Census } from "../../../vocabulary/profile.ts";
import type { Place } from "../../../vocabulary/target.ts";
import { ancestors, classIndex, classOfType, observers, requestFor, usageOf } from "../classes.ts";
import { forbid, propose, scopeOf, size } from "../expressions.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";
import { categoryOf, effectOfEnd } from "../value-types.ts";

const technique = "release-attribute";
type Holder = Census["holders"][number];
type Point = ReleaseSite["points"][number];

/** An attribute that the stages of a method's call are done with, and whose frame stands on the stack at the peak. */
interface Candidate {
  holder: Holder;
  info: ClassInfo;
  file: FileFacts;
  site: ReleaseSite;
  frame: Place;
  /** Behind what it may go; null: it is touched by, or after, the statement under way at the peak. */
  point: Point | null;
}

/** `self.raw = None` behind the last stage that uses it: it stays alive with its object, while nothing reads it any more (catalogue 16). */
export const releaseAttribute: Recipe = {
  technique,
  watch: (evidence) => ({ classes: candidates(evidence).map((it) => requestFor(it.info)) }),
  propose: (evidence) => candidates(evidence).map((it) => judge(evidence, it)),
};

function candidates(evidence: Evidence): Candidate[] {
  const index = classIndex(evidence.facts);
  const held = (evidence.profile.census?.holders ?? []).filter(
    (it) => it.kind === "instance-attribute" && it.exclusiveBytes >= evidence.floorBytes,
  );
  return held.flatMap((holder) => {
    const info = classOfType(holder.owner, evidence, index);
    if (!info) return [];
    const found = [info, ...ancestors(info, index)].flatMap((it) => fitting(evidence, holder, info, it));
    return found.filter((it) => it.point !== null).slice(0, 1);
  });
}

/** Its methods that are under way at the peak, innermost first. */
function fitting(evidence: Evidence, holder: Holder, info: ClassInfo, owner: ClassInfo): Candidate[] {
  const file = evidence.facts.files[owner.file];
  const sites = file?.expressions.releases.filter((it) => it.class === owner.qualname && it.attribute === holder.name) ?? [];
  return (evidence.profile.census?.stack ?? []).flatMap((frame) => {
    const site = frame.file === owner.file ? sites.find((it) => it.method.qualname === frame.function) : undefined;
    return file && site ? [{ holder, info, file, site, frame, point: pointBefore(site, frame.line) }] : [];
  });
}

/** The innermost place that is passed on every way to the line, behind all that touches the attribute. */
function pointBefore(site: ReleaseSite, line: number): Point | null {
  const last = Math.max(0, ...site.touching.map(([, end]) => end));
  const repeated = site.loops.some(
    ([start, end]) => start <= line && line <= end && site.touching.some(([from]) => start <= from && from <= end),
  );
  if (last >= line || repeated) return null;
  const points = site.points.filter(
    (it) => it.endLine >= last && it.endLine < line && it.blockLine <= line && line <= it.blockEndLine,
  );
  return points.sort((a, b) => a.endLine - b.endLine)[0] ?? null;
}

function judge(evidence: Evidence, { holder, info, file, site, frame, point }: Candidate): Finding {
  const refuse = (reason: string) => forbid(technique, site.method, holder.name, holder.exclusiveBytes, reason);
  const reason = site.blocker ?? classBlocker(evidence, info) ?? effectOfEnd(holder, evidence);
  if (reason !== null || point === null) return refuse(reason ?? "it is in use at the peak");
  const bytes = size(holder.exclusiveBytes);
  const what = `${site.receiver}.${holder.name}`;
  const category = categoryOf(holder.type);
  const text = `${file.newline}${point.indent}${what} = None`;
  return propose({
    technique,
    site: site.method,
    subject: holder.name,
    description: `${info.name}.${holder.name} after its last stage`,
    summary: `release ${what} in ${site.method.qualname} behind its last use`,
    category,
    evidenceBytes: holder.exclusiveBytes,
    expectedBytes: holder.exclusiveBytes,
    evidence: `census: at the peak in line ${frame.line} of ${frame.file}, \`${what}\` (${holder.type}) alone keeps ${bytes} alive, and nothing can read it again`,
    edits: [{ file: file.file, start: point.offset, end: point.offset, text }],
    scope: [scopeOf(site.method)],
    declaredCosts: [`after ${site.method.qualname}, ${holder.name} of a ${info.name} is None`],
    answers: {
      visible: `yes: \`${what}\` belongs to the instance whose ${site.method.qualname} stands on the stack at the target's peak of ${size(evidence.profile.peak.peakBytes)}`,
      reducible: `its last use ends in line ${point.endLine}, and the peak stands in line ${frame.line}: ${bytes} can go earlier`,
      persistent: `measured: \`${what}\` is still held at the peak, and ${bytes} are reachable through it alone`,
      exercised: `measured: the target's peak lies inside ${site.method.qualname}, at line ${frame.line}`,
      mechanism: `\`${what}\` is let go of behind line ${point.endLine}, so its ${bytes} are freed before line ${frame.line} starts`,
      productionSafe: `yes: nothing outside of the class mentions it, each call stores it before it reads it, and no method that reads it can be called after; ${observers(evidence)} saw nothing that looks at all attributes`,
      verifyCheaply: "no micro-benchmark: what it gives depends on all that is alive around it, so the target itself is measured",
    },
  });
}

/** Ways to see all attributes of an instance at once. */
function classBlocker(evidence: Evidence, info: ClassInfo): string | null {
  const index = classIndex(evidence.facts);
  const chain = [info, ...ancestors(info, index)];
  const made = chain.find((it) => it.kind !== "plain" || it.metaclass !== null);
  if (made) return `${made.name} is no plain class: generated methods use its fields (${made.file}:${made.line})`;
  const hook = chain
    .flatMap((it) => it.overrides)
    .find((it) => /^__(getattr|getattribute|setattr|delattr|getstate|reduce|reduce_ex|copy|deepcopy)__$/.test(it));
  if (hook) return `${info.name} defines ${hook}, which may use any attribute`;
  const usage = usageOf(evidence, info);
  if (!usage?.seen) return `the recorder has not seen ${info.name}, so copies of it cannot be excluded`;
  const dict = usage.dictUses[0];
  if (dict) return `${dict.function} uses the dictionary of a ${info.name} (${dict.file}:${dict.line})`;
  return usage.copies > 0 ? `instances of ${info.name} are copied or pickled with all their attributes` : null;
}
