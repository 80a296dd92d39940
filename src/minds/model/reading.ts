import { atThePeakLines } from "../../records/at-the-peak.ts";
import { mib } from "../../records/mib.ts";
import { stageTableLines } from "../../records/stage-table.ts";
import type { Brief } from "../../vocabulary/draft.ts";
import type { Hands, SourceText, ToolCall } from "../../vocabulary/model.ts";
import {
  FindUsesInput,
  LibraryDocsInput,
  MicroInput,
  ProfileDetailInput,
  ReadSourceInput,
} from "../../vocabulary/model-tools.ts";
import type { ToolResult } from "./conversation.ts";
import { packet } from "./packet.ts";
import { sitesOf } from "./sites.ts";
import { cut, data, oneLine } from "./text.ts";

const mostSource = 10_000;
const mostReads = 8;
const mostMicro = 2;
const mostDocs = 3;
const mostDocsText = 6000;

/** The tools that only look. Each may be used so often in one conversation, and gives little. */
export class Reading {
  private reads = 0;
  private micros = 0;
  private docs = 0;
  private readonly brief: Brief;
  private readonly hands: Hands;

  constructor(brief: Brief, hands: Hands) {
    this.brief = brief;
    this.hands = hands;
  }

  /** Null: the call is none of these. */
  async use({ name, input }: ToolCall, seen: ReadonlySet<string>): Promise<ToolResult | null> {
    switch (name) {
      case "read_source":
        return this.source(ReadSourceInput.parse(input), seen);
      case "find_uses":
        return this.uses(FindUsesInput.parse(input).name, seen);
      case "micro_benchmark":
        return this.micro(MicroInput.parse(input));
      case "library_docs":
        return this.library(LibraryDocsInput.parse(input));
      case "profile_detail":
        return this.detail(ProfileDetailInput.parse(input));
      default:
        return null;
    }
  }

  /** Only what something that was shown already names: the target, its callers, what it uses. */
  private async source({ file, qualname }: { file: string; qualname: string }, seen: ReadonlySet<string>): Promise<ToolResult> {
    const last = qualname.split(".").at(-1) ?? qualname;
    if (qualname !== "<module>" && !seen.has(last)) return { text: `Nothing that you were shown names ${last}: it is not read.` };
    if (this.reads >= mostReads) return { text: `${mostReads} pieces of source were read: that is all for this experiment.` };
    const found = await sourceOf(this.hands, this.brief.commit, file, qualname);
    if (found === null) return { text: `There is no ${qualname} in ${file} of the commit.` };
    this.reads += 1;
    return found;
  }

  private async uses(name: string, seen: ReadonlySet<string>): Promise<ToolResult> {
    if (!seen.has(name)) return { text: `Nothing that you were shown names ${name}.` };
    const { uses, more } = await this.hands.uses(this.brief.commit, name);
    if (uses.length === 0) return { text: `No Python file of the project names ${name}.` };
    const lines = uses.slice(0, 40).map((it) => `${it.file}:${it.line} in ${it.function}: ${cut(it.text, 120)}`);
    const left = uses.length - lines.length + more;
    return {
      text: data(`uses of ${name}`, [...lines, ...(left > 0 ? [`(${left} more)`] : [])].join("\n")),
      shown: [`${lines.length} lines that name ${name}`],
    };
  }

  private async micro(code: { setup: string; a: string; b: string }): Promise<ToolResult> {
    if (this.micros >= mostMicro) return { text: `${mostMicro} micro-benchmarks were made: that is all for this experiment.` };
    this.micros += 1;
    const result = await this.hands.micro(this.brief.commit, code);
    if (typeof result === "string") return { text: data("micro-benchmark", cut(result, 1500)) };
    const way = (it: typeof result.a) =>
      `${it.heapBytes === null ? "-" : mib(it.heapBytes)} MiB heap, ${it.durationMs === null ? "-" : it.durationMs.toFixed(1)} ms`;
    return {
      text: `A: ${way(result.a)}\nB: ${way(result.b)}\nvalues ${result.equal === null ? "differ from run to run" : result.equal ? "equal" : "DIFFERENT"}`,
    };
  }

  private async library({ library, topic }: { library: string; topic: string }): Promise<ToolResult> {
    const { docs } = this.hands;
    if (!docs) return { text: "The user has named no documentation server." };
    if (this.docs >= mostDocs)
      return { text: `${mostDocs} questions about libraries were asked: that is all for this experiment.` };
    this.docs += 1;
    const [name, words] = [await this.hands.mask(library), await this.hands.mask(oneLine(topic))];
    const said = await docs.ask(name, words);
    const server = await this.hands.mask(docs.server);
    return {
      text: data(`documentation of ${name}`, cut(said, mostDocsText)),
      shown: [`documentation of ${name} (${server} was sent "${name}" and "${words}")`],
    };
  }

  private detail({ what, site }: { what: string; site?: string | undefined }): ToolResult {
    const { profile } = this.brief;
    if (what === "site") {
      const found = sitesOf(profile).find((it) => it.name === site);
      return {
        text: found
          ? packet(found, this.brief)
          : `No such site holds memory at the peak. There are: ${sitesOf(profile)
              .slice(0, 8)
              .map((it) => it.name)
              .join(", ")}.`,
      };
    }
    return { text: cut(data(`profile: ${what}`, detailLines(what, this.brief).join("\n")), 2500) };
  }
}

function detailLines(what: string, { profile }: Brief): string[] {
  const { census } = profile;
  if (what === "stages") return stageTableLines(profile.table, 100);
  if (!census) return ["no census was taken", ...profile.notes];
  if (what === "lines")
    return census.projectLines
      .slice(0, 15)
      .map((it) => `${it.file}:${it.line} ${it.function}: ${mib(it.bytes)} MiB, ${it.blocks} blocks`);
  if (what === "types")
    return census.types
      .slice(0, 15)
      .map((it) => `${it.type}: ${it.count}, ${mib(it.bytes)} MiB${it.heldBy ? `, held by ${it.heldBy.path}` : ""}`);
  if (what === "locals")
    return census.locals
      .slice(0, 15)
      .map((it) => `${it.name} in ${it.function} (${it.file}:${it.line}): ${it.state}, ${mib(it.exclusiveBytes)} MiB`);
  if (what === "holders")
    return census.holders
      .slice(0, 15)
      .map((it) => `${it.owner}.${it.name}: ${mib(it.exclusiveBytes)} MiB, ${it.length ?? "?"} elements`);
  if (what === "repeated")
    return census.repeated
      .slice(0, 15)
      .map((it) => `${it.owner} ${it.name}: ${it.count}, ${it.distinct} different, ${mib(it.duplicateBytes)} MiB`);
  return atThePeakLines(profile, null, 110);
}

/** A function or class with its lines, or what stands outside of all of them; null where there is none. */
export async function sourceOf(hands: Hands, commit: string, file: string, qualname: string): Promise<ToolResult | null> {
  if (file.startsWith("/") || file.split("/").includes("..") || !file.endsWith(".py")) return null;
  const source = await hands.source(commit, file);
  if (!source) return null;
  const text = qualname === "<module>" ? outside(source) : definitionText(source, qualname);
  if (text === null) return null;
  const left = text.length > mostSource ? `\n(${text.length - mostSource} more letters)` : "";
  return { text: data(`${file}:${qualname}`, text.slice(0, mostSource)) + left, shown: [`source of ${file}:${qualname}`] };
}

function definitionText(source: SourceText, qualname: string): string | null {
  const found = source.definitions?.find((it) => it.qualname === qualname);
  return found
    ? source.text
        .split(/(?<=\n)/)
        .slice(found.line - 1, found.endLine)
        .join("")
    : null;
}

/** The lines of a file that stand in no function and no class. */
function outside({ text, definitions }: SourceText): string {
  const inside = (line: number) => definitions?.some((it) => it.line <= line && line <= it.endLine) ?? false;
  return text
    .split(/(?<=\n)/)
    .filter((_, index) => !inside(index + 1))
    .join("")
    .replaceAll(/\n{3,}/g, "\n\n");
}
