import { budget, passedSites, repairable, spent } from "../method/drafting.ts";
import { floors } from "../method/noise.ts";
import type { OpenStep } from "../method/open-steps.ts";
import { type Experiment, freshProfile, type State } from "../method/state.ts";
import { strategyOf } from "../method/strategy.ts";
import type { Brief, LedgerRow } from "../vocabulary/draft.ts";
import type { Entry } from "../vocabulary/journal.ts";
import type { Ports } from "../vocabulary/ports.ts";
import { Category } from "../vocabulary/proposal.ts";
import { look } from "./look.ts";
import { pythonOf } from "./propose.ts";

/** Asks the second mind for the next change. Yields nothing where it waits for somebody: the session pauses then. */
export async function* draft(state: State, ports: Ports): AsyncGenerator<Entry> {
  const drafter = drafterOf(ports);
  const { maxCost } = state.session?.settings ?? {};
  const { cost } = spent(state);
  if (maxCost !== undefined && cost >= maxCost) {
    yield { kind: "finished", outcome: "limit", why: `the model has cost ${cost.toFixed(2)} US dollars (--max-cost)` };
    return;
  }
  const call = `draft-${state.drafts.length + 1}`;
  const answer = yield* drafter.draft({ ...(await brief(state, ports, call)), look: yield* look(state, ports) });
  if (answer !== null) yield { kind: "drafted", commit: state.commit, by: drafter.name, ...answer, passed: answer.passed ?? [] };
}

/** Gives a change that broke something back to its mind. Yields nothing where that waits for somebody. */
export async function* rework(state: State, ports: Ports, { experiment }: OpenStep): AsyncGenerator<Entry> {
  const failure = experiment && repairable(experiment, state);
  if (!experiment || !failure) throw new Error("nothing is open to repair");
  const drafter = drafterOf(ports);
  const { number, proposal, implemented } = experiment;
  const call = `rework-${number}-${experiment.reworks + 1}`;
  const failed = { experiment: number, proposal, patch: implemented?.patch ?? "", ...failure, output: outputOf(experiment) };
  const edits = yield* drafter.rework({ ...(await brief(state, ports, call)), look: yield* look(state, ports) }, failed);
  if (edits !== "waits") yield { kind: "reworked", experiment: number, edits, why: failure.reason };
}

function drafterOf(ports: Ports) {
  if (!ports.drafter) throw new Error("no mind is there to draft");
  return ports.drafter;
}

async function brief(state: State, ports: Ports, call: string): Promise<Omit<Brief, "look">> {
  const profile = freshProfile(state);
  const { session, calibration } = state;
  const { history } = state;
  if (!profile || !session || !calibration || !history) throw new Error("a draft is asked for before the table");
  return {
    call,
    commit: state.commit,
    profile,
    facts: await ports.at(state.tier).profiler.facts(state.commit, profile),
    python: pythonOf(session),
    floorBytes: floors(calibration.samples, state.peaks?.heapBytes ?? 0, session.settings.thresholds).heapBytes,
    library: session.library,
    allow: session.settings.allow,
    protect: session.settings.protect,
    guidance: (await ports.guidance()).text,
    strategies: Object.fromEntries(Category.options.map((it) => [it, strategyOf(state, it)])) as Brief["strategies"],
    stuck: state.recoveries.findLast((it) => it.commit === state.commit)?.why ?? null,
    history,
    ledger: state.experiments.flatMap(ledgerRow),
    refused: state.refused.slice(-20).map(({ key, gate, reason }) => ({ key, gate, reason })),
    forbidden: state.proposed?.forbidden ?? [],
    discoveries: state.discoveries.map((it) => it.text),
    passed: passedSites(state),
    budget: budget(state),
    paid: state.answers.filter((it) => it.call === call),
  };
}

function ledgerRow({ number, key, proposal, verdict }: Experiment): LedgerRow[] {
  if (!verdict) return [];
  return [
    {
      experiment: number,
      key,
      description: proposal.description,
      technique: proposal.technique,
      site: `${proposal.site.file}:${proposal.site.qualname}`,
      status: verdict.status,
      reason: verdict.reason,
      heapGainBytes: verdict.heapGainBytes,
      processGainBytes: verdict.processGainBytes,
    },
  ];
}

/** What the failing run said, latest first: failing tests, guard, crash. */
function outputOf(experiment: Experiment): string {
  const tests = experiment.tests.at(-1);
  const messages = Object.entries(tests?.messages ?? {}).map(([test, message]) => `${test}\n${message}`);
  const runs = [...experiment.samples.after, ...experiment.traced].flatMap((it) => (it.error ? [it.error] : []));
  return [...(tests?.collectError ? [tests.collectError] : []), ...messages, experiment.guard?.output ?? "", ...runs]
    .join("\n")
    .slice(0, 4000);
}
