import type { ClassInfo } from "../../../vocabulary/facts-classes.ts";
import type { Edit, Proposal } from "../../../vocabulary/proposal.ts";
import type { ClassUsage } from "../../../vocabulary/usage-classes.ts";
import {
  ancestors,
  type ClassKey,
  classIndex,
  dictInstanceBytes,
  forbid,
  type HotClass,
  hotClasses,
  mib,
  observers,
  requestFor,
  thousands,
  usageOf,
} from "../classes.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";

const technique = "set-attributes-singly";
/** Above that many attributes CPython gives an instance a dictionary of its own anyway. */
const mostAttributes = 30;

type DictStore = ClassInfo["dictStores"][number];
interface Site {
  info: ClassInfo;
  store: DictStore;
}

/**
 * `self.__dict__.update(kwargs)` makes a dictionary for the instance, with a table of its own; attributes that are set one by one
 * lie in the instance (from Python 3.11 on) or in a table that all instances share. Nothing else about the instance changes.
 */
export const setAttributesSingly: Recipe = {
  technique,
  watch(evidence) {
    const index = classIndex(evidence.facts);
    return { classes: filled(evidence, index).map(({ hot }) => requestFor(hot.info)) };
  },
  propose(evidence) {
    const index = classIndex(evidence.facts);
    return filled(evidence, index).flatMap(({ hot, sites }) => judge(evidence, index, hot, sites));
  },
};

/** Hot classes whose own methods, or those of their ancestors, fill the dictionary of an object. */
function filled(evidence: Evidence, index: Map<ClassKey, ClassInfo>): { hot: HotClass; sites: Site[] }[] {
  return hotClasses(evidence, index)
    .map((hot) => ({
      hot,
      sites: [hot.info, ...ancestors(hot.info, index)].flatMap((info) => info.dictStores.map((store) => ({ info, store }))),
    }))
    .filter(({ hot, sites }) => sites.length > 0 && hot.type.dictBytes > 0 && hot.info.slots === null);
}

function judge(evidence: Evidence, index: Map<ClassKey, ClassInfo>, hot: HotClass, sites: Site[]): Finding[] {
  const { info, type } = hot;
  const usage = usageOf(evidence, info);
  const above = [info, ...ancestors(info, index)];
  const family = [...new Set([...above, ...sites.flatMap((it) => it.info.subclasses.flatMap((key) => index.get(key) ?? []))])];
  const fault = faultOf(hot, sites, usage, above);
  if (fault !== null) return [forbid(technique, info, info.name, type.dictBytes, fault)];
  const attributes = usage?.attributes.length ?? 0;
  const measured = type.dictBytes / type.count;
  const after = dictInstanceBytes(evidence.python, attributes);
  const expectedBytes = Math.round(Math.min(type.dictBytes, type.count * (40 + measured - after)));
  if (expectedBytes < evidence.floorBytes || attributes > mostAttributes) return [];
  return [{ kind: "proposal", proposal: proposalFor(evidence, hot, sites, family, attributes, expectedBytes) }];
}

function faultOf({ info }: HotClass, sites: Site[], usage: ClassUsage | null, chain: ClassInfo[]): string | null {
  const place = (it: Site) => `${it.info.file}:${it.store.line}`;
  for (const it of sites) {
    if (it.store.blocker !== null) return `${it.store.blocker} (${place(it)})`;
    if (it.store.names === null) return `no names are free for a loop in ${it.info.name}.${it.store.method} (${place(it)})`;
    if (!it.store.statement.alone) return `other code stands on the line of the statement (${place(it)})`;
  }
  if (!usage?.seen || usage.instances === 0)
    return `the recorder has not seen instances of ${info.name}, so what is put into their dictionaries is not known`;
  const odd = usage.attributes.find((it) => !/^[^\W\d]\w*$/u.test(it.name));
  if (odd) return `${JSON.stringify(odd.name)} is put into the dictionary, which is no name of an attribute`;
  for (const klass of chain) {
    const hidden = klass.names.find(
      (it) =>
        (it.kind === "property" || it.kind === "cached-property") &&
        usage.attributes.some((one) => one.name === it.name) &&
        sites.some((site) => !site.store.never.includes(it.name)),
    );
    if (hidden)
      return `${hidden.name} may be put into the dictionary, where ${klass.name} has a property of that name (${klass.file}:${hidden.line})`;
  }
  return null;
}

function proposalFor(
  evidence: Evidence,
  { info, type }: HotClass,
  sites: Site[],
  family: ClassInfo[],
  attributes: number,
  expectedBytes: number,
): Proposal {
  const own = Math.round(type.dictBytes / type.count);
  const first = sites[0]?.store;
  const version = evidence.python.join(".");
  return {
    technique,
    strategy: "allocations",
    sweep: null,
    site: { file: info.file, qualname: info.qualname, line: info.line },
    subject: info.name,
    description: `dictionaries of ${info.name}`,
    summary: `set the attributes of ${info.name} one by one, so that no instance needs a dictionary`,
    category: "data-structures",
    evidenceBytes: type.dictBytes,
    expectedBytes,
    evidence: `census at the peak: ${thousands(type.count)} ${info.name} hold dictionaries of ${own} bytes each, ${mib(type.dictBytes)}`,
    checklist: {
      category: "data-structures",
      visible: `the instances are made by the measured run: ${thousands(type.count)} are alive at its peak`,
      reducible: `a dictionary that is filled as a whole takes ${own} bytes; ${attributes} attributes that are set one by one take ${dictInstanceBytes(evidence.python, attributes)} with the instance on Python ${version}`,
      persistent: `${thousands(type.count)} instances are alive at the peak moment, counted by the census`,
      exercised: `${observers(evidence)} made instances of ${info.name} under the recorder, the census counted ${thousands(type.count)} at the peak`,
      mechanism: `${info.name}.${first?.method} no longer asks for the dictionary of an instance, so none is made: ${mib(expectedBytes)} less over ${thousands(type.count)} instances`,
      productionSafe: "the same attributes with the same values, in the same order; __dict__ and vars() give them as before",
      verifyCheaply: `tracemalloc over 1,000 instances of ${info.name} shows the difference in milliseconds`,
    },
    edits: sites.map((it) => editFor(it, family)),
    scope: [...new Set(sites.map((it) => `${it.info.file}:${it.info.qualname}.${it.store.method}`))],
    declaredCosts: costsOf(family),
    consent: null,
  };
}

/** `object.__setattr__` where a hook of the class would see the store: the dictionary did not ask it either. */
function editFor({ info, store }: Site, family: ClassInfo[]): Edit {
  const { start, end, indent, newline } = store.statement;
  const hooked = family.some((it) => it.kind !== "plain" || it.overrides.includes("__setattr__") || hasForeignBase(it));
  const [name, value] = store.names ?? [];
  const inner = indent + (indent.includes("\t") ? "\t" : "    ");
  const lines = [
    `${indent}for ${name}, ${value} in ${store.items}:`,
    `${inner}${hooked ? "object.__setattr__" : "setattr"}(${store.receiver}, ${name}, ${value})`,
    "",
  ];
  return { file: info.file, start, end, text: lines.join(newline) };
}

const hasForeignBase = (info: ClassInfo): boolean => info.bases.some((it) => it.known === "foreign");

function costsOf(family: ClassInfo[]): string[] {
  const properties = [
    ...new Set(family.flatMap((it) => it.names.filter((one) => one.kind === "property").map((one) => one.name))),
  ];
  const costs = ["a derived class of others that defines __setattr__ sees these attributes being set"];
  if (properties.length > 0)
    costs.push(
      `a value under the name of a property (${properties.slice(0, 3).join(", ")}) reaches the property, where it was hidden behind it: none was seen`,
    );
  return costs;
}
