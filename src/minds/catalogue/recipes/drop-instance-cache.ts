import type { ClassFacts, ClassInfo, InstanceCache } from "../../../vocabulary/facts-classes.ts";
import type { Census } from "../../../vocabulary/profile.ts";
import type { Edit } from "../../../vocabulary/proposal.ts";
import { classIndex, factsFor, forbid, keyOf, manyInstances, mib, removal, thousands } from "../classes.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";

const technique = "drop-instance-cache";
/** An lru_cache object with its dictionary and the bound method it wraps; measured 856 to 913 on CPython 3.9 to 3.13. */
const cacheBytes = 850;
/** A cached answer: dictionary slot, key, number (catalogue of object costs). */
const entryBytes = 100;

type CacheRow = Census["caches"][number];

/**
 * Caches that each instance makes of its own methods: they cost more than the object, and keep it in a cycle that only the
 * cyclic collector frees. Cheap methods without other arguments are called afresh instead.
 */
export const dropInstanceCache: Recipe = {
  technique,
  watch: () => ({}),
  propose(evidence: Evidence): Finding[] {
    const index = classIndex(evidence.facts);
    const rows = evidence.profile.census?.caches ?? [];
    return [...index.values()].flatMap((info) => [...perInstance(evidence, info, rows, index), ...perMethod(info, rows)]);
  },
};

function rowsFor(info: ClassInfo, method: string, rows: CacheRow[]): CacheRow[] {
  return rows.filter((row) => {
    const name = row.function.split(":").at(-1) ?? "";
    const named = name === `${info.qualname}.${method}` || name.endsWith(`.${info.qualname}.${method}`);
    return named && (row.file === "" || row.file === info.file);
  });
}

function perInstance(evidence: Evidence, info: ClassInfo, rows: CacheRow[], index: Map<string, ClassInfo>): Finding[] {
  const found = info.instanceCaches.map((cache) => {
    const mine = rowsFor(info, cache.method, rows).filter((row) => row.bound);
    return { cache, count: sum(mine, "count"), entries: sum(mine, "entries") };
  });
  const many = found.filter((it) => it.count >= manyInstances);
  const bytes = (it: (typeof found)[number]) => it.count * cacheBytes + Math.min(it.entries, it.count) * entryBytes;
  const findings: Finding[] = [];
  const good = many.filter((it) => {
    const reason = blockerOf(info, it.cache, index);
    if (reason !== null) findings.push(forbid(technique, info, it.cache.name, bytes(it), reason));
    return reason === null;
  });
  const facts = factsFor(evidence.facts, info);
  if (good.length === 0 || !facts) return findings;
  const lines = new Set(good.map((it) => it.cache.line));
  const held = (evidence.profile.census?.projectLines ?? []).filter((it) => it.file === info.file && lines.has(it.line));
  const measured = held.reduce((total, it) => total + it.bytes, 0);
  const counted = good.reduce((total, it) => total + bytes(it), 0);
  const evidenceBytes = measured > 0 ? measured : Math.min(counted, evidence.profile.peak.peakBytes);
  const count = Math.max(...good.map((it) => it.count));
  findings.push(
    proposalFor(
      info,
      facts,
      good.map((it) => it.cache),
      count,
      evidenceBytes,
      held.length > 0,
    ),
  );
  return findings;
}

function sum(rows: CacheRow[], field: "count" | "entries"): number {
  return rows.reduce((total, row) => total + row[field], 0);
}

/** The first reason why the method cannot simply take the cache's name. */
function blockerOf(info: ClassInfo, cache: InstanceCache, index: Map<string, ClassInfo>): string | null {
  const where = `${info.file}:${cache.line}`;
  if (cache.blocker !== null) return `${cache.blocker} (${info.file})`;
  const asked = cache.asked[0];
  if (asked) return `${asked.file}:${asked.line} asks a cache for its figures, in a file that names ${cache.name}`;
  if (!cache.statement.alone) return `the statement shares its line with another (${where})`;
  if (info.slots !== null) return `${info.name} has __slots__, so ${cache.name} cannot be a name of the class as well (${where})`;
  const own = info.names.find((it) => it.name === cache.name);
  if (own) return `${info.name} has ${cache.name} in its class body already (${info.file}:${own.line})`;
  const again = info.stores.find((it) => it.name === cache.name && it.line !== cache.line);
  if (again) return `${info.name}.${again.method} stores ${cache.name} again (${info.file}:${again.line})`;
  const foreign = info.foreignStores.find((it) => it.name === cache.name);
  if (foreign) return `${foreign.file}:${foreign.line} stores ${cache.name} on an object that may be a ${info.name}`;
  const dictionary = info.dynamic.find((it) => it.kind === "__dict__" || it.kind === "vars");
  if (dictionary)
    return `${info.name}.${dictionary.method} looks into the instance's dictionary (${info.file}:${dictionary.line})`;
  for (const key of info.subclasses) {
    const other = index.get(key);
    const over = other?.names.find((it) => it.name === cache.method || it.name === cache.name);
    if (other && over) return `${other.name} overrides ${over.name} (${other.file}:${over.line})`;
    if (!other) return `the class ${key} that derives from ${info.name} could not be read`;
  }
  return null;
}

function proposalFor(
  info: ClassInfo,
  facts: ClassFacts,
  caches: InstanceCache[],
  count: number,
  evidenceBytes: number,
  measured: boolean,
): Finding {
  const names = caches.map((it) => it.name);
  const each = caches.length === 1 ? "a cache" : `${caches.length} caches`;
  const source = measured ? "held by the lines that make them" : `at ${cacheBytes} bytes a cache`;
  const total = count * caches.length;
  const imported = facts.cacheImport?.uses === caches.length ? facts.cacheImport : null;
  const edits: Edit[] = [
    ...removal(
      info.file,
      caches.map((it) => it.statement),
    ),
    ...caches.map((it) => ({
      file: info.file,
      start: it.insertAt,
      end: it.insertAt,
      text: `${it.statement.newline}${it.indent}${it.name} = ${it.method}${it.statement.newline}`,
    })),
  ];
  if (imported) edits.push({ file: info.file, start: imported.start, end: imported.end, text: "" });
  return {
    kind: "proposal",
    proposal: {
      technique,
      strategy: "allocations",
      sweep: null,
      site: { file: info.file, qualname: info.qualname, line: info.line },
      subject: names.join(", "),
      description: `${info.name}: ${each} per instance`,
      summary: `call the cheap methods of ${info.name} directly instead of caching them in each instance`,
      category: "data-structures",
      evidenceBytes,
      expectedBytes: evidenceBytes,
      evidence: `census at the peak: ${thousands(total)} lru_cache objects bound to ${info.name} instances, ${mib(evidenceBytes)} ${source}`,
      checklist: {
        category: "data-structures",
        visible: `${info.name}.__init__ makes ${each} for each of ${thousands(count)} instances inside the measured run`,
        reducible: `the ${thousands(total)} lru_cache objects can go altogether: ${mib(evidenceBytes)}`,
        persistent: `${thousands(total)} of them are alive at the peak, each in a cycle through its instance that only the cyclic collector ends`,
        exercised: `the census counted ${thousands(count)} caches of ${info.name}.${caches[0]?.method} made by this run`,
        mechanism: `${names.join(", ")} become plain methods: ${caches.length} cache objects less per instance, ${mib(evidenceBytes)} in all, and the instance dies with its last reference`,
        productionSafe:
          "each method is one return statement over constants of the class: calling it costs about as much as asking the cache",
        verifyCheaply: `make 1,000 ${info.name} objects under tracemalloc before and after`,
      },
      edits: edits.sort((a, b) => a.start - b.start),
      scope: [keyOf(info), ...(imported ? [`${info.file}:<module>`] : [])],
      declaredCosts: [`${names.join(", ")} have no cache_info() and no cache_clear() any more`],
      consent: null,
    },
  };
}

/** One unbounded cache for all instances: it can only be bounded, and that is the user's to allow. */
function perMethod(info: ClassInfo, rows: CacheRow[]): Finding[] {
  return info.methodCaches.flatMap((cache) => {
    const entries = sum(
      rowsFor(info, cache.method, rows).filter((row) => !row.bound),
      "entries",
    );
    if (cache.bounded || entries < manyInstances) return [];
    const reason = `bounded cache needs consent: ${info.name}.${cache.method} keeps ${thousands(entries)} answers (${info.file}:${cache.line}), its instances with them`;
    return [forbid(technique, info, cache.method, entries * entryBytes, reason)];
  });
}
