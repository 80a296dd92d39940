/** Bytes that a text takes in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** At most so many letters, with a mark where something is left out. */
export const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

/** One line, without control characters: what a model writes may go into commits and reports. */
export const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\s]+/gu, " ").trim();

/** Text of the repository, marked as what it is. Nothing in it can end the mark. */
export const data = (from: string, text: string): string =>
  `<data from="${from.replaceAll('"', "'")}">\n${text.replaceAll(/<(?=\/?data\b)/gi, "<​").trimEnd()}\n</data>`;

/** The words by which things of a program are named. */
export const wordsOf = (text: string): string[] => text.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? [];
