import type { ClassInfo } from "../../vocabulary/facts-classes.ts";
import type { Place } from "../../vocabulary/target.ts";
import type { AttributeUsage } from "../../vocabulary/usage-classes.ts";
import { ancestors, isTestFile, keyOf, usageOf } from "./classes.ts";
import type { Evidence } from "./recipe.ts";
import type { SlotPlan } from "./slots-plan.ts";
import { dictUseFault } from "./slots-view.ts";

/** Attributes that no class of the project knows and that the source alone cannot exclude: so many are worth a slot each. */
const spareSlots = 4;

type Rule = (info: ClassInfo, plan: SlotPlan, evidence: Evidence) => string | null;

/** As they are commonly imported; under another name they are refused as unknown. */
const makers = /^((dataclasses\.|attr\.)?dataclass|attrs|attr\.(s|attrs)|(attrs?\.)?(define|frozen|mutable))$/;
/** Their own decorator makes the slots: of the fields, and of nothing else. */
export const hasFields = (info: ClassInfo): boolean => info.kind === "dataclass" || info.kind === "attrs";
const shapes: Partial<Record<ClassInfo["kind"], string>> = {
  enum: "an enumeration",
  exception: "an exception, whose base keeps a dictionary",
  namedtuple: "a NamedTuple, which has no dictionary",
  "typed-dict": "a TypedDict, whose instances are plain dicts",
  protocol: "a protocol",
};

/** In order; the first that speaks forbids. Each names the place that refutes it. */
const rules: Rule[] = [
  (info) => (shapes[info.kind] ? `${info.name} is ${shapes[info.kind]}` : null),
  (info) => (info.local ? `${at(info)} makes ${info.name} anew inside a function` : null),
  (info) =>
    info.metaclass !== null && !/(^|\.)ABCMeta$/.test(info.metaclass)
      ? `${info.name} has the metaclass ${info.metaclass}, which may read the class body (${at(info)})`
      : null,
  (info) =>
    info.keywords.length > 0 ? `${info.name} passes ${info.keywords[0]} to its base's __init_subclass__ (${at(info)})` : null,
  (info) => {
    const hook = info.overrides.find((it) => it === "__init_subclass__" || it === "__set_name__");
    return hook ? `${info.name} defines ${hook}, which may read class bodies (${at(info)})` : null;
  },
  unknownDecorator,
  (info) =>
    info.body.oneLine && !info.dataclass ? `the body of ${info.name} begins on the line of its header (${at(info)})` : null,
  foreignBase,
  makerHazards,
  (info) => {
    const cached = info.names.find((it) => it.kind === "cached-property");
    return cached
      ? `${info.name}.${cached.name} is a cached_property, which needs the instance's dictionary (${info.file}:${cached.line})`
      : null;
  },
  dynamicUse,
  pickling,
  severalLayouts,
  observed,
];

/** The first reason why the plan may not be carried out; null when none is known. */
export function blockerOf(plan: SlotPlan, evidence: Evidence): string | null {
  for (const info of plan.edited) {
    for (const rule of rules) {
      const reason = rule(info, plan, evidence);
      if (reason !== null) return reason;
    }
  }
  const change = plan.facts.classChanges[0];
  return change ? `an object's __class__ is replaced at ${place(change)}, which needs equal layouts` : null;
}

function at(info: ClassInfo): string {
  return `${info.file}:${info.line}`;
}

function place(it: Place): string {
  return `${it.file}:${it.line}`;
}

function unknownDecorator(info: ClassInfo): string | null {
  const maker = info.decorators.findIndex((it) => makers.test(it.text));
  const other = info.decorators.find((it, index) => {
    if (!hasFields(info)) return !it.gives;
    // what stands below the maker gets the class that is replaced when slots are made
    return index !== maker && !(it.gives && index < maker) && !/(^|\.)(total_ordering|final)$/.test(it.text);
  });
  return other ? `the decorator ${other.text} may keep or change ${info.name} (${info.file}:${other.line})` : null;
}

function foreignBase(info: ClassInfo): string | null {
  const foreign = info.bases.find((it) => it.known === "foreign" || (it.known === "plain" && it.project === null));
  return foreign
    ? `the base ${foreign.text} of ${info.name} is not of the project: its instances may have a dictionary anyway (${at(info)})`
    : null;
}

function makerHazards(info: ClassInfo, plan: SlotPlan, evidence: Evidence): string | null {
  if (!hasFields(info)) return null;
  if (info.kind === "dataclass" && evidence.python[1] < 10)
    return `@dataclass(slots=True) needs Python 3.10, this is ${evidence.python.join(".")}`;
  if (!info.dataclass) return `the decorator @${info.kind} of ${info.name} has a form that cannot be edited (${at(info)})`;
  if ("slots" in info.dataclass.keywords) return `${info.name} says slots=${info.dataclass.keywords.slots} itself (${at(info)})`;
  const ofFields = info.kind === "attrs" || info.dataclass.keywords.frozen === "True";
  const state = ofFields ? stateOfFields(info, plan, evidence) : null;
  if (state !== null) return state;
  const bare = info.zeroArgumentSuper[0];
  if (bare) {
    return `${info.name}.${bare.method} uses super() or __class__, which would mean the class before slots were added (${info.file}:${bare.line})`;
  }
  const read = info.classReads.find((it) =>
    info.names.some((name) => name.name === it.name && name.field && name.kind === "value"),
  );
  if (read) return `${place(read)} reads the default ${info.name}.${read.name} from the class, which would be a descriptor`;
  const fields = new Set(
    [info, ...ancestors(info, plan.index)].flatMap((it) => it.names.filter((name) => name.field).map((name) => name.name)),
  );
  const loose = info.stores.find((it) => !fields.has(it.name) && !isProperty(it.name, info, plan));
  return loose ? `${info.name}.${loose.method} stores ${loose.name}, which is no field (${info.file}:${loose.line})` : null;
}

/** attrs, and a frozen dataclass, give a class with slots a state of its fields alone, which all that derives from it inherits. */
function stateOfFields(info: ClassInfo, plan: SlotPlan, evidence: Evidence): string | null {
  const own = [info, ...ancestors(info, plan.index)].find((it) => it.overrides.some((name) => /^__[gs]etstate__$/.test(name)));
  if (own) return `the decorator would put its own __getstate__ in place of that of ${own.name} (${at(own)})`;
  const lost = (name: string) => `${name} derives from ${info.name}: its own attributes would be left out of copies and pickles`;
  for (const key of info.subclasses) {
    const below = plan.index.get(key);
    const slotted = below?.attrsSlots || below?.dataclass?.keywords.slots === "True";
    if (below?.kind !== info.kind || !(slotted || plan.edited.includes(below))) return lost(key);
  }
  const other = usageOf(evidence, info)?.otherSubclasses[0];
  return other === undefined ? null : lost(other);
}

/** Uses that need a dictionary, in the class and in everything derived from it. */
function dynamicUse(info: ClassInfo, plan: SlotPlan): string | null {
  const around = [info, ...info.subclasses.flatMap((key) => plan.index.get(key) ?? [])];
  for (const it of around) {
    const use = it.dynamic.find((one) => !one.reads && ["__dict__", "vars", "setattr", "__class__ ="].includes(one.kind));
    if (use) {
      const what = use.kind === "setattr" ? "stores attributes under computed names" : `uses ${use.kind}`;
      return `${it.name}.${use.method} ${what} (${it.file}:${use.line})`;
    }
  }
  return null;
}

function pickling(info: ClassInfo, plan: SlotPlan): string | null {
  const has = (name: string) => [info, ...ancestors(info, plan.index)].some((it) => it.overrides.includes(name));
  const reduces = has("__reduce__") || has("__reduce_ex__");
  if (!reduces && has("__getstate__") !== has("__setstate__")) {
    const name = has("__getstate__") ? "__getstate__" : "__setstate__";
    return `${info.name} defines ${name} alone, so its state would be a tuple where a dict is expected (${at(info)})`;
  }
  const old = plan.facts.oldPickles[0];
  return old && !reduces && !has("__getstate__")
    ? `pickle protocol 0 or 1 is asked for at ${place(old)}: it cannot pickle slots`
    : null;
}

/** Two bases that both have slots cannot be joined; nor one with slots and one made in C. */
function severalLayouts(info: ClassInfo, plan: SlotPlan): string | null {
  const derived = [info, ...info.subclasses.flatMap((key) => plan.index.get(key) ?? [])];
  for (const it of derived.filter((one) => one.bases.length > 1)) {
    const laidOut = it.bases.filter((base) => {
      if (base.project === null) return base.known === "foreign" || base.known === "generic";
      const parent = plan.index.get(base.project);
      return parent ? hasLayout(parent, plan) : true;
    });
    if (laidOut.length > 1) {
      return `${it.name} inherits from ${laidOut.map((base) => base.text).join(" and ")}, whose slots cannot be joined (${at(it)})`;
    }
  }
  return null;
}

/** Would have slots of its own, or of its bases: stored attributes of edited classes, fields, existing slots. */
function hasLayout(info: ClassInfo, plan: SlotPlan): boolean {
  return [info, ...ancestors(info, plan.index)].some((it) => {
    if (it.slots !== null) return /["']/.test(it.slots);
    if (!plan.edited.includes(it)) return false;
    return it.stores.length > 0 || it.names.some((name) => name.field) || it.bases.some((base) => base.known === "generic");
  });
}

function observed(info: ClassInfo, plan: SlotPlan, evidence: Evidence): string | null {
  const usage = usageOf(evidence, info);
  const hot = plan.hot.includes(info);
  if (!usage?.seen)
    return hot ? `the recorder has not seen ${info.name}, so attributes set from elsewhere cannot be excluded` : null;
  if (hot && usage.instances === 0) return `tests and target made no instance of ${info.name} under the recorder`;
  const dict = dictUseFault(info, plan, evidence);
  if (dict !== null) return dict;
  const mocked = usage.mocked[0];
  if (mocked) return `a mock replaces ${mocked.function} on an instance of ${info.name} (${place(mocked)})`;
  const old = usage.protocols.find((it) => it < 2);
  return old !== undefined ? `${info.name} is pickled with protocol ${old}, which cannot pickle slots` : null;
}

function isProperty(name: string, info: ClassInfo, plan: SlotPlan): boolean {
  return [info, ...ancestors(info, plan.index)].some((it) =>
    it.names.some((own) => own.name === name && own.kind === "property"),
  );
}

/** The names that a class needs beside the inherited ones; a sentence when one of them belongs to nobody or clashes. */
export function freeAttributeIn(
  plan: SlotPlan,
  info: ClassInfo,
  inherited: ReadonlySet<string>,
  evidence: Evidence,
): string[] | string {
  const fields = hasFields(info) ? info.names.filter((it) => it.field).map((it) => it.name) : [];
  const stored = info.stores.map((it) => it.name).filter((name) => !isProperty(name, info, plan));
  const names = new Set([...fields, ...stored]);
  const known = new Set([...names, ...inherited]);
  const more: string[] = [];
  for (const it of usageOf(evidence, info)?.attributes ?? []) {
    if (known.has(it.name) || isProperty(it.name, info, plan)) continue;
    const free = freePlace(it, info);
    if (free !== null) return `${free} gives instances of ${info.name} the attribute ${it.name}, which the class does not know`;
    more.push(it.name);
  }
  let spare = spareSlots;
  for (const use of info.foreignStores) {
    const other = use.of !== null && use.of !== keyOf(info);
    if (known.has(use.name) || more.includes(use.name) || isProperty(use.name, info, plan) || other) continue;
    if (use.receiver === "unknown" && (knownBelow(use.name, info, plan) || meantElsewhere(use, info, evidence))) continue;
    const kept = use.receiver === "this" || spare-- > 0;
    if (!kept || use.test || !samePackage(use.file, info.file)) {
      const whose =
        use.receiver === "this"
          ? `gives instances of ${info.name} the attribute`
          : `may give instances of ${info.name} the attribute`;
      return `${place(use)} ${whose} ${use.name}, which the class does not know`;
    }
    more.push(use.name);
  }
  if (hasFields(info) && more.length > 0) return `${info.name} gets the attribute ${more[0]}, which is no field`;
  for (const name of more) names.add(name);
  return (
    clash(
      info,
      [...names].filter((it) => !inherited.has(it)),
      plan,
    ) ?? [...names].filter((it) => !inherited.has(it))
  );
}

/** Stored by a class derived from it: such a store is meant for those. */
function knownBelow(name: string, info: ClassInfo, plan: SlotPlan): boolean {
  return info.subclasses.some((key) => plan.index.get(key)?.stores.some((it) => it.name === name));
}

/** The recorder saw that code set the attribute on instances of another class, or ran the test and never saw it set on this one. */
function meantElsewhere(use: ClassInfo["foreignStores"][number], info: ClassInfo, evidence: Evidence): boolean {
  if (/^__\w+__$/.test(use.name)) return true; // of functions, classes and modules: `wrapper.__name__ = …`
  const own = usageOf(evidence, info);
  if (!own?.seen) return false;
  if (use.test) return evidence.usage?.testFiles?.some((it) => it === use.file || use.file.endsWith(`/${it}`)) ?? false;
  const others = evidence.usage?.classes.filter((it) => it.file !== info.file || it.qualname !== info.qualname) ?? [];
  const setBy = others.flatMap((it) => it.attributes.filter((one) => one.name === use.name).flatMap((one) => one.setBy));
  return setBy.some((it) => it.file === use.file && lastPart(it.function) === lastPart(use.function));
}

const lastPart = (name: string): string => name.split(".").at(-1) ?? name;

/** The place that sets an attribute which is none of the class's own; null when the class's own package does. */
function freePlace(it: AttributeUsage, info: ClassInfo): string | null {
  const foreign = it.setBy.find((one) => isTestFile(one.file) || !samePackage(one.file, info.file));
  if (foreign) return `${foreign.function} (${place(foreign)})`;
  return it.setBy.length === 0 ? "code that writes into the dictionary" : null;
}

function samePackage(a: string, b: string): boolean {
  if (a.startsWith("/")) return false;
  const folder = (file: string) => file.split("/").slice(0, file.startsWith("src/") || file.startsWith("lib/") ? 2 : 1);
  return !a.includes("/") || !b.includes("/") ? a.includes("/") === b.includes("/") : folder(a).join("/") === folder(b).join("/");
}

/** A value in the class body under a slot's name: the class statement itself would fail, or the default would be lost. */
function clash(info: ClassInfo, names: string[], plan: SlotPlan): string | null {
  if (hasFields(info)) return null;
  for (const it of [info, ...ancestors(info, plan.index), ...editedBelow(info, plan)]) {
    const value = it.names.find((own) => own.kind !== "annotation" && own.kind !== "property" && names.includes(own.name));
    if (value)
      return `${it.name} has ${value.name} in its class body, which a slot of that name excludes (${it.file}:${value.line})`;
  }
  return null;
}

function editedBelow(info: ClassInfo, plan: SlotPlan): ClassInfo[] {
  return plan.edited.filter((it) => info.subclasses.includes(keyOf(it)));
}
