import type { AttributeStore, ClassInfo } from "../../../vocabulary/facts-classes.ts";
import type { AttributeUsage, ClassUsage } from "../../../vocabulary/usage-classes.ts";
import {
  ancestors,
  classIndex,
  factsFor,
  forbid,
  type HotClass,
  hotClasses,
  manyInstances,
  mib,
  observers,
  removal,
  requestFor,
  thousands,
  usageOf,
} from "../classes.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";

const technique = "drop-unread-attribute";
/** What an instance pays for a value that it alone holds: list, dict and set as they are made; texts and numbers are not counted. */
const ownBytes: Record<string, number> = { list: 56, dict: 64, set: 216 };
const pointerBytes = 8;

/** An attribute of many instances that nothing ever reads: neither in any run nor in the text of the project (catalogue 11). */
export const dropUnreadAttribute: Recipe = {
  technique,
  watch(evidence: Evidence) {
    const hot = hotClasses(evidence, classIndex(evidence.facts));
    return { classes: hot.filter((it) => unreadStores(it.info).length > 0).map((it) => requestFor(it.info)) };
  },
  propose(evidence: Evidence): Finding[] {
    const index = classIndex(evidence.facts);
    return hotClasses(evidence, index).flatMap((hot) => perClass(evidence, hot, index));
  },
};

/** Names that the class stores and that no text of the project reads. */
function unreadStores(info: ClassInfo): string[] {
  const names = [...new Set(info.stores.map((it) => it.name))];
  return names.filter((name) => info.attributeReads[name]?.count === 0);
}

function perClass(evidence: Evidence, hot: HotClass, index: Map<string, ClassInfo>): Finding[] {
  const { info, type } = hot;
  const usage = usageOf(evidence, info);
  const unread = new Set(unreadStores(info));
  const candidates = [...new Set(info.stores.map((it) => it.name))].filter((name) => {
    const seen = usage?.attributes.find((it) => it.name === name);
    const quiet = seen !== undefined && seen.sets > 0 && seen.reads === 0;
    return unread.has(name) || (quiet && type.count * (pointerBytes + valueBytes(seen)) >= evidence.floorBytes);
  });
  return candidates.flatMap((name) => {
    const seen = usage?.attributes.find((it) => it.name === name) ?? null;
    const bytes = type.count * (pointerBytes + valueBytes(seen));
    if (bytes < evidence.floorBytes && type.count < manyInstances) return [];
    const stores = info.stores.filter((it) => it.name === name);
    const reason = blockerOf(evidence, info, name, stores, usage, seen, index);
    if (reason !== null) return [forbid(technique, info, name, bytes, reason)];
    return [proposalFor(evidence, hot, name, stores, bytes)];
  });
}

function valueBytes(seen: AttributeUsage | null): number {
  return seen?.types.length === 1 ? (ownBytes[seen.types[0] ?? ""] ?? 0) : 0;
}

function blockerOf(
  evidence: Evidence,
  info: ClassInfo,
  name: string,
  stores: AttributeStore[],
  usage: ClassUsage | null,
  seen: AttributeUsage | null,
  index: Map<string, ClassInfo>,
): string | null {
  const place = (line: number) => `${info.file}:${line}`;
  const reads = info.attributeReads[name];
  if (!reads || reads.count > 0) return `${name} is read or named at ${reads?.first?.file}:${reads?.first?.line}`;
  if (factsFor(evidence.facts, info)?.library && !name.startsWith("_") && info.exported) {
    return `${info.name}.${name} is public in a library: needs consent: api`;
  }
  if (info.kind !== "plain")
    return `${info.name} is no plain class, so its fields are used by generated methods (${place(info.line)})`;
  const chain = [info, ...ancestors(info, index)];
  const hook = chain
    .flatMap((it) => it.overrides)
    .find((it) => /^__(getattr|getattribute|setattr|delattr|getstate|reduce|reduce_ex|copy|deepcopy)__$/.test(it));
  if (hook) return `${info.name} defines ${hook}, which may use any attribute (${place(info.line)})`;
  const dynamic = chain
    .flatMap((it) => it.dynamic.map((use) => ({ ...use, file: it.file })))
    .find((it) => it.kind === "__dict__" || it.kind === "vars");
  if (dynamic) return `${dynamic.method} looks at all attributes at once (${dynamic.file}:${dynamic.line})`;
  const foreign = info.foreignStores.find((it) => it.name === name);
  if (foreign) return `${foreign.file}:${foreign.line} stores ${name} from outside`;
  const descriptor = chain.flatMap((it) => it.names).find((it) => it.name === name);
  if (descriptor) return `${name} is also a name of the class, which the store may go through (${place(descriptor.line)})`;
  const effect = stores.find((it) => it.form !== "assign" || !it.value?.pure || !it.statement.alone);
  if (effect) return `the store at ${place(effect.line)} does more than keep a value`;
  if (!usage?.seen || !seen || seen.sets === 0)
    return `the recorder has not seen ${name} being set, so nothing is known of its readers`;
  if (seen.reads > 0) return `${name} was read ${thousands(seen.reads)} times under the recorder`;
  if (seen.deletes > 0) return `${name} is deleted somewhere, which would fail`;
  const dict = usage.dictUses[0];
  if (dict) return `${dict.function} uses the dictionary of a ${info.name} (${dict.file}:${dict.line})`;
  return usage.copies > 0 ? `instances of ${info.name} are copied or pickled, so ${name} may be read from the copy` : null;
}

function proposalFor(evidence: Evidence, hot: HotClass, name: string, stores: AttributeStore[], bytes: number): Finding {
  const { info, type } = hot;
  const count = thousands(type.count);
  return {
    kind: "proposal",
    proposal: {
      technique,
      strategy: "allocations",
      sweep: null,
      site: { file: info.file, qualname: info.qualname, line: info.line },
      subject: name,
      description: `${info.name}.${name}, never read`,
      summary: `drop the attribute ${name} of ${info.name} that nothing reads`,
      category: "data-structures",
      evidenceBytes: bytes,
      expectedBytes: bytes,
      evidence: `census at the peak: ${count} instances of ${info.name}; ${name} was set and never read in ${observers(evidence)}`,
      checklist: {
        category: "data-structures",
        visible: `${count} instances of ${info.name} made by the measured run hold it at the peak`,
        reducible: `${name} can go altogether: at least ${mib(bytes)} over ${count} instances, with all that it alone keeps alive`,
        persistent: `the ${count} instances hold it as long as they live, and they are alive at the peak`,
        exercised: `${observers(evidence)} set it under the recorder; ${count} instances were counted at the peak`,
        mechanism: `${stores.length} store${stores.length === 1 ? "" : "s"} less: ${bytes / type.count} bytes for each of ${count} instances`,
        productionSafe: "no file of the project reads the name, in code, text or templates, and no run read it",
        verifyCheaply: `the tests of ${info.name} run in seconds; an AttributeError would name ${name}`,
      },
      edits: removal(
        info.file,
        stores.map((it) => it.statement),
      ),
      scope: [...new Set(stores.map((it) => `${info.file}:${info.qualname}.${it.method}`))],
      declaredCosts: [`instances of ${info.name} have no attribute ${name}`],
      consent: null,
    },
  };
}
