import type { FileFacts } from "../../../vocabulary/facts.ts";
import type { TupleSite } from "../../../vocabulary/facts-expressions.ts";
import type { EqualTuples } from "../../../vocabulary/profile.ts";
import type { Edit } from "../../../vocabulary/proposal.ts";
import { thousands } from "../classes.ts";
import { forbid, propose, scopeOf, size } from "../expressions.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";

const technique = "share-equal-tuples";
type Names = NonNullable<TupleSite["names"]>;
type Before = NonNullable<TupleSite["before"]>;
/** Below this share of equal values the table costs more than it saves. */
const leastRepeated = 0.5;
/** A longer choice inside of an expression is written on three lines. */
const longestInLine = 90;
/** Types of which values of two can be equal. */
const numbers = new Set(["int", "bool", "float"]);

/** A table local to the building call gives back the one existing tuple or frozen set where an equal one is made again (catalogue 18). */
export const shareEqualTuples: Recipe = {
  technique,
  watch: () => ({}),
  propose: (evidence) =>
    (evidence.profile.census?.equalTuples ?? [])
      .filter((it) => it.duplicateBytes >= evidence.floorBytes && it.distinct <= leastRepeated * it.count)
      .flatMap((it) => judge(evidence, it)),
};

function judge(evidence: Evidence, made: EqualTuples): Finding[] {
  const file = evidence.facts.files[made.file];
  const own = file ? siteOf(file, made) : null;
  if (!file || !own) return [];
  const call = own.before === null ? callOf(evidence, made, own) : null;
  if (call && call.made.duplicateBytes < evidence.floorBytes) return [];
  return call ? atSite(evidence, call.made, call.file, call.site) : atSite(evidence, made, file, own);
}

/** One is made in each call of a function: the loop that calls it, where most of them come from, and its part of them. */
function callOf(
  evidence: Evidence,
  made: EqualTuples,
  own: TupleSite,
): { file: FileFacts; site: TupleSite; made: EqualTuples } | null {
  const [from] = made.calledFrom;
  const file = from ? evidence.facts.files[from.file] : undefined;
  if (!from || !file) return null;
  const name = own.function.qualname.split(".").at(-1);
  const [site, ...more] = file.expressions.tuples.filter(
    (it) => it.form === "call" && it.callee === name && it.line <= from.line && from.line <= it.endLine,
  );
  if (!site || more.length > 0) return null;
  const share = Math.min(1, from.count / Math.max(1, made.count));
  const duplicateBytes = Math.round(made.duplicateBytes * share);
  return { file, site, made: { ...made, file: from.file, line: from.line, count: from.count, duplicateBytes } };
}

function atSite(evidence: Evidence, made: EqualTuples, file: FileFacts, site: TupleSite): Finding[] {
  const refuse = (reason: string) => [forbid(technique, site.function, site.text, made.duplicateBytes, reason)];
  const [blocker] = site.blockers;
  if (blocker) return refuse(blocker);
  if (!site.names || !site.before) return refuse("there is no place for a table of its values");
  const places = site.items ? made.items : [made.items.flat()];
  const mixed = places.map((it) => [...new Set(it)]).find((types) => types.filter((it) => numbers.has(it)).length > 1);
  if (mixed) return refuse(`${mixed.join(" and ")} stand in the same place, and such values may be equal without being alike`);
  if (made.items.flat().includes("float") && evidence.python[1] < 10)
    return refuse("before Python 3.10 all floats that are not a number have one hash: a table of them would be slow");
  return [proposalFor(evidence, made, site, editsFor(file, site, made, site.before, site.names))];
}

/** The one site that can have made them; null where there are several in question, or none. */
function siteOf(file: FileFacts, made: EqualTuples): TupleSite | null {
  const fitting = file.expressions.tuples.filter((it) => {
    if (it.form === "call") return false;
    if ((it.form === "frozenset") !== (made.type === "frozenset")) return false;
    return it.items === null || made.length === it.items.length;
  });
  const beginning = fitting.filter((it) => it.line === made.line);
  const around = fitting.filter((it) => it.line < made.line && made.line <= it.endLine);
  const [one, ...more] = beginning.length > 0 ? beginning : around;
  return one && more.length === 0 ? one : null;
}

function proposalFor(
  evidence: Evidence,
  made: EqualTuples,
  site: TupleSite,
  edits: { file: string; start: number; end: number; text: string }[],
): Finding {
  const what = made.type === "tuple" ? "tuples" : "frozen sets";
  const figures = `${thousands(made.count)} ${what}, ${thousands(made.distinct)} different ones`;
  const saved = size(made.duplicateBytes);
  return propose({
    technique,
    site: site.function,
    subject: site.text,
    description: `equal ${what} of ${site.function.qualname}`,
    summary: `share equal ${what} in ${site.function.qualname}`,
    evidenceBytes: made.duplicateBytes,
    expectedBytes: made.duplicateBytes,
    evidence: `census at the peak: ${made.file}:${made.line} made ${figures}; ${saved} are duplicates`,
    edits,
    scope: [scopeOf(site.function)],
    declaredCosts: costsOf(made, what),
    answers: {
      visible: `yes: ${made.file}:${made.line} made ${figures} that are alive at the peak of ${size(evidence.profile.peak.peakBytes)}`,
      reducible: `smaller: ${saved} of them and of their items are equal to others that are alive, and one of each is enough`,
      persistent: `yes, measured: ${figures} are still alive when the peak is reached`,
      exercised: `measured: the census found ${thousands(made.count)} ${what} that ${made.file}:${made.line} made`,
      mechanism: `a table of the call gives back the one that is there already: ${saved} of duplicates go as soon as they are made`,
      productionSafe: `yes: values that cannot change, of items that are alike where they are equal; one look-up for each, and the table of ${thousands(made.distinct)} goes with the call`,
      verifyCheaply: `make 1,000 of them from equal items in ${site.function.qualname} and count the different ids`,
    },
  });
}

function costsOf(made: EqualTuples, what: string): string[] {
  const costs = [`equal ${what} become the same object`];
  if (made.type === "frozenset")
    costs.push("a frozen set has the order of the first equal one; of texts it is random from run to run");
  return costs;
}

/**
 * The table, and the look-up around the value or in a statement before it. Where the text does not prove the types of all items, only
 * values of exactly the types that were seen are shared: others could be equal without being alike (1, 1.0 and True; a text of a
 * class of its own).
 */
function editsFor(file: FileFacts, site: TupleSite, made: EqualTuples, before: Before, { table, value }: Names): Edit[] {
  const put = (start: number, end: number, text: string): Edit => ({ file: made.file, start, end, text });
  const lines = (indent: string, texts: string[]) => texts.map((it) => `${indent}${it}${file.newline}`).join("");
  const initial = put(before.at, before.at, lines(before.indent, [`${table} = {}`]));
  const [start, end] = site.span;
  const guards = site.items && made.length !== null ? ofItems(site.items, made, value) : ofAll(made, value);
  if (site.form === "call") guards.unshift(`type(${value}) is ${made.type}`);
  const [first, ...rest] = guards;
  if (first === undefined) return [initial, put(start, end, `${table}.setdefault(${value} := ${site.value}, ${value})`)];
  const step = before.indent.includes("\t") ? "\t" : "    ";
  const own = site.statement
    ? lines(site.statement.indent, [
        `${value} = ${site.value}`,
        `if ${guards.join(" and ")}:`,
        `${step}${value} = ${table}.setdefault(${value}, ${value})`,
      ])
    : "";
  if (site.statement) return [initial, put(site.statement.at, site.statement.at, own), put(start, end, value)];
  const named = `${value} := ${site.value}`;
  const naming = first.replace(new RegExp(`\\b${value}\\b(\\[?)`), (_, index) => (index ? `(${named})[` : named));
  const choice = [`${table}.setdefault(${value}, ${value})`, `if ${[naming, ...rest].join(" and ")}`, `else ${value}`];
  const oneLine = `(${choice.join(" ")})`;
  if (oneLine.length <= longestInLine) return [initial, put(start, end, oneLine)];
  const inner = choice.map((it) => `${before.indent}${step}${step}${it}`).join(file.newline);
  return [initial, put(start, end, `(${file.newline}${inner}${file.newline}${before.indent}${step})`)];
}

/** One condition for each item whose type or sign is not certain. */
function ofItems(proven: readonly (string | null)[], made: EqualTuples, value: string): string[] {
  return proven.flatMap((known, index) => {
    const types = made.items[index] ?? [];
    const item = `${value}[${index}]`;
    if (known === "float") return [`abs(${item}) > 0`];
    if (known !== null) return [];
    const [type, ...more] = types;
    if (type === undefined) return [];
    if (more.length === 0) return [exactly(item, type), ...(type === "float" ? [`abs(${item}) > 0`] : [])];
    const kinds = types.filter((it) => it !== "float").map((it) => exactly(item, it));
    if (types.includes("float")) kinds.push(`type(${item}) is float and abs(${item}) > 0`);
    return [`(${kinds.join(" or ")})`];
  });
}

const exactly = (item: string, type: string) => (type === "NoneType" ? `${item} is None` : `type(${item}) is ${type}`);

/** For values whose items have no places: the types of all of them, and no zero among floats. */
function ofAll(made: EqualTuples, value: string): string[] {
  const types = [...new Set(made.items.flat())].map((it) => (it === "NoneType" ? "type(None)" : it));
  return [`{*map(type, ${value})} <= {${types.join(", ")}}`, ...(types.includes("float") ? [`0 not in ${value}`] : [])];
}
