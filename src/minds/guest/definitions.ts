import type { FileFacts } from "../../vocabulary/facts.ts";
import type { Definition } from "../edit-blocks.ts";

/** Functions and classes of a file as spans of its raw bytes: whole lines, decorators included. */
export function definitionsOf(bytes: Uint8Array, { lifetimes, classes }: FileFacts): Definition[] {
  const starts = lineStarts(bytes);
  const offset = (line: number) => starts[Math.min(line, starts.length) - 1] ?? bytes.length;
  const indentAt = (start: number) => {
    let at = start;
    while (bytes[at] === space || bytes[at] === tab) at += 1;
    return at - start;
  };
  const functions = lifetimes.functions.map(({ qualname, line, endLine }) => {
    const start = offset(line);
    return { qualname, start, end: endLine < starts.length ? offset(endLine + 1) : bytes.length, indent: indentAt(start) };
  });
  const own = classes.classes.map(({ qualname, line, decorators }) => {
    const first = Math.min(line, ...decorators.map((it) => it.line));
    const [start, indent] = [offset(first), indentAt(offset(line))];
    const methods = functions.filter((it) => it.qualname.startsWith(`${qualname}.`)).map((it) => it.end);
    const from = starts.findLastIndex((it) => it < Math.max(offset(line) + 1, ...methods)) + 1;
    return { qualname, start, end: endOfBlock(bytes, starts, from, indent), indent };
  });
  return [...functions, ...own].sort((a, b) => a.start - b.start || b.end - a.end);
}

const [space, tab, newline, hash] = [0x20, 0x09, 0x0a, 0x23];

/** Offset of each line's first byte. */
function lineStarts(bytes: Uint8Array): number[] {
  const starts = [0];
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1))
    if (at + 1 < bytes.length) starts.push(at + 1);
  return starts;
}

/** The first line from `from` on (an index) that stands no deeper than the block's head; blank lines and comments say nothing. */
function endOfBlock(bytes: Uint8Array, starts: readonly number[], from: number, indent: number): number {
  for (let index = from; index < starts.length; index++) {
    const start = starts[index] as number;
    let at = start;
    while (bytes[at] === space || bytes[at] === tab) at += 1;
    const blank = at >= bytes.length || bytes[at] === newline || bytes[at] === 0x0d || bytes[at] === hash;
    if (!blank && at - start <= indent) return start;
  }
  return bytes.length;
}
