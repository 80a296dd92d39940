import type { ClassInfo } from "../../vocabulary/facts-classes.ts";
import type { Edit, Proposal } from "../../vocabulary/proposal.ts";
import type { UsageRequest } from "../../vocabulary/usage.ts";
import {
  ancestors,
  type ClassKey,
  classIndex,
  dictInstanceBytes,
  factsFor,
  forbid,
  type HotClass,
  hotClasses,
  keyOf,
  mib,
  observers,
  requestFor,
  slottedInstanceBytes,
  thousands,
  usageOf,
} from "./classes.ts";
import type { Evidence, Finding } from "./recipe.ts";
import { blockerOf, freeAttributeIn, hasFields } from "./slots-blockers.ts";
import type { SlotPlan } from "./slots-plan.ts";
import { isRoot, readFromOutside, readsItself, viewFault, viewText } from "./slots-view.ts";

/**
 * Classes that can only be slotted together: hot ones and every ancestor of theirs in the project; where one of them reads its
 * own dictionary, every class derived from them too, since one without slots would show but a part of its attributes.
 */
interface Family {
  lead: HotClass;
  hot: HotClass[];
  /** Bases before what derives from them; classes that have slots already included. */
  members: ClassInfo[];
}

export type FamilyKind = "plain" | "dataclass" | "attrs";

/** What to watch for any slot recipe: the whole family, because an ancestor's instances count as well. */
export function watchFamilies(evidence: Evidence, kind: FamilyKind): Partial<UsageRequest> {
  const found = families(evidence, classIndex(evidence.facts)).filter((it) => kindOf(it) === kind);
  return { classes: found.flatMap((it) => it.members.map(requestFor)) };
}

/** Proposals (or what forbids them) for the families of one kind. */
export function proposeSlots(technique: string, evidence: Evidence, kind: FamilyKind): Finding[] {
  const index = classIndex(evidence.facts);
  return families(evidence, index)
    .filter((it) => kindOf(it) === kind)
    .flatMap((family) => proposeFamily(technique, evidence, family, index));
}

/** By the decorator that makes slots of one of its members, if any. */
function kindOf(family: Family): FamilyKind {
  const kinds = family.members.filter((it) => !isSlotted(it)).map((it) => it.kind);
  return kinds.includes("attrs") ? "attrs" : kinds.includes("dataclass") ? "dataclass" : "plain";
}

function isSlotted(info: ClassInfo): boolean {
  return info.slots !== null || info.dataclass?.keywords.slots === "True" || info.attrsSlots;
}

function families(evidence: Evidence, index: Map<ClassKey, ClassInfo>): Family[] {
  const found: Family[] = [];
  for (const hot of hotClasses(evidence, index)) {
    const above = [...ancestors(hot.info, index).reverse(), hot.info];
    if (above.every(isSlotted)) continue;
    const below = readsItself(above, index) ? above.flatMap((it) => it.subclasses.flatMap((key) => index.get(key) ?? [])) : [];
    const chain = [...new Set([...above, ...below])];
    const joined = found.filter((family) => family.members.some((it) => chain.includes(it) && !isSlotted(it)));
    const all = [...joined.flatMap((it) => it.hot), hot].sort((a, b) => b.type.bytes - a.type.bytes);
    const members = basesFirst([...new Set([...joined.flatMap((it) => it.members), ...chain])], index);
    for (const family of joined) found.splice(found.indexOf(family), 1);
    found.push({ lead: all[0] ?? hot, hot: all, members });
  }
  return found;
}

function basesFirst(members: ClassInfo[], index: Map<ClassKey, ClassInfo>): ClassInfo[] {
  return [...members].sort((a, b) => ancestors(a, index).length - ancestors(b, index).length || keyOf(a).localeCompare(keyOf(b)));
}

function proposeFamily(technique: string, evidence: Evidence, family: Family, index: Map<ClassKey, ClassInfo>): Finding[] {
  const { lead, members, hot } = family;
  const evidenceBytes = hot.reduce((sum, it) => sum + it.type.bytes, 0);
  const refuse = (reason: string) => [forbid(technique, lead.info, lead.info.name, evidenceBytes, reason)];
  const facts = factsFor(evidence.facts, lead.info);
  if (!facts) return refuse("the file of the class could not be read");
  const edited = members.filter((it) => !isSlotted(it));
  const plan: SlotPlan = {
    edited,
    members,
    index,
    facts,
    hot: hot.map((it) => it.info),
    names: new Map(),
    weakReferences: false,
    view: readsItself(members, index) || readFromOutside(members, evidence),
  };
  const blocked = blockerOf(plan, evidence);
  if (blocked !== null) return refuse(blocked);
  const free = planNames(plan, evidence);
  if (free !== null) return refuse(free);
  const unseen = plan.view ? viewFault(plan) : null;
  if (unseen !== null) return refuse(unseen);
  plan.weakReferences = needsWeakReferences(plan, evidence);
  if (plan.weakReferences && evidence.python[1] < 11 && edited.some((it) => it.kind === "dataclass")) {
    return refuse(`${lead.info.name} is weakly referenced, and @dataclass has weakref_slot only from Python 3.11 on`);
  }
  const expectedBytes = hot.reduce((sum, it) => sum + gainOf(it, plan, evidence), 0);
  if (expectedBytes <= 0) return [];
  return [{ kind: "proposal", proposal: proposalFor(technique, evidence, family, plan, evidenceBytes, expectedBytes) }];
}

/** Fills the plan's names; the sentence that forbids when an attribute turns up that belongs to nobody. */
function planNames(plan: SlotPlan, evidence: Evidence): string | null {
  for (const info of plan.edited) {
    const inherited = new Set(ancestors(info, plan.index).flatMap((it) => plan.names.get(keyOf(it)) ?? slotNames(it)));
    const found = freeAttributeIn(plan, info, inherited, evidence);
    if (typeof found === "string") return found;
    plan.names.set(keyOf(info), found);
  }
  return null;
}

/** Names in the text of an existing `__slots__`. */
function slotNames(info: ClassInfo): string[] {
  const own = [...(info.slots ?? "").matchAll(/["']([A-Za-z_]\w*)["']/g)].map((it) => it[1] ?? "");
  return hasFields(info) ? [...own, ...info.names.filter((it) => it.field).map((it) => it.name)] : own;
}

function needsWeakReferences(plan: SlotPlan, evidence: Evidence): boolean {
  const observed = plan.members.some((it) => (usageOf(evidence, it)?.weakReferences ?? 0) > 0);
  const own = plan.edited.some((it) => it.dynamic.some((use) => use.kind === "weakref" || use.kind === "__weakref__"));
  const offered = plan.edited.some((it) => it.exported) && plan.facts.weakReferences.length > 0;
  return observed || own || offered;
}

function gainOf(hot: HotClass, plan: SlotPlan, evidence: Evidence): number {
  const attributes = attributeCount(hot.info, plan);
  const measured = hot.type.count > 0 ? hot.type.dictBytes / hot.type.count : 0;
  if (ofBuiltin(hot.info, plan)) return Math.max(0, hot.type.count * (measured - 8 * attributes));
  const before = Math.max(dictInstanceBytes(evidence.python, attributes), 40 + measured);
  return Math.max(0, hot.type.count * (before - slottedInstanceBytes(evidence.python, attributes, referable(hot.info, plan))));
}

/** May be weakly referenced in the end: attrs sees to that by itself. */
function referable(info: ClassInfo, plan: SlotPlan): boolean {
  return plan.weakReferences || [info, ...ancestors(info, plan.index)].some((it) => it.kind === "attrs");
}

/** Derives from `list`, `str` and the like: its instances keep a dictionary of its own beside them, of over 300 bytes since 3.11. */
function ofBuiltin(info: ClassInfo, plan: SlotPlan): boolean {
  return [info, ...ancestors(info, plan.index)].some((it) => it.bases.some((base) => base.known === "generic"));
}

function attributeCount(info: ClassInfo, plan: SlotPlan): number {
  const chain = [info, ...ancestors(info, plan.index)];
  return new Set(chain.flatMap((it) => plan.names.get(keyOf(it)) ?? slotNames(it))).size;
}

function proposalFor(
  technique: string,
  evidence: Evidence,
  family: Family,
  plan: SlotPlan,
  evidenceBytes: number,
  expectedBytes: number,
): Proposal {
  const { lead, hot } = family;
  const names = plan.edited.map((it) => it.name);
  const count = hot.reduce((sum, it) => sum + it.type.count, 0);
  const attributes = attributeCount(lead.info, plan);
  const before = dictInstanceBytes(evidence.python, attributes);
  const after = slottedInstanceBytes(evidence.python, attributes, referable(lead.info, plan));
  const version = evidence.python.join(".");
  const own = Math.round(lead.type.dictBytes / Math.max(1, lead.type.count));
  const made = hot.map((it) => `${thousands(it.type.count)} ${it.info.name}`).join(", ");
  const seen = hot.reduce((sum, it) => sum + (usageOf(evidence, it.info)?.instances ?? 0), 0);
  return {
    technique,
    strategy: "format",
    sweep: "slots",
    site: { file: lead.info.file, qualname: lead.info.qualname, line: lead.info.line },
    subject: names.join(", "),
    description: `slots for ${names.length > 3 ? `${names.slice(0, 3).join(", ")}, …` : names.join(", ")}`,
    summary: `store the attributes of ${lead.info.name}${names.length > 1 ? " with its hierarchy" : ""} in slots`,
    category: "data-structures",
    evidenceBytes,
    expectedBytes,
    evidence: `census at the peak: ${made} instances hold ${mib(evidenceBytes)}`,
    checklist: {
      category: "data-structures",
      visible: `the instances are made by the measured run: ${made} are alive at its peak`,
      reducible: ofBuiltin(lead.info, plan)
        ? `each of ${thousands(count)} instances of ${lead.info.name} keeps a dictionary of ${own} bytes beside its value; ${attributes} slots take ${8 * attributes}`
        : `an instance of ${lead.info.name} with ${attributes} attributes takes ${before} bytes with a dictionary, ${after} with slots on Python ${version}`,
      persistent: `${thousands(count)} instances are alive at the peak moment, counted by the census`,
      exercised: `${observers(evidence)} made ${thousands(seen)} of them under the recorder, the census counted ${thousands(count)} at the peak`,
      mechanism: `${plan.edited.length} class bodies name their attributes, so no instance keeps a dictionary: ${mib(expectedBytes)} less over ${thousands(count)} instances`,
      productionSafe:
        "attribute access does not get slower; no attribute outside the list was seen in the source or by the recorder",
      verifyCheaply: `sys.getsizeof and tracemalloc over 1,000 instances of ${lead.info.name} show the difference in milliseconds`,
    },
    edits: editsFor(plan),
    scope: plan.edited.map(keyOf),
    declaredCosts: costsOf(plan),
    consent: null,
  };
}

function costsOf(plan: SlotPlan): string[] {
  const exported = plan.edited.filter((it) => it.exported).map((it) => it.name);
  const who = (exported.length > 0 ? exported : plan.edited.map((it) => it.name)).join(", ");
  const costs = [
    plan.view
      ? `instances of ${who} take no attributes besides the listed ones; their __dict__ and vars() are a fresh dict, into which nothing can be written`
      : `instances of ${who} take no attributes besides the listed ones, and have no __dict__ and no vars()`,
    `pickles of ${who} made before this change cannot be loaded after it`,
  ];
  if (plan.edited.some((it) => !referable(it, plan))) costs.push(`instances of ${who} cannot be weakly referenced`);
  if (plan.edited.some((it) => it.dataclass)) costs.push(`a decorator with slots=True makes a new class object for ${who}`);
  if (plan.edited.some((it) => it.kind === "attrs" && it.exported))
    costs.push(`classes elsewhere that derive from ${who} need slots=True too, or copies and pickles leave out what they add`);
  const unread = plan.facts.dictUses.slice(0, 2).map((it) => `${it.file}:${it.line}`);
  if (unread.length > 0)
    costs.push(
      `code that asks any object for __dict__ or vars() exists (${unread.join(", ")}); none was seen to get these instances`,
    );
  return costs;
}

function editsFor(plan: SlotPlan): Edit[] {
  return plan.edited.map((info) => {
    const root = plan.weakReferences && isRoot(info, plan);
    if (info.dataclass) {
      const weak = root && info.kind === "dataclass" ? ", weakref_slot=True" : "";
      const text = `${info.dataclass.before}slots=True${weak}${info.dataclass.after}`;
      return { file: info.file, start: info.dataclass.insertAt, end: info.dataclass.insertAt, text };
    }
    const names = [
      ...(plan.names.get(keyOf(info)) ?? []).map((it) => unmangled(it, info.name)),
      ...(root ? ["__weakref__"] : []),
    ];
    const { insertAt, indent, newline, tight } = info.body;
    const view = plan.view && isRoot(info, plan) ? viewText(indent, newline) : "";
    const text = slotsLine(names, indent, newline) + view + (tight || view !== "" ? newline : "");
    return { file: info.file, start: insertAt, end: insertAt, text };
  });
}

function unmangled(name: string, klass: string): string {
  const prefix = `_${klass.replace(/^_+/, "")}__`;
  return name.startsWith(prefix) ? name.slice(prefix.length - 2) : name;
}

function slotsLine(names: string[], indent: string, newline: string): string {
  const quoted = names.map((it) => `"${it}"`);
  const one = `${indent}__slots__ = (${quoted.join(", ")}${quoted.length === 1 ? "," : ""})`;
  if (one.length <= 88) return one + newline;
  const inner = indent + (indent.includes("\t") ? "\t" : "    ");
  return [`${indent}__slots__ = (`, ...quoted.map((it) => `${inner}${it},`), `${indent})`, ""].join(newline);
}
