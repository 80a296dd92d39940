import type { EagerLog } from "../../../vocabulary/facts-expressions.ts";
import { forbid, largeSites, type Measured, propose, seenWords, size, usageOf, visibleAndExercised } from "../expressions.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";

const technique = "lazy-log-arguments";

/** Row 35: text for a log call that is switched off: the logger gets the pieces and puts them together only when it writes. */
export const lazyLogArguments: Recipe = {
  technique,
  watch: (evidence) => ({
    values: largeSites(evidence, "eagerLogs")
      .filter(({ fact }) => fact.blockers.length === 0)
      .map(({ file, fact }) => ({ kind: "log", file: file.file, at: fact.at })),
  }),
  propose: (evidence) =>
    largeSites(evidence, "eagerLogs").map(({ file, fact, bytes }) => judge(evidence, file.file, file.encoding, fact, bytes)),
};

function judge(evidence: Evidence, file: string, encoding: string, log: EagerLog, bytes: Measured): Finding {
  const no = (reason: string): Finding => forbid(technique, log.function, log.text, bytes.bytes, reason);
  const [blocker] = log.blockers;
  if (blocker) return no(blocker);
  const seen = usageOf(evidence, "log", file, log.at);
  if (seen && seen.enabled === seen.calls) {
    return no(`${log.receiver}.${log.method} was switched on in all of ${seenWords(evidence, seen)}: the text is needed`);
  }
  const parts = log.pieces.map((it) =>
    it.expression === null ? it.literal.replaceAll("%", "%%") : placeholder(it.conversion, it.spec),
  );
  const odd = log.pieces[parts.indexOf(null)];
  if (odd) return no(`the format ${odd.spec} of ${odd.expression} has no equal among the % formats`);
  const place = `${file}:${log.line}`;
  const values = log.pieces.flatMap((it) => (it.expression === null ? [] : [it.expression]));
  const off = seen
    ? `switched off in ${seen.calls - seen.enabled} of ${seenWords(evidence, seen)}`
    : "whether it is switched on was not recorded";
  return propose({
    technique,
    site: log.function,
    subject: log.text,
    description: `text of ${log.receiver}.${log.method} in ${log.function.qualname}`,
    summary: `let ${log.receiver}.${log.method} in ${log.function.qualname} put its text together itself`,
    sweep: "log-formatting",
    evidenceBytes: bytes.bytes,
    expectedBytes: bytes.bytes,
    evidence: `${bytes.words}; ${log.receiver}.${log.method} is ${off}`,
    edits: [{ file, start: log.span[0], end: log.span[1], text: [literal(parts.join(""), encoding), ...values].join(", ") }],
    declaredCosts: costs(log),
    answers: {
      ...visibleAndExercised(evidence, place, bytes),
      reducible: `avoided where the level is off: ${size(bytes.bytes)} are text that nobody writes (${off})`,
      mechanism: `the logger asks its level first, so the ${size(bytes.bytes)} of text at ${place} are not made when it is off`,
      productionSafe: `yes: the same text when the level is on; less work when it is off; values are evaluated as before`,
      verifyCheaply: `one traced run of the target with the level as it is in production`,
    },
  });
}

/** The % form of a replacement field; null where there is none that gives the same text for every value it accepts. */
function placeholder(conversion: string | null, spec: string | null): string | null {
  if (spec?.startsWith("%")) return spec;
  if (!spec) return `%${conversion ?? "s"}`;
  if (conversion !== null) return null;
  return /^(0?\d+)?(\.\d+)?[feg]$|^(0?\d+)?[dx]$/.test(spec) ? `%${spec}` : null;
}

/** A Python text literal that every source encoding can hold where the file is not UTF-8. */
function literal(text: string, encoding: string): string {
  const narrow = !encoding.startsWith("utf-8");
  const escaped = [...text].map((it) => {
    const code = it.codePointAt(0) ?? 0;
    if (it === "\\" || it === '"') return `\\${it}`;
    if (it === "\n") return "\\n";
    if (it === "\t") return "\\t";
    if (code < 32 || (narrow && code > 126) || (code >= 0x7f && code <= 0xa0) || code === 0x2028 || code === 0x2029) {
      return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
    }
    return it;
  });
  return `"${escaped.join("")}"`;
}

function costs(log: EagerLog): string[] {
  const formatted = log.pieces.some((it) => it.expression !== null && it.spec && !it.spec.startsWith("%"));
  return [
    "values with a text form of their own for format() are written with str()",
    ...(formatted ? ["a Decimal in a number format is rounded as a float"] : []),
    "an error while the text is made no longer ends the program: the logger reports it",
  ];
}
