import type { FileFacts } from "../../../vocabulary/facts.ts";
import type { GrowingContainer, Growth, NameUse } from "../../../vocabulary/facts-expressions.ts";
import type { Edit } from "../../../vocabulary/proposal.ts";
import { forbid, propose, scopeOf, sites, size } from "../expressions.ts";
import type { Evidence, Finding, Recipe } from "../recipe.ts";

const technique = "drop-unread-log";

/** Row 5: a container that grows and is never read: nothing is recorded any more, the empty container stays. */
export const dropUnreadLog: Recipe = {
  technique,
  watch: () => ({}),
  propose: (evidence) => sites(evidence, "containers").flatMap(({ file, fact }) => judge(evidence, file, fact)),
};

function judge(evidence: Evidence, file: FileFacts, log: GrowingContainer): Finding[] {
  const found = bytesOf(evidence, file, log);
  if (found.bytes < evidence.floorBytes) return [];
  const site = log.growths[0]?.function ?? log.function;
  const no = (reason: string): Finding[] => [forbid(technique, site, log.name, found.bytes, reason)];
  const content = log.uses.find((it) => !marginal(it));
  if (content && log.kind === "local") return [];
  if (content) return no(`${log.name} is used at ${place(content)}: ${content.text}`);
  const use = log.uses[0];
  if (use) return no(`${log.name} is not read, but ${marginalWords(use)} at ${place(use)}: ${use.text}`);
  if (log.foreignBase) return no(`the class derives from ${log.foreignBase}, whose code may read ${log.name}`);
  if (!log.private && file.expressions.published && file.module !== null) {
    return no(`${log.name} is a public name of a library: who installs it may read it`);
  }
  const running = log.growths.find((it) => it.consumes);
  if (running)
    return no(`${running.file}:${running.line} runs through ${running.consumes}, which others may see advance: ${running.text}`);
  return [proposal(evidence, file, log, found)];
}

/** How the memory was found: by its holder, by the local on the stack, else by the lines that make it grow. */
function bytesOf(evidence: Evidence, file: FileFacts, log: GrowingContainer): { bytes: number; words: string } {
  const census = evidence.profile.census;
  if (!census) return { bytes: 0, words: "" };
  const owner = log.owner.split(":")[1];
  const holder = census.holders.find(
    (it) => it.kind === log.kind && it.name === log.name && it.file === file.file && (!owner || it.owner.endsWith(`:${owner}`)),
  );
  if (holder) {
    const count = holder.length === null ? "" : ` in ${holder.length} elements`;
    return {
      bytes: holder.exclusiveBytes,
      words: `${holder.kind} ${holder.owner}.${log.name} holds ${size(holder.exclusiveBytes)}${count} at the peak`,
    };
  }
  const local = census.locals.find(
    (it) => log.kind === "local" && it.name === log.name && it.file === file.file && it.functionLine === log.function.line,
  );
  if (local)
    return {
      bytes: local.exclusiveBytes,
      words: `the local ${log.name} of ${log.owner} holds ${size(local.exclusiveBytes)} at the peak`,
    };
  const lines = census.projectLines.filter((it) =>
    log.growths.some((g) => g.file === it.file && g.line <= it.line && it.line <= g.endLine),
  );
  const bytes = lines.reduce((sum, it) => sum + it.bytes, 0);
  return { bytes, words: `the ${log.growths.length} places that make ${log.name} grow hold ${size(bytes)} at the peak` };
}

const marginal = (it: NameUse): boolean => ["length", "named", "dynamic", "captured"].includes(it.how);
const place = (it: NameUse): string => `${it.file}:${it.line}`;

function marginalWords(it: NameUse): string {
  if (it.how === "length") return "its length (or that of something in it) is asked";
  if (it.how === "captured") return "a function inside uses it";
  if (it.how === "dynamic") return `${it.what} sees all names`;
  return it.what === "__all__"
    ? "it is exported by __all__"
    : it.what === "import"
      ? "it is handed on by an import"
      : "it is named in a text";
}

function proposal(evidence: Evidence, file: FileFacts, log: GrowingContainer, found: { bytes: number; words: string }): Finding {
  const { bytes, words } = found;
  const places = log.growths.map((it) => `${it.file}:${it.line}`);
  const kept = log.growths.filter((it) => it.effects.length > 0);
  const raises = log.growths.flatMap((it) => (it.effects.length > 0 ? [] : it.raises));
  const site = log.growths[0]?.function ?? log.function;
  const searched = "no file of the project, tests included, reads it, names it in a text or exports it";
  return propose({
    technique,
    site,
    subject: log.name,
    description: `${log.name} snapshots`,
    summary: `stop recording into ${log.name}, which nothing reads`,
    evidenceBytes: bytes,
    expectedBytes: bytes,
    evidence: `${words}; it grows at ${places.join(", ")}; ${searched}`,
    edits: edits(log.growths),
    scope: [...new Set(log.growths.map((it) => scopeOf(it.function)))],
    answers: {
      visible: `yes: ${places[0]} runs inside the target, whose peak is ${size(evidence.profile.peak.peakBytes)}`,
      reducible: `avoided: the ${size(bytes)} in ${log.name} are never read`,
      persistent: `yes, measured: ${words}`,
      exercised: `measured: ${size(bytes)} got into ${log.name} by ${places.join(", ")}`,
      mechanism: `without the ${log.growths.length} statements that make ${log.name} grow, its ${size(bytes)} are never allocated`,
      productionSafe: `yes: less work at ${places[0]}; ${log.name} stays and is empty${kept.length > 0 ? `; the calls that made its elements at ${kept.map((it) => `${it.file}:${it.line}`).join(", ")} still run` : ""}`,
      verifyCheaply: `one traced run of the target: ${log.name} of ${file.file} is empty at the peak`,
    },
    declaredCosts: [
      ...(log.private ? [] : [`${log.name} stays empty for whoever looks at it from outside the project`]),
      ...(raises.length > 0
        ? [`what failed while an entry was made no longer fails: ${[...new Set(raises)].slice(0, 3).join(", ")}`]
        : []),
    ],
  });
}

/** Takes the statements out; what their arguments do besides giving a value stays; no block becomes empty. */
function edits(growths: readonly Growth[]): Edit[] {
  const gone = growths.filter((it) => it.effects.length === 0);
  const emptied = new Set(gone.filter((it) => gone.filter((other) => sameBlock(it, other)).length === it.blockSize));
  const first = (it: Growth) => gone.find((other) => sameBlock(it, other)) === it;
  return growths.map((it) => {
    const [start, end] = it.span;
    if (it.effects.length > 0)
      return { file: it.file, start, end, text: it.argument.includes("\n") ? `(${it.argument})` : it.argument };
    if ((emptied.has(it) && first(it)) || it.lines === null) return { file: it.file, start, end, text: "pass" };
    return { file: it.file, start: it.lines[0], end: it.lines[1], text: "" };
  });
}

const sameBlock = (left: Growth, right: Growth): boolean => left.file === right.file && left.block === right.block;
