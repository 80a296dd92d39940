import type { ClassFacts, ExpressionText } from "../../../vocabulary/facts-classes.ts";
import type { RepeatedText } from "../../../vocabulary/profile.ts";
import type { Edit, Proposal } from "../../../vocabulary/proposal.ts";
import type { FunctionRef } from "../../../vocabulary/target.ts";
import { classIndex, classOfType, factsFor, mib, observers, requestFor, thousands, usageOf } from "../classes.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";

const technique = "share-equal-strings";
const wrappable = new Set(["name", "subscript", "call", "attribute", "operation"]);

/** Where equal texts are stored, and what is known of the values there. */
interface Store {
  file: string;
  facts: ClassFacts;
  site: FunctionRef;
  values: ExpressionText[];
  scope: string[];
  /** Every value that was ever stored there is exactly text, by the recorder; false: only those at the peak are. */
  alwaysText: boolean;
}

/** `sys.intern` around a value that is equal text again and again (catalogue 17). */
export const shareEqualStrings: Recipe = {
  technique,
  watch(evidence: Evidence) {
    const index = classIndex(evidence.facts);
    const owners = candidates(evidence).filter((it) => it.kind === "attribute");
    return { classes: owners.flatMap((it) => classOfType(it.owner, evidence, index) ?? []).map(requestFor) };
  },
  propose: (evidence: Evidence): Finding[] => candidates(evidence).flatMap((it) => findingFor(evidence, it)),
};

function candidates(evidence: Evidence): RepeatedText[] {
  return (evidence.profile.census?.repeated ?? []).filter((it) => it.duplicateBytes >= evidence.floorBytes);
}

function findingFor(evidence: Evidence, text: RepeatedText): Finding[] {
  const store = text.kind === "attribute" ? attributeStore(evidence, text) : recordStore(evidence, text);
  if (store === null) return [];
  if ("reason" in store) return [refusal(text, store.site, store.reason)];
  if (store.values.every((it) => it.interned || it.kind === "constant")) return [];
  const refuse = (reason: string) => [refusal(text, store.site, reason)];
  if (!text.exactText) return refuse(`not every ${text.name} at the peak is exactly text`);
  if (store.facts.sys.name === null && store.facts.sys.taken) return refuse(`${store.file} uses the name sys for something else`);
  const wrapped = store.values.filter((it) => !it.interned && it.kind !== "constant");
  const odd = wrapped.find((it) => !wrappable.has(it.kind));
  if (odd) return refuse(`the value of ${text.name} has a form that cannot be wrapped: ${odd.text.slice(0, 60)}`);
  const open = wrapped.find((it) => !store.alwaysText && it.provenType !== "str" && !it.path && it.kind !== "call");
  if (open) return refuse(`${open.text.slice(0, 60)} was not seen to be text in every run`);
  return [{ kind: "proposal", proposal: proposalFor(evidence, text, store, wrapped) }];
}

function refusal(text: RepeatedText, site: FunctionRef, reason: string): Finding {
  return { kind: "forbidden", forbidden: { technique, site, subject: text.name, evidenceBytes: text.duplicateBytes, reason } };
}

type Found = Store | { site: FunctionRef; reason: string } | null;

function attributeStore(evidence: Evidence, text: RepeatedText): Found {
  const info = classOfType(text.owner, evidence, classIndex(evidence.facts));
  const facts = info ? factsFor(evidence.facts, info) : null;
  if (!info || !facts) return null;
  const site = { file: info.file, qualname: info.qualname, line: info.line };
  const stores = info.stores.filter((it) => it.name === text.name);
  if (stores.length === 0) {
    const generated = info.kind === "dataclass" || info.kind === "attrs" || info.kind === "namedtuple";
    const how = generated ? "by a generated __init__" : "outside of its own methods";
    return {
      site,
      reason: `${info.name}.${text.name} is stored ${how}, so there is no expression to wrap (${info.file}:${info.line})`,
    };
  }
  const loose = stores.find((it) => it.value === null);
  if (loose)
    return {
      site,
      reason: `${info.name}.${loose.method} binds ${text.name} in a form that has no value of its own (${info.file}:${loose.line})`,
    };
  const usage = usageOf(evidence, info);
  if (!usage?.seen)
    return { site, reason: `the recorder has not seen ${info.name}, so other values than text cannot be excluded` };
  const types = usage.attributes.find((it) => it.name === text.name)?.types ?? [];
  const alwaysText = types.length === 1 && types[0] === "str";
  const values = stores.flatMap((it) => it.value ?? []);
  const other = types.find((it) => it !== "str");
  if (!alwaysText && values.some((it) => !it.path && it.kind !== "constant" && !it.interned && it.provenType !== "str")) {
    return { site, reason: `${info.name}.${text.name} was seen to hold ${other ?? "nothing"}, which cannot be interned` };
  }
  const scope = [...new Set(stores.map((it) => `${info.file}:${info.qualname}.${it.method}`))];
  return { file: info.file, facts, site, values, scope, alwaysText };
}

function recordStore(evidence: Evidence, text: RepeatedText): Found {
  const rows = (evidence.profile.census?.records ?? []).filter((it) => [...it.keys].sort().join(",") === text.owner);
  const places = rows.flatMap((it) => it.madeAt);
  const place = [...places].sort((a, b) => b.count - a.count).find((it) => evidence.facts.files[it.file]);
  if (!place) return null;
  const facts = evidence.facts.files[place.file]?.classes;
  if (!facts) return null;
  const same = facts.records.filter(
    (it) =>
      it.entries
        .map((entry) => entry.key)
        .sort()
        .join(",") === text.owner,
  );
  const literal =
    same.find((it) => it.line <= place.line && place.line <= it.endLine) ?? (same.length === 1 ? same[0] : undefined);
  if (!literal) {
    const site = { file: place.file, qualname: "<module>", line: Math.max(1, place.line) };
    return { site, reason: `the dicts with the keys ${text.owner} are not made by a literal at ${place.file}:${place.line}` };
  }
  const values = literal.entries.filter((it) => it.key === text.name).map((it) => it.value);
  const site = { file: place.file, qualname: literal.function, line: Math.max(1, literal.functionLine) };
  return { file: place.file, facts, site, values, scope: [`${place.file}:${literal.function}`], alwaysText: false };
}

function proposalFor(evidence: Evidence, text: RepeatedText, store: Store, wrapped: ExpressionText[]): Proposal {
  const sys = store.facts.sys.name ?? "sys";
  const edits: Edit[] = wrapped.map((it) => ({ file: store.file, start: it.start, end: it.end, text: interned(it, sys, store) }));
  const { insertAt, newline } = store.facts.sys;
  if (store.facts.sys.name === null)
    edits.unshift({ file: store.file, start: insertAt, end: insertAt, text: `import sys${newline}` });
  const what = text.kind === "attribute" ? `${text.owner.split(":").at(-1)}.${text.name}` : `the key ${text.name}`;
  const saved = mib(text.duplicateBytes);
  const figures = `${thousands(text.count)} texts, ${thousands(text.distinct)} different ones`;
  return {
    technique,
    strategy: "allocations",
    sweep: null,
    site: store.site,
    subject: text.name,
    description: `equal texts under ${what}`,
    summary: `share equal texts under ${what}`,
    category: "data-structures",
    evidenceBytes: text.duplicateBytes,
    expectedBytes: text.duplicateBytes,
    evidence: `census at the peak: ${what} holds ${figures}; ${saved} are duplicates`,
    checklist: {
      category: "data-structures",
      visible: `${store.site.qualname} stores them inside the measured run: ${figures}`,
      reducible: `${saved} of text under ${what} is equal to other text that is alive: one copy of each is enough`,
      persistent: `${thousands(text.count)} references are held at the peak, and stay as long as their owners`,
      exercised: `the census found ${thousands(text.count)} values under ${what}; usage seen in ${observers(evidence)} besides the 1 profiled run`,
      mechanism: `sys.intern gives back the one existing copy: ${saved} of duplicates die as soon as they are stored`,
      productionSafe: `one dictionary look-up for each stored value; ${thousands(text.distinct)} different texts stay in the interpreter's table while they are used`,
      verifyCheaply: "store 1,000 equal texts and count the different ids",
    },
    edits: edits.sort((a, b) => a.start - b.start),
    scope: [...store.scope, ...(store.facts.sys.name === null ? [`${store.file}:<module>`] : [])],
    declaredCosts: costsOf(evidence, text, store, wrapped),
    consent: null,
  };
}

/** Plain where only text can come; guarded where the value can be written twice. */
function interned(value: ExpressionText, sys: string, store: Store): string {
  const certain = store.alwaysText || value.provenType === "str";
  if (certain || !value.path) return `${sys}.intern(${value.text})`;
  return `${sys}.intern(${value.text}) if type(${value.text}) is str else ${value.text}`;
}

function costsOf(evidence: Evidence, text: RepeatedText, store: Store, wrapped: ExpressionText[]): string[] {
  const costs = ["equal texts become the same object"];
  if (wrapped.some((it) => it.provenType !== "str" && (store.alwaysText || !it.path))) {
    costs.push(`a value of ${text.name} that is not exactly str would raise TypeError; all that were seen are`);
  }
  if (evidence.python[1] === 12) costs.push("on Python 3.12 interned text stays until the process ends");
  return costs;
}
