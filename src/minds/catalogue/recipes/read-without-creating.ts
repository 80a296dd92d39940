import type { DefaultRead, ReadUse } from "../../../vocabulary/facts-classes.ts";
import type { Census } from "../../../vocabulary/profile.ts";
import type { Edit, Proposal } from "../../../vocabulary/proposal.ts";
import { mib, thousands } from "../classes.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";

const technique = "read-without-creating";
/** Empty containers from which a line is looked at even when they are small. */
const manyEmpty = 10_000;
/** The first entry of a dictionary makes its table: at most this, besides the empty container itself. */
const tableBytes = 168;
const fresh = { list: "[]", dict: "{}", set: "set()" } as const;

type EmptyRow = Census["emptyValues"][number];

/** Reading `d[k]` of a defaultdict creates and stores an empty container; `d.get(k, [])` does not (catalogue 61). */
export const readWithoutCreating: Recipe = {
  technique,
  watch: () => ({}),
  propose(evidence: Evidence): Finding[] {
    const rows = evidence.profile.census?.emptyValues ?? [];
    return rows
      .filter((row) => row.count >= manyEmpty || row.bytes >= evidence.floorBytes)
      .flatMap((row) => {
        const reads = (evidence.facts.files[row.file]?.classes.defaultReads ?? []).filter(
          (it) => it.line === row.line && it.factory === row.type,
        );
        return reads.length > 0 ? [findingFor(evidence, row, reads)] : [];
      });
  },
};

function findingFor(evidence: Evidence, row: EmptyRow, reads: DefaultRead[]): Finding {
  const first = reads[0] as DefaultRead;
  const line = evidence.profile.census?.projectLines.find((it) => it.file === row.file && it.line === row.line);
  const evidenceBytes = Math.max(row.bytes, Math.min(line?.bytes ?? 0, row.bytes + row.count * tableBytes));
  const site = { file: row.file, qualname: first.function, line: Math.max(1, first.functionLine) };
  const reason = reads.map(blockerOf).find((it) => it !== null) ?? null;
  if (reason !== null)
    return { kind: "forbidden", forbidden: { technique, site, subject: first.mapping, evidenceBytes, reason } };
  return { kind: "proposal", proposal: proposalFor(row, reads, site, evidenceBytes) };
}

/** The first use of the result, or of the mapping, by which somebody could notice. */
function blockerOf(read: DefaultRead): string | null {
  const where = (use: ReadUse) => `${use.file}:${use.line} (${use.function})`;
  if (read.blocker !== null) return `${read.mapping} is not always the same defaultdict: ${read.blocker}`;
  const escapes = read.uses.find((it) => it.kind === "other");
  if (escapes) return `the result of ${read.mapping}[${read.key}] may be changed later: at ${where(escapes)} ${escapes.what}`;
  const changed = read.uses.find((it) => it.kind === "mutate" && it.rewrite === null);
  if (changed)
    return `the result of ${read.mapping}[${read.key}] is changed where the mapping cannot be named: at ${where(changed)} ${changed.what}`;
  const whole = read.mappingUses.find((it) => it.kind === "other");
  return whole ? `an entry that only a read made would be missed: at ${where(whole)} ${whole.what}` : null;
}

function proposalFor(row: EmptyRow, reads: DefaultRead[], site: Proposal["site"], evidenceBytes: number): Proposal {
  const first = reads[0] as DefaultRead;
  const empty = fresh[first.factory];
  const changes = reads.flatMap((it) => it.uses.filter((use) => use.kind === "mutate"));
  const lookedFor = first.mappingUses.filter((it) => it.kind === "membership").map((it) => `${it.file}:${it.line}`);
  const edits = [
    ...reads.map((it) => ({ file: row.file, start: it.start, end: it.end, text: `${it.mapping}.get(${it.key}, ${empty})` })),
    ...changes.flatMap((use) =>
      use.rewrite ? [{ file: use.file, start: use.rewrite.start, end: use.rewrite.end, text: use.rewrite.text }] : [],
    ),
  ];
  const count = thousands(row.count);
  const costs = [
    "the returned empty container is no longer stored: a caller outside the project that fills it fills a copy of its own",
  ];
  if (lookedFor.length > 0)
    costs.push(`a key that was only read is no longer found by the tests at ${[...new Set(lookedFor)].join(", ")}`);
  return {
    technique,
    strategy: "allocations",
    sweep: null,
    site,
    subject: first.mapping,
    description: `empty ${first.factory}s made by reading ${first.mapping}`,
    summary: `read ${first.mapping} without creating an entry`,
    category: "data-structures",
    evidenceBytes,
    expectedBytes: evidenceBytes,
    evidence: `census at the peak: ${count} empty ${first.factory}s stored by the read at ${row.file}:${row.line}, ${mib(evidenceBytes)} with their entries`,
    checklist: {
      category: "data-structures",
      visible: `${first.function} makes them inside the measured run: ${count} at the peak`,
      reducible: `none of the ${count} empty ${first.factory}s needs to be stored: ${mib(evidenceBytes)}`,
      persistent: `${count} of them are alive at the peak as values of ${first.mapping}`,
      exercised: `the line ${row.line} made ${count} of the entries that the census found`,
      mechanism: `get() with a fresh ${empty} leaves the mapping as it is, so ${mib(evidenceBytes)} of entries are never made`,
      productionSafe: `each of the ${reads.reduce((sum, it) => sum + it.uses.length, 0)} uses in the project was followed: they only read, or now name the mapping itself`,
      verifyCheaply: `read 1,000 absent keys: the mapping stays empty`,
    },
    edits: unique(edits),
    scope: [...new Set([`${site.file}:${site.qualname}`, ...changes.flatMap((use) => (use.rewrite ? [use.rewrite.scope] : []))])],
    declaredCosts: costs,
    consent: null,
  };
}

function unique(edits: Edit[]): Edit[] {
  const sorted = [...new Map(edits.map((it) => [`${it.file}:${it.start}`, it])).values()];
  return sorted.sort((a, b) => a.file.localeCompare(b.file) || a.start - b.start);
}
