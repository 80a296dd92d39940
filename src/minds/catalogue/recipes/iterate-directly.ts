import type { FileFacts } from "../../../vocabulary/facts.ts";
import type { LoopSource } from "../../../vocabulary/facts-expressions.ts";
import type { Edit } from "../../../vocabulary/proposal.ts";
import type { ValueUsageOf } from "../../../vocabulary/usage-values.ts";
import {
  forbid,
  largeSites,
  type Measured,
  propose,
  scopeOf,
  seenWords,
  size,
  unseen,
  usageOf,
  visibleAndExercised,
} from "../expressions.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";
import { largeSingleUses, streamed, textFiles, watchSingleUses } from "../streams.ts";

const technique = "iterate-directly";

const files = [
  ...textFiles,
  "_io.BufferedReader",
  "_io.BytesIO",
  "_io.BufferedRandom",
  "gzip.GzipFile",
  "bz2.BZ2File",
  "lzma.LZMAFile",
];
const sequences = [
  "list",
  "tuple",
  "str",
  "range",
  "dict",
  "set",
  "frozenset",
  "dict_items",
  "dict_keys",
  "dict_values",
  "collections.deque",
];
const iterators = [
  "zip",
  "map",
  "filter",
  "enumerate",
  "reversed",
  "list_reverseiterator",
  "_csv.reader",
  "csv.DictReader",
  ...files,
];
/** Types for which running through the base gives what the copy gave, with no code of the project in between but what the text shows. */
const fit: Record<LoopSource["form"], readonly string[]> = {
  readlines: files,
  splitlines: textFiles,
  list: [...sequences, ...iterators],
  tuple: [...sequences, ...iterators],
  slice: ["list", "tuple", "str"],
};

/** Rows 19, 20, 24 to 26: a loop over a copy of what can be iterated itself. */
export const iterateDirectly: Recipe = {
  technique,
  watch: (evidence) => ({
    values: [
      ...largeSites(evidence, "loopSources")
        .filter(({ fact }) => fact.blockers.length === 0)
        .map(({ file, fact }) => ({ kind: "loop" as const, file: file.file, at: fact.at, baseAt: fact.baseAt, form: fact.form })),
      ...watchSingleUses(evidence, "loop"),
    ],
  }),
  propose: (evidence) => [
    ...largeSites(evidence, "loopSources").map(({ file, fact, bytes }) => judge(evidence, file, fact, bytes)),
    ...largeSingleUses(evidence, "loop").map(({ file, fact, bytes }) =>
      streamed(evidence, technique, file.file, fact, bytes, `the loop in line ${fact.use.line}`),
    ),
  ],
};

function judge(evidence: Evidence, file: FileFacts, loop: LoopSource, bytes: Measured): Finding {
  const seen = usageOf(evidence, "loop", file.file, loop.at);
  const fault =
    loop.blockers[0] ??
    (seen ? faultOf(loop, seen, seenWords(evidence, seen)) : unseen(evidence, `${loop.text} (${file.file}:${loop.line})`));
  if (fault !== null || !seen) return forbid(technique, loop.function, loop.text, bytes.bytes, fault ?? "");
  const edits = editsOf(file, loop);
  const words = seenWords(evidence, seen);
  return propose({
    technique,
    site: loop.function,
    subject: loop.text,
    description: `${loop.text} in ${loop.function.qualname}`,
    summary: `run through ${loop.base} itself in ${loop.function.qualname}`,
    evidenceBytes: bytes.bytes,
    expectedBytes: bytes.bytes,
    evidence: `${bytes.words}; recorded in ${words}: ${loop.base} is of ${seen.types.join(", ")} and never changes while the loop runs`,
    edits,
    scope: [scopeOf(loop.function), ...(edits.length > 1 ? [`${file.file}:<module>`] : [])],
    declaredCosts: costs(loop),
    answers: {
      ...visibleAndExercised(evidence, `${file.file}:${loop.line}`, bytes),
      reducible: `avoided: ${size(bytes.bytes)} are a copy of ${loop.base} that the loop runs through once`,
      mechanism: `the loop at ${file.file}:${loop.line} takes its elements from ${loop.base}, so the copy of ${size(bytes.bytes)} is never made`,
      productionSafe: `yes: the same elements in the same order (${words}); the body does not touch ${loop.base}`,
      verifyCheaply: `peak of ${loop.function.qualname} alone on a recorded argument`,
    },
  });
}

function faultOf(loop: LoopSource, seen: ValueUsageOf<"loop">, words: string): string | null {
  const strange = seen.types.find((it) => !fit[loop.form].includes(it));
  if (strange)
    return `${loop.base} was a ${strange} in ${words}: running through it may differ from running through ${loop.text}`;
  if (seen.changed > 0) return `${loop.base} changed while the loop ran in ${seen.changed} of ${words}`;
  if (seen.different > 0)
    return `the text has line ends that splitlines() knows and a file does not, in ${seen.different} of ${words}`;
  return null;
}

function editsOf(file: FileFacts, loop: LoopSource): Edit[] {
  const [start, end] = loop.span;
  const edit = (text: string): Edit => ({ file: file.file, start, end, text });
  if (loop.form === "splitlines") return [edit(`(line.rstrip("\\n") for line in ${loop.base})`)];
  if (loop.form !== "slice") return [edit(loop.base)];
  const replaced = edit(`${loop.islice ?? "islice"}(${loop.base}, ${loop.from}, None)`);
  if (loop.islice !== null) return [replaced];
  const at = file.expressions.importAt;
  return [{ file: file.file, start: at, end: at, text: `from itertools import islice${file.newline}` }, replaced];
}

function costs(loop: LoopSource): string[] {
  if (loop.form === "splitlines")
    return ["form feeds, vertical tabs, file separators, NEL, LS, PS no longer end a line: none was seen in the recorded runs"];
  if (loop.form === "readlines") return ["errors while reading come in the middle of the loop, not before its first round"];
  return [];
}
