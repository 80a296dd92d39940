import { overlapping, scopeRefusal } from "../method/scope.ts";
import type { Edit } from "../vocabulary/proposal.ts";

/** How a mind that reads text writes a change: this piece of a file, quoted exactly, becomes that one. */
export interface EditBlock {
  file: string;
  search: string;
  replace: string;
}

/** A function or class as a span of a file's raw bytes: whole lines, decorators and the last newline included. `indent`: columns in front. */
export interface Definition {
  qualname: string;
  start: number;
  end: number;
  indent: number;
}

export interface SourceFile {
  bytes: Uint8Array;
  /** Of all functions and classes, nested ones too. Null: not known, and then an edit may stand anywhere in a file of the scope. */
  definitions: readonly Definition[] | null;
}

export type BlocksRead = { kind: "edits"; edits: Edit[] } | { kind: "refused"; reason: string };

/**
 * Search/replace blocks as edits by byte span, cut down to the lines that change. Refused with a sentence that its author can act on: a
 * piece that is not in the file or is there more than once, blocks that overlap, and what no change may touch or lies outside of
 * `scope` (`file:qualname`, `file:<module>` for what stands in no function or class).
 */
export function editsFrom(
  blocks: readonly EditBlock[],
  files: ReadonlyMap<string, SourceFile>,
  scope: readonly string[],
  protect: readonly string[] = [],
): BlocksRead {
  if (blocks.length === 0) return { kind: "refused", reason: "there is no edit" };
  const edits: Edit[] = [];
  for (const block of blocks) {
    const forbidden = scopeRefusal([{ file: block.file, start: 0, end: 0, text: "" }], scope, protect);
    if (forbidden !== null) return { kind: "refused", reason: forbidden };
    const source = files.get(block.file);
    if (!source) return { kind: "refused", reason: `${block.file} is not in the commit` };
    const edit = editOf(block, binaryOf(source.bytes));
    if (typeof edit === "string") return { kind: "refused", reason: edit };
    if (edit !== null) edits.push(edit);
  }
  if (edits.length === 0) return { kind: "refused", reason: "the edits change nothing: search and replace are the same" };
  const reason = overlapping(edits) ?? edits.map((it) => outside(it, files, scope)).find((it) => it !== null);
  return reason ? { kind: "refused", reason } : { kind: "edits", edits };
}

/** One letter a byte: offsets in it are offsets in the file. */
function binaryOf(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

/** The UTF-8 bytes of a text, one letter each; null for half of a surrogate pair, which has none. */
function utf8(text: string): string | null {
  try {
    return encodeURIComponent(text).replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  } catch {
    return null;
  }
}

/** The edit of one block; null where nothing changes; a sentence where it cannot be made. */
function editOf({ file, search, replace }: EditBlock, text: string): Edit | string | null {
  if (search.trim() === "")
    return `a search text for ${file} is empty: quote the lines that change, with one beside them to insert`;
  const ends = (it: string) => (text.includes("\r\n") ? it.replaceAll(/\r?\n/g, "\r\n") : it.replaceAll("\r\n", "\n"));
  const [wanted, instead] = [ends(search), ends(replace)];
  const needle = utf8(wanted);
  if (needle === null || utf8(instead) === null) return `an edit of ${file} is no valid text`;
  const places = placesOf(needle, text);
  const [start] = places;
  if (start === undefined) return notFound(file, search, text);
  if (places.length > 1)
    return `the search text is in ${file} ${places.length} times (lines ${places.map((it) => lineAt(text, it)).join(", ")}): quote more lines around it`;
  return narrowed(file, start, wanted, instead);
}

function placesOf(needle: string, text: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) places.push(at);
  return places;
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

/** Says which line is nearest: most misses are white space, or a line that was remembered wrongly. */
function notFound(file: string, search: string, text: string): string {
  const lines = search.split(/\r?\n/).map((it) => (utf8(it) ?? "").trim());
  const own = text.split("\n").map((it) => it.trim());
  const missing = lines.find((it) => it !== "" && !own.includes(it));
  const why =
    missing === undefined
      ? "each of its lines is there, but not in this order with this white space"
      : `no line of the file is \`${missing.slice(0, 80)}\``;
  return `the search text is not in ${file}: ${why}; quote the file exactly`;
}

/** Whole lines that are the same at both ends stay out of the edit, so that it says no more than what changes. */
function narrowed(file: string, start: number, before: string, after: string): Edit | null {
  const [old, fresh] = [before.split(/(?<=\n)/), after.split(/(?<=\n)/)];
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < fresh.length - head && old.at(-1 - tail) === fresh.at(-1 - tail)) tail += 1;
  const bytes = (lines: string[]) => (utf8(lines.join("")) ?? "").length;
  const text = fresh.slice(head, fresh.length - tail).join("");
  const from = start + bytes(old.slice(0, head));
  const to = from + bytes(old.slice(head, old.length - tail));
  return from === to && text === "" ? null : { file, start: from, end: to, text };
}

/** Why an edit lies outside of the scope; null: it does not. */
function outside(edit: Edit, files: ReadonlyMap<string, SourceFile>, scope: readonly string[]): string | null {
  const source = files.get(edit.file);
  if (!source?.definitions) return null;
  const within = (qualname: string) =>
    scope.some(
      (it) => it === `${edit.file}:${qualname}` || (qualname !== module && `${edit.file}:${qualname}`.startsWith(`${it}.`)),
    );
  const out = touched(edit, binaryOf(source.bytes), source.definitions).find((it) => !within(it));
  if (out === undefined) return null;
  const what = out === module ? "the module level" : out;
  return `an edit of ${edit.file} touches ${what}, which is not in the scope of the change (${scope.join(", ")})`;
}

const module = "<module>";

/** Qualnames of the innermost definitions that an edit touches; `<module>` where it touches code that stands in none. */
function touched(edit: Edit, text: string, definitions: readonly Definition[]): string[] {
  const names = new Set<string>();
  for (let at = edit.start; at < edit.end; ) {
    const until = Math.min(edit.end, ...definitions.flatMap((it) => [it.start, it.end]).filter((it) => it > at));
    const inside = innermost(definitions, at)?.qualname;
    if (inside !== undefined) names.add(inside);
    else if (text.slice(at, until).trim() !== "") names.add(module);
    at = until;
  }
  return names.size > 0 ? [...names] : [home(edit, text, definitions)?.qualname ?? module];
}

const innermost = (definitions: readonly Definition[], at: number): Definition | undefined =>
  definitions.filter((it) => it.start <= at && at < it.end).sort((a, b) => b.start - a.start)[0];

/** Where inserted lines belong: behind the end of a function they are still its own as long as they are indented deeper. */
function home(edit: Edit, text: string, definitions: readonly Definition[]): Definition | undefined {
  const inside = innermost(definitions, edit.start);
  if (edit.start > 0 && text[edit.start - 1] !== "\n") return inside;
  const first = edit.text.split("\n").find((it) => it.trim() !== "") ?? "";
  const columns = first.length - first.trimStart().length;
  const before = definitions.filter((it) => it.end <= edit.start && text.slice(it.end, edit.start).trim() === "");
  const around = definitions.filter((it) => it.start < edit.start && edit.start < it.end);
  const deepest = [...before, ...around]
    .filter((it) => it.indent < columns)
    .sort((a, b) => b.indent - a.indent || b.start - a.start)[0];
  return deepest ?? around.sort((a, b) => b.start - a.start)[0];
}
