import type { Brief, Draft, Drafter, Failed, Review } from "../../vocabulary/draft.ts";
import type { EntryOf } from "../../vocabulary/journal.ts";
import type { Hands, Provider } from "../../vocabulary/model.ts";
import { ApplyRecipeInput, PassInput, ProposeInput, RepairInput } from "../../vocabulary/model-tools.ts";
import type { Edit, PassedSite, Proposal } from "../../vocabulary/proposal.ts";
import { recipeAt } from "./apply-recipe.ts";
import { type Conversation, converse, type Ended } from "./conversation.ts";
import { ledger } from "./ledger.ts";
import { packet } from "./packet.ts";
import { editsOf, proposalFrom } from "./proposing.ts";
import { Reading, sourceOf } from "./reading.ts";
import { doubts } from "./review.ts";
import { type Site, sitesOf } from "./sites.ts";
import { stable } from "./stable.ts";
import { cut, data } from "./text.ts";
import { draftTools, repairTools } from "./tools.ts";
import { triage } from "./triage.ts";

type Answered = EntryOf<"answered">;

export interface ModelMindOptions {
  hands: Hands;
  /** Writes changes. */
  strong: Provider;
  /** Says which sites are worth asking the strong one about; null: all are. */
  cheap: Provider | null;
  /** Different changes that are drafted for one site, to be tried in turn. */
  proposals: number;
  /** Longest answer, in tokens. */
  mostTokens: number;
  /** How often a refused answer may be mended. */
  repairs: number;
}

/** Sites that one draft asks about, heaviest first; smaller ones are not worth a conversation. */
const mostSites = 4;
const siteShare = 0.03;
const mostTurns = 14;

/** A language model as a mind: one experiment is one short conversation from a clean start, and every claim in it is checked. */
export function modelMind(options: ModelMindOptions): Drafter {
  return {
    name: options.strong.name,
    draft: (brief) => draft(options, brief),
    rework: (brief, failed) => rework(options, brief, failed),
    review: (review: Review) => doubts(options, review),
  };
}

async function* draft(options: ModelMindOptions, brief: Brief): AsyncGenerator<Answered, Draft> {
  const least = Math.max(brief.floorBytes, siteShare * brief.profile.peak.peakBytes);
  const passed = new Map(brief.passed.map((it) => [it.site, it.why]));
  const sites = sitesOf(brief.profile)
    .filter((it) => it.bytes >= least && !passed.has(it.name))
    .slice(0, mostSites);
  const spent = { turns: 0, cost: 0 };
  const skipped: PassedSite[] = [];
  if (options.cheap && sites.length > 0) {
    const sorted = yield* triage(options.cheap, sites, brief, options);
    spent.turns += sorted.ended.turns;
    spent.cost += sorted.ended.cost;
    skipped.push(...sorted.skipped);
  }
  for (const site of sites) {
    if (skipped.some((it) => it.site === site.name)) continue;
    const found = yield* draftFor(site, options, brief, spent);
    if (found.proposals.length > 0) return { proposals: found.proposals, done: false, why: found.why, passed: skipped };
    if (found.ended === "budget")
      return { proposals: [], done: false, why: "the money that was given is spent", passed: skipped };
    skipped.push({ site: site.name, why: found.why });
  }
  const why = [...brief.passed, ...skipped].map((it) => `${it.site}: ${it.why}`).join("; ");
  return { proposals: [], done: true, why: why || "no function holds enough memory at the peak", passed: skipped };
}

/** One conversation about one site. `spent` counts the turns and the money of the question so far. */
async function* draftFor(
  site: Site,
  options: ModelMindOptions,
  brief: Brief,
  spent: { turns: number; cost: number },
): AsyncGenerator<Answered, { proposals: Proposal[]; why: string; ended: Ended["why"] }> {
  const { hands } = options;
  const reading = new Reading(brief, hands);
  const proposals: Proposal[] = [];
  let refusals = 0;
  let why = "the conversation ended without a proposal";
  const accept = (proposal: Proposal) => {
    proposals.push(proposal);
    refusals = 0;
    why = proposal.summary;
    const more = options.proposals - proposals.length;
    return more <= 0
      ? { text: "", ends: true }
      : {
          text: `Accepted; it is measured after this conversation. Propose another technique for the same site (${more} more at most), or pass.`,
        };
  };
  const refuse = (gate: string, reason: string) => {
    refusals += 1;
    why = `refused at the gate ${gate}: ${reason}`;
    if (refusals > options.repairs) return { text: "", ends: true };
    return { text: `REFUSED at the gate "${gate}": ${reason}. You may mend it ${options.repairs - refusals + 1} more times.` };
  };
  const ended = yield* converse({
    ...(await common(options, brief, spent)),
    tools: draftTools(hands.docs !== null),
    opening: await opening(site, brief, hands),
    async use(call, seen) {
      if (call.name === "pass") {
        if (proposals.length === 0) why = cut(PassInput.parse(call.input).why, 400);
        return { text: "", ends: true };
      }
      if (call.name === "propose") {
        const drafted = await proposalFrom(ProposeInput.parse(call.input), site, brief, hands);
        if (drafted.kind === "refused") return refuse(drafted.gate, drafted.reason);
        if (proposals.some((it) => it.technique === drafted.proposal.technique))
          return refuse("ledger", "that technique is proposed already");
        return accept(drafted.proposal);
      }
      if (call.name === "apply_recipe") {
        const found = recipeAt(ApplyRecipeInput.parse(call.input), brief);
        return typeof found === "string" ? { text: found } : accept(found);
      }
      return (await reading.use(call, seen)) ?? { text: `There is no tool ${call.name}.` };
    },
  });
  spent.turns += ended.turns;
  spent.cost += ended.cost;
  if (ended.why === "refused") why = "the model declined to answer";
  if (ended.why === "silent") why = "the model called no tool";
  return { proposals, why, ended: ended.why };
}

type Common = Omit<Conversation, "tools" | "opening" | "use">;

async function common(options: ModelMindOptions, brief: Brief, spent: { turns: number; cost: number }): Promise<Common> {
  return {
    provider: options.strong,
    call: brief.call,
    from: spent.turns,
    stable,
    mostTurns,
    mostTokens: options.mostTokens,
    budget: brief.budget === null ? null : brief.budget - spent.cost,
    paid: brief.paid,
    mask: options.hands.mask,
    digest: options.hands.digest,
  };
}

/** Evidence first, then the target's own source and nothing else of the project. */
async function opening(site: Site, brief: Brief, hands: Hands): Promise<{ text: string; shown: string[] }> {
  const source = await sourceOf(hands, brief.commit, site.file, site.qualname);
  const others = sitesOf(brief.profile)
    .filter((it) => it.name !== site.name)
    .slice(0, 5);
  const text = [
    ledger(brief),
    packet(site, brief),
    ...(others.length > 0
      ? [`Other sites: ${others.map((it) => `${it.name} ${(it.bytes / 1024 / 1024).toFixed(1)} MiB`).join(", ")}`]
      : []),
    source?.text ?? `The source of ${site.name} cannot be shown.`,
    `Propose one change that lowers the peak at ${site.name}, or pass.`,
  ].join("\n\n");
  return { text, shown: [`evidence of ${site.name}`, ...(source?.shown ?? [])] };
}

/** A change that broke something goes back to a clean conversation, with what broke. Null: the model has no repair. */
async function* rework(options: ModelMindOptions, brief: Brief, failed: Failed): AsyncGenerator<Answered, Edit[] | null> {
  const { proposal } = failed;
  const reading = new Reading(brief, options.hands);
  const name = `${proposal.site.file}:${proposal.site.qualname}`;
  const site = sitesOf(brief.profile).find((it) => it.name === name);
  const sources = [];
  for (const place of proposal.scope) {
    const at = place.lastIndexOf(":");
    sources.push(await sourceOf(options.hands, brief.commit, place.slice(0, at), place.slice(at + 1)));
  }
  const shown = sources.flatMap((it) => it?.shown ?? []);
  const text = [
    `Experiment ${failed.experiment} (${proposal.technique}: ${proposal.summary}) would be thrown away: ${failed.reason}.`,
    ...(site ? [packet(site, brief)] : []),
    `The change, which was taken back:\n${data("the patch", cut(failed.patch, 8000))}`,
    ...(failed.output.trim() ? [`What the run said:\n${data("output of the run", failed.output)}`] : []),
    ...sources.flatMap((it) => (it ? [it.text] : [])),
    `Mend it with \`repair\`: edits against the source as shown, within ${proposal.scope.join(", ")}. Or pass.`,
  ].join("\n\n");
  let edits: Edit[] | null = null;
  let refusals = 0;
  yield* converse({
    ...(await common(options, brief, { turns: 0, cost: 0 })),
    tools: repairTools,
    opening: { text, shown: [`evidence of ${name}`, "the patch that failed", "output of the failing run", ...shown] },
    async use(call, seen) {
      if (call.name === "pass") return { text: "", ends: true };
      if (call.name !== "repair") return (await reading.use(call, seen)) ?? { text: `There is no tool ${call.name}.` };
      const made = await editsOf(RepairInput.parse(call.input).edits, proposal.scope, brief, options.hands);
      if (made.kind === "edits") {
        edits = made.edits;
        return { text: "", ends: true };
      }
      refusals += 1;
      return refusals > options.repairs
        ? { text: "", ends: true }
        : { text: `REFUSED at the gate "${made.gate}": ${made.reason}.` };
    },
  });
  return edits;
}
