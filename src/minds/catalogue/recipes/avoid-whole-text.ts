import type { FileFacts } from "../../../vocabulary/facts.ts";
import type { TextCopy } from "../../../vocabulary/facts-expressions.ts";
import type { Edit } from "../../../vocabulary/proposal.ts";
import type { ValueUsageOf } from "../../../vocabulary/usage-values.ts";
import {
  forbid,
  type Measured,
  measured,
  propose,
  scopeOf,
  seenWords,
  sites,
  size,
  unseen,
  usageOf,
  visibleAndExercised,
} from "../expressions.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";
import { textFiles } from "../streams.ts";

const technique = "avoid-whole-text";

/** Row 29: a whole text in memory (four bytes a character) from which lines are taken that the open file gives as well. */
export const avoidWholeText: Recipe = {
  technique,
  watch: (evidence) => ({
    values: largeCopies(evidence)
      .filter(({ fact }) => fact.blockers.length === 0)
      .map(({ file, fact }) => ({ kind: "text", file: file.file, at: fact.at })),
  }),
  propose: (evidence) =>
    largeCopies(evidence).map(({ file, fact, bytes }): Finding => {
      const seen = usageOf(evidence, "text", file.file, fact.at);
      const fault =
        fact.blockers[0] ??
        (seen
          ? faultOf(file.file, fact, seen, seenWords(evidence, seen))
          : unseen(evidence, `${fact.text} (${file.file}:${fact.line})`));
      if (fault !== null || !seen) return forbid(technique, fact.function, fact.name ?? fact.text, bytes.bytes, fault ?? "");
      const words = seenWords(evidence, seen);
      return propose({
        technique,
        site: fact.function,
        subject: fact.name ?? fact.text,
        description: `${fact.text} in ${fact.function.qualname}`,
        summary: `take lines from the open file in ${fact.function.qualname}, not from a copy of its whole text`,
        evidenceBytes: bytes.bytes,
        expectedBytes: bytes.bytes,
        evidence: `${bytes.words}; recorded in ${words}: only lines are taken from it, while ${fact.file} is open`,
        edits: editsOf(file, fact),
        scope: [scopeOf(fact.function), ...(fact.base === null ? [`${file.file}:<module>`] : [])],
        declaredCosts: costs(fact),
        answers: {
          ...visibleAndExercised(evidence, `${file.file}:${fact.line}`, bytes),
          reducible: `avoided: ${size(bytes.bytes)} are a copy of the text of ${fact.file}, of which one line is needed at a time`,
          mechanism: `${fact.file} gives its lines itself, so neither the text nor the ${size(bytes.bytes)} of its copy at ${file.file}:${fact.line} are made`,
          productionSafe: `yes: the same lines in the same order (${words}); anything but an open text file is copied as before`,
          verifyCheaply: `peak of ${fact.function.qualname} alone on a recorded argument`,
        },
      });
    }),
};

function largeCopies(evidence: Evidence): { file: FileFacts; fact: TextCopy; bytes: Measured }[] {
  return sites(evidence, "textCopies")
    .map(({ file, fact }) => ({ file, fact, bytes: bytesOf(evidence, file.file, fact) }))
    .filter(({ bytes }) => bytes.bytes >= evidence.floorBytes);
}

/** What the lines hold; where it is more, what one of the locals that carry the text alone keeps alive. */
function bytesOf(evidence: Evidence, file: string, fact: TextCopy): Measured {
  const lines = measured(evidence, file, fact.line, fact.endLine);
  const locals = evidence.profile.census?.locals ?? [];
  const [largest] = locals
    .filter((it) => fact.carriers.includes(it.name) && it.file === file && it.functionLine === fact.function.line)
    .sort((a, b) => b.exclusiveBytes - a.exclusiveBytes);
  if (!largest || largest.exclusiveBytes <= lines.bytes) return lines;
  const words = `the local ${largest.name} of ${fact.function.qualname} alone keeps ${size(largest.exclusiveBytes)} alive at the peak`;
  return { ...lines, bytes: largest.exclusiveBytes, heldBytes: largest.exclusiveBytes, words };
}

function faultOf(file: string, fact: TextCopy, seen: ValueUsageOf<"text">, words: string): string | null {
  const strange = seen.types.find((it) => !textFiles.includes(it));
  if (strange) return `${fact.file} was a ${strange} in ${words}: its lines may differ from those of its text`;
  if (seen.returns > 0)
    return `the text has a carriage return without a line feed, where a file may end a line, in ${seen.returns} of ${words}`;
  if (seen.late > 0) return `lines were taken when ${fact.file} was closed in ${seen.late} of ${words}`;
  const other = seen.others.find((it) => !fact.wholeUses.some((use) => it.endsWith(`(${file}:${use.line})`)));
  return other ? `more is done with it than taking lines: ${other}` : null;
}

function editsOf(file: FileFacts, fact: TextCopy): Edit[] {
  const [start, end] = fact.span;
  const edit = (at: number, until: number, text: string): Edit => ({ file: file.file, start: at, end: until, text });
  const base = fact.base ?? "TextIOBase";
  const guarded = `${fact.file} if isinstance(${fact.file}, ${base}) else ${fact.copy}`;
  const { importAt } = file.expressions;
  return [
    ...(fact.base === null ? [edit(importAt, importAt, `from io import TextIOBase${file.newline}`)] : []),
    edit(start, end, fact.name === null ? `(${guarded})` : guarded),
    ...fact.sinks.map((it) => edit(it.at, it.at, `${it.indent}${fact.name} = ${fact.maker}(${fact.name}.read())${file.newline}`)),
  ].sort((a, b) => a.start - b.start);
}

function costs(fact: TextCopy): string[] {
  return [
    "errors while reading come with the line that they are about, not before the first line",
    `a file that is opened with newline="" ends lines at lone carriage returns, too: none was seen in the recorded runs`,
    ...(fact.parameter ? [`a ${fact.file} that the caller has opened is left where the last line was taken`] : []),
  ];
}
