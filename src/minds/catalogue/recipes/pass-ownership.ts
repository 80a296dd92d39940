import type { EndOfLife, FunctionLifetimes, Handover } from "../../../vocabulary/facts-lifetimes.ts";
import type { PeakLocal } from "../../../vocabulary/profile.ts";
import type { Edit, Proposal } from "../../../vocabulary/proposal.ts";
import { endingEdits, forbidEnding, siteOf } from "../endings.ts";
import { scopeOf, size } from "../expressions.ts";
import { lifetimesOf, pointBefore } from "../lifetimes.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";
import { categoryOf, effectOfEnd } from "../value-types.ts";

const technique = "pass-ownership";

/**
 * `rows = f(); return g(rows)`: the caller's name keeps the value alive while `g`, which is done with it, comes to the peak.
 * `g(f())` hands it over (from Python 3.11 on nobody else holds an argument), and `g` lets go of its parameter.
 */
export const passOwnership: Recipe = {
  technique,
  watch: () => ({}),
  propose: (evidence) =>
    (evidence.profile.census?.locals ?? [])
      .filter((it) => it.state === "in-use" && it.exclusiveBytes >= evidence.floorBytes)
      .flatMap((local) => {
        const handover = lifetimesOf(evidence, local)?.handovers.find(
          (it) => it.name === local.name && it.useLine <= local.line && local.line <= it.useEndLine,
        );
        return handover ? [one(evidence, local, handover)] : [];
      }),
};

/** The callee on the stack, and where it lets go of its parameter; no point: it has done so already. */
interface Receiver {
  site: { file: string; qualname: string; line: number };
  line: number;
  parameter: string;
  point: EndOfLife | null;
}

function one(evidence: Evidence, local: PeakLocal, handover: Handover): Finding {
  const refuse = (reason: string) => forbidEnding(technique, evidence, [local], local.exclusiveBytes, reason);
  if (evidence.python[1] < 11) {
    return refuse("before Python 3.11 the caller's frame keeps arguments until the call returns: handing over frees nothing");
  }
  if (handover.blocker !== null) return refuse(handover.blocker);
  const effect = effectOfEnd(local, evidence);
  if (effect !== null) return refuse(effect);
  const receiver = receiverOf(evidence, local, handover);
  if (typeof receiver === "string") return refuse(receiver);
  return { kind: "proposal", proposal: proposalFor(evidence, local, handover, receiver) };
}

/** Who gets the value, or the sentence that forbids. */
function receiverOf(evidence: Evidence, local: PeakLocal, handover: Handover): Receiver | string {
  const census = evidence.profile.census;
  const frame = local.depth > 0 ? census?.stack[local.depth - 1] : undefined;
  const call = `${handover.callee}() in line ${handover.useLine}`;
  if (!frame) return `the peak is not reached inside a function of the project that ${call} runs`;
  const inner = (census?.locals ?? []).filter((it) => it.depth === local.depth - 1 && it.file === frame.file);
  const lifetimes = calleeOf(evidence, frame, inner[0]?.functionLine);
  if (!lifetimes || lifetimes.qualname.split(".").at(-1) !== handover.callee) {
    return `${call} is not what called ${frame.function} (${frame.file}:${frame.line}): something in between holds the argument`;
  }
  if (lifetimes.decorated) return `${lifetimes.qualname} is decorated: its wrapper may hold the argument`;
  const parameter = parameterOf(lifetimes, handover);
  if (parameter === null) return `which parameter of ${lifetimes.qualname} gets ${local.name} is not certain`;
  const site = { file: frame.file, qualname: lifetimes.qualname, line: lifetimes.line };
  const row = inner.find((it) => it.name === parameter);
  const gone = lifetimes.bindings.some((it) => it.name === parameter && it.kind !== "parameter" && it.line < frame.line);
  const found = { site, line: frame.line, parameter };
  if (row ? row.state !== "dead" : gone) {
    return gone ? { ...found, point: null } : `${lifetimes.qualname} still reads ${parameter} in line ${frame.line} or later`;
  }
  const blocked = lifetimes.blocked[parameter];
  if (blocked !== undefined) return `${parameter} in ${lifetimes.qualname}: ${blocked}`;
  const point = pointBefore(lifetimes, { ...local, name: parameter, line: frame.line });
  if (point?.bound) return { ...found, point };
  return gone
    ? { ...found, point: null }
    : `${lifetimes.qualname} has no place before line ${frame.line} at which ${parameter} can go`;
}

function calleeOf(
  evidence: Evidence,
  frame: { file: string; line: number; function: string },
  line: number | undefined,
): FunctionLifetimes | null {
  const functions = (evidence.facts.files[frame.file]?.lifetimes.functions ?? []).filter(
    (it) => it.line <= frame.line && frame.line <= it.endLine,
  );
  return functions.find((it) => it.line === line) ?? functions.find((it) => it.qualname === frame.function) ?? null;
}

/** By position; a method that is called as an attribute gets its object first. */
function parameterOf(lifetimes: FunctionLifetimes, handover: Handover): string | null {
  if (handover.keyword !== null) return lifetimes.parameters.includes(handover.keyword) ? handover.keyword : null;
  const owner = lifetimes.qualname.split(".").at(-2);
  const method = owner !== undefined && owner !== "<locals>" && handover.attribute;
  return handover.position === null ? null : (lifetimes.parameters[handover.position + (method ? 1 : 0)] ?? null);
}

function proposalFor(evidence: Evidence, local: PeakLocal, handover: Handover, receiver: Receiver): Proposal {
  const site = siteOf(evidence, local);
  const bytes = local.exclusiveBytes;
  const category = categoryOf(local.type);
  const { parameter, point } = receiver;
  const callee = receiver.site.qualname;
  const last = point ? `behind line ${point.endLine}` : `before line ${receiver.line}`;
  return {
    technique,
    strategy: "allocations",
    sweep: null,
    site,
    subject: local.name,
    description: `${local.name} from ${site.qualname} to ${callee}`,
    summary: `hand ${local.name} over from ${site.qualname} to ${callee}, which frees it before the peak`,
    category,
    evidenceBytes: bytes,
    expectedBytes: bytes,
    evidence: `census: \`${local.name}\` (${local.type}) of ${site.qualname} alone keeps ${size(bytes)} alive while ${callee} stands at the peak in line ${receiver.line}, done with it`,
    checklist: {
      category,
      visible: `yes: the frames of ${site.qualname} and ${callee} stand on the stack at the target's peak of ${size(evidence.profile.peak.peakBytes)}`,
      reducible: `${callee} is done with \`${parameter}\` ${last}, and only \`${local.name}\` in line ${local.line} of ${site.qualname} holds its ${size(bytes)}`,
      persistent: `measured: ${size(bytes)} are reachable at the peak through \`${local.name}\` alone, which is read by the call under way`,
      exercised: `measured: the target's peak event ${evidence.profile.peak.event} lies inside ${callee}, called from line ${local.line} of ${site.qualname}`,
      mechanism: `the result of ${handover.text} goes to ${callee} without a name in ${site.qualname}, and ${callee} ${point ? `lets \`${parameter}\` go ${last}` : `has given \`${parameter}\` up`}: ${size(bytes)} are freed before line ${receiver.line}`,
      productionSafe: `\`${local.name}\` is read once, in the next statement, and what is evaluated before it cannot change; no cache, pool or connection is touched`,
      verifyCheaply: "no micro-benchmark: what it gives depends on all that is alive around it, so the target itself is measured",
    },
    edits: edits(evidence, local.file, handover, receiver),
    scope: [...new Set([scopeOf(site), scopeOf(receiver.site)])],
    declaredCosts: [],
    consent: null,
  };
}

function edits(evidence: Evidence, file: string, handover: Handover, receiver: Receiver): Edit[] {
  const [from, to] = handover.remove;
  const [start, end] = handover.replace;
  return [
    { file, start: from, end: to, text: "" },
    { file, start, end, text: handover.text },
    ...(receiver.point ? endingEdits(evidence, receiver.site.file, [receiver.point]) : []),
  ];
}
