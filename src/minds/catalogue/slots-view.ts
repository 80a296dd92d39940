import type { ClassInfo } from "../../vocabulary/facts-classes.ts";
import type { Place } from "../../vocabulary/target.ts";
import { ancestors, type ClassKey, isTestFile, keyOf, usageOf } from "./classes.ts";
import type { Evidence } from "./recipe.ts";
import type { SlotPlan } from "./slots-plan.ts";

/** Uses of the instance's own dictionary in a class. */
const dictUses = (info: ClassInfo) => info.dynamic.filter((it) => it.kind === "__dict__" || it.kind === "vars");

/** A class of the chain, or one derived from it, reads the dictionary of its instances: slots then need a `__dict__` that tells them. */
export function readsItself(chain: readonly ClassInfo[], index: Map<ClassKey, ClassInfo>): boolean {
  const below = chain.flatMap((it) => it.subclasses.flatMap((key) => index.get(key) ?? []));
  return [...chain, ...below].some((it) => dictUses(it).length > 0);
}

/** The first code that was seen to ask for an instance's dictionary and may do more than read it. */
export function dictUseFault(info: ClassInfo, plan: SlotPlan, evidence: Evidence): string | null {
  // what attrs writes for a class with a dictionary it writes anew for one with slots
  const used = (usageOf(evidence, info)?.dictUses ?? []).filter((it) => !generatedByAttrs(it));
  const more = used.find((it) => !onlyReads(it, plan));
  if (more) return `${more.function} uses the dictionary of a ${info.name} (${more.file}:${more.line})`;
  return used.length > 0 && !plan.view
    ? `${used[0]?.function} uses the dictionary of a ${info.name} (${used[0]?.file}:${used[0]?.line})`
    : null;
}

const generatedByAttrs = (use: Place): boolean => use.file.startsWith("<attrs generated ");

const onlyReads = (use: Place, plan: SlotPlan): boolean =>
  !isTestFile(use.file) && plan.facts.dictReads.some((it) => it.file === use.file && it.line === use.line);

/** The recorder saw code outside of the classes read an instance's dictionary. */
export function readFromOutside(members: readonly ClassInfo[], evidence: Evidence): boolean {
  return members.some((it) => usageOf(evidence, it)?.dictUses.some((use) => !generatedByAttrs(use)) ?? false);
}

/** Why a `__dict__` property cannot stand in for the dictionary; null when it can. */
export function viewFault(plan: SlotPlan): string | null {
  for (const info of plan.members) {
    const place = `${info.file}:${info.line}`;
    if (info.dataclass) {
      const kind = info.kind === "attrs" ? "an attrs class" : "a dataclass";
      return `${info.name} is ${kind}, which drops a __dict__ of its own when it makes slots (${place})`;
    }
    if (!plan.edited.includes(info) && !/^[([]/.test(info.slots ?? "("))
      return `the slots of ${info.name} have a form that a view of them cannot follow (${place})`;
    const hook = info.overrides.find((it) => it === "__getattr__" || it === "__getattribute__");
    if (hook) return `${info.name} defines ${hook}, which would answer for slots that are not set (${place})`;
    const hidden = (plan.names.get(keyOf(info)) ?? []).find((it) => it.startsWith(`_${info.name.replace(/^_+/, "")}__`));
    if (hidden) return `the private name ${hidden} of ${info.name} would be missing from a view of its slots (${place})`;
    const generic = info.bases.find((it) => it.known === "generic");
    if (generic) return `${info.name} derives from ${generic.text}: a view of its slots was not tried there (${place})`;
    const below = info.subclasses.find((key) => !plan.members.some((it) => keyOf(it) === key));
    if (below) return `${below} derives from ${info.name} and keeps a dictionary, which a view of the slots would not show`;
  }
  return null;
}

/** The property itself, for the class at the root of a hierarchy. */
export function viewText(indent: string, newline: string): string {
  const inner = indent + (indent.includes("\t") ? "\t" : "    ");
  return [
    "",
    `${indent}@property`,
    `${indent}def __dict__(self):`,
    `${inner}"""The attributes that are set, as a fresh dict."""`,
    `${inner}names = (it for kind in reversed(type(self).__mro__) for it in kind.__dict__.get("__slots__", ()))`,
    `${inner}return {it: getattr(self, it) for it in names if it != "__weakref__" and hasattr(self, it)}`,
    "",
  ].join(newline);
}

/** A class that has no edited class above it: what goes to the root of a hierarchy goes here. */
export function isRoot(info: ClassInfo, plan: SlotPlan): boolean {
  return !ancestors(info, plan.index).some((it) => plan.edited.includes(it));
}
