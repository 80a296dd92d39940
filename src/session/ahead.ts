import { figuresOf } from "../method/figures.ts";
import { onlyReplayIsDue } from "../method/milestones.ts";
import { openSteps } from "../method/open-steps.ts";
import { advance, type Experiment, openExperiment, type State } from "../method/state.ts";
import { nextTier } from "../method/tiers.ts";
import { decide } from "../method/verdict.ts";
import { perform } from "../steps/perform.ts";
import type { Entry, StepName, Verdict } from "../vocabulary/journal.ts";
import type { RunOutcome } from "../vocabulary/measurement.ts";
import type { Bench, Ports, Profiler } from "../vocabulary/ports.ts";
import { Turns } from "./turns.ts";

/** Steps that a look ahead may take: nothing that asks a model, ends something, or makes it public. */
const harmless: readonly StepName[] = ["profile", "propose", "choose", "implement", "verify", "measure", "settle"];

/** Questions that a milestone asks too: it measures afresh. */
const measured: readonly string[] = ["sample", "traced", "tests"];

/** What was measured ahead of the loop and not used yet: results by the question that they answer, in order. */
class Store {
  private readonly results = new Map<string, { taken: number; answers: Promise<unknown>[] }>();

  /** Drops all answers of some kinds. */
  forget(kinds: readonly string[]): void {
    for (const words of this.results.keys()) if (kinds.includes(JSON.parse(words)[1])) this.results.delete(words);
  }

  private of(question: string) {
    const known = this.results.get(question) ?? { taken: 0, answers: [] };
    this.results.set(question, known);
    return known;
  }

  /** The next unused answer, which is used up by it. */
  take(question: string): Promise<unknown> | undefined {
    const known = this.of(question);
    const answer = known.answers[known.taken];
    if (answer) known.taken += 1;
    return answer;
  }

  /** The `count`th unused answer, which stays; asked for where it is not there. */
  at(question: string, count: number, ask: () => Promise<unknown>): Promise<unknown> {
    const known = this.of(question);
    const index = known.taken + count;
    const there = known.answers[index];
    if (there) return there;
    const answer = ask();
    known.answers.push(answer);
    answer.catch(() => known.answers.splice(known.answers.indexOf(answer), 1)); // what failed is asked again, by the loop itself
    return answer;
  }
}

/** One walk of the loop ahead of itself, on the assumption that the open experiment ends in a certain way. */
interface Walk {
  cancelled: boolean;
  state: State;
  /** Commits that it works on: their trees stay. */
  readonly commits: Set<string>;
  readonly counts: Map<string, number>;
}

class Cancelled extends Error {}

/**
 * Several experiments at once. The loop stays what it is: one step after the other, in one order, with all of its gates. Beside it
 * the same loop walks ahead on a copy of the state, guessing how the open experiment ends, and its runs are kept as answers to the
 * questions that they are: this commit's tests, that commit's peak. When the loop comes to the same question the answer is there;
 * where the guess was wrong it is not, and the loop asks itself. Nothing that was guessed is ever recorded.
 */
export class Ahead {
  /** What the loop uses in the place of the ports that were given. */
  readonly ports: Ports;
  private readonly given: Ports;
  private readonly turns: Turns;
  private readonly store = new Store();
  private readonly jobs: number;
  private walk: Walk | null = null;
  private isEnding = false;
  /** The state whose target is about to be measured for the first time. */
  private base: State | null = null;
  /** Runs that wait or go on, by the commit whose tree they need. */
  private readonly busy = new Map<string, number>();
  /** The target starts other processes: its figures are taken alone. */
  private family = false;

  constructor(given: Ports, jobs: number, room: () => boolean = () => true) {
    this.given = given;
    this.jobs = jobs;
    this.turns = new Turns(jobs, room);
    this.ports = this.over(null);
  }

  /** Told of each new state of the loop. */
  look(state: State): void {
    if (this.jobs < 2) return;
    this.base = measuresTheBase(state) ? state : null;
    // The pictures of the end are taken while the head is replayed: a milestone would want its trees for itself.
    if (state.plateau !== null && !this.isEnding && onlyReplayIsDue(state) && nextTier(state) === null) {
      this.isEnding = true;
      this.one("finish", state);
    }
    const experiment = openExperiment(state);
    const commit = experiment?.implemented?.commit;
    if (!experiment || !commit || experiment.verdict !== null) return;
    const guess = guessOf(experiment, state);
    if (this.walk && agrees(this.walk.state, experiment, guess)) return;
    const walk = this.begin(assumed(state, experiment, guess));
    this.go(walk).catch(() => undefined); // what fails here fails again in the loop, where it is told
  }

  /** The first table is taken while the target is measured further: its first run told that it works, its time, and whether it starts others. */
  private firstTable(state: State): void {
    this.base = null;
    this.one("profile", state);
  }

  /** One step ahead of its time. */
  private one(step: StepName, state: State): void {
    const walk = this.begin(state);
    const taken = async () => {
      for await (const _ of perform({ step, experiment: null }, state, this.over(walk))) if (walk.cancelled) return;
    };
    taken().catch(() => undefined);
  }

  /** A walk from this state, in the place of the one before. */
  private begin(state: State): Walk {
    this.stop();
    const walk: Walk = { cancelled: false, state, commits: new Set(), counts: new Map() };
    this.walk = walk;
    return walk;
  }

  /** Lets what runs ahead come to nothing. */
  stop(): void {
    if (this.walk) this.walk.cancelled = true;
    this.walk = null;
  }

  /** A milestone begins: nothing may run in its trees, and what it asks is measured afresh. The table of its head stands. */
  private forget(): void {
    this.stop();
    this.store.forget(measured);
  }

  private async go(walk: Walk): Promise<void> {
    const ports = this.over(walk);
    for (;;) {
      const step = openSteps(walk.state).open[0];
      if (step?.step === "milestone" && walk.state.plateau === null) {
        walk.state = passed(walk.state);
        continue;
      }
      if (!step || walk.cancelled || !harmless.includes(step.step)) return;
      for await (const entry of perform(step, walk.state, ports)) {
        if (walk.cancelled) return;
        walk.state = advance(walk.state, { seq: 0, ts: walk.state.lastAt, entry });
        if (entry.kind === "finished") return;
      }
    }
  }

  /** The ports of the loop (null) or of a walk ahead of it. */
  private over(walk: Walk | null): Ports {
    const { given } = this;
    const ask = <T>(what: string, commit: string, rest: unknown[], work: () => Promise<T>, alone = false) =>
      this.answer(walk, commit, [what, alone, ...rest], async () => (await this.inTurn(walk, work, alone)).value);
    const at = (tier: string): { profiler: Profiler; bench: Bench } => {
      const { profiler, bench } = given.at(tier);
      return {
        bench: {
          sample: async (commit, alone) => {
            // Whether it must be alone is part of the question: an answer in company does not do.
            return this.answer(walk, commit, ["sample", tier, alone === true], async () => {
              const taken = await this.whole(walk, () => bench.sample(commit), alone === true || this.family);
              this.family ||= taken.value.startedChildren;
              if (taken.value.exitCode === 0 && this.base?.tier === tier) this.firstTable(this.base);
              return { ...taken.value, alone: !taken.company };
            });
          },
          traced: (commit) =>
            this.answer(
              walk,
              commit,
              ["traced", tier],
              async () => (await this.whole(walk, () => bench.traced(commit), false)).value,
            ),
          clock: (commit, functions, alone) =>
            ask("clock", commit, [tier, functions], () => bench.clock(commit, functions), alone),
          outcomes: (commit, functions) => ask("outcomes", commit, [tier, functions], () => bench.outcomes(commit, functions)),
          trial: (commit) => ask("trial", commit, [tier], () => bench.trial(commit)),
        },
        profiler: {
          tree: (commit) => ask("tree", commit, [tier], () => profiler.tree(commit)),
          stages: (commit, pipeline) => ask("stages", commit, [tier, pipeline], () => profiler.stages(commit, pipeline)),
          stacks: (commit, peak) => ask("stacks", commit, [tier, peak], () => profiler.stacks(commit, peak)),
          census: (commit, peak, withStacks = false) =>
            ask("census", commit, [tier, peak, withStacks], () => profiler.census(commit, peak, withStacks)),
          facts: (commit, profile) => ask("facts", commit, [tier], () => profiler.facts(commit, profile)),
          usage: (commit, request) => ask("usage", commit, [tier, request], () => profiler.usage(commit, request)),
          coverage: (commit, functions) => ask("coverage", commit, [functions], () => profiler.coverage(commit, functions)),
        },
      };
    };
    return {
      ...given,
      at,
      tests: {
        run: (commit, alone) => ask("tests", commit, [], () => given.tests.run(commit), alone),
        guard: (commit, command) => ask("guard", commit, [command], () => given.tests.guard(commit, command)),
      },
      workspace: {
        ...given.workspace,
        candidate: async (parent, proposal, message, dateSeconds) => {
          const made = await given.workspace.candidate(parent, proposal, message, dateSeconds);
          if (walk && made.kind === "made") walk.commits.add(made.commit);
          return made;
        },
        release: async (except) => {
          if (walk !== null) return;
          if (except.length === 0) this.forget();
          await given.workspace.release([...except, ...(this.walk?.commits ?? []), ...this.busy.keys()]);
        },
        ...(walk && { keep: async () => ({ moved: true, why: null }) }),
      },
      drafter: walk ? null : given.drafter,
    };
  }

  /** A run of the target. One that failed in company says nothing: what it ran into may have been the other run. */
  private async whole<T extends RunOutcome>(walk: Walk | null, work: () => Promise<T>, alone: boolean) {
    const taken = await this.inTurn(walk, work, alone);
    if (!taken.company || (taken.value.exitCode === 0 && !taken.value.timedOut)) return taken;
    if (walk) throw new Cancelled();
    return this.inTurn(walk, work, true);
  }

  private inTurn<T>(walk: Walk | null, work: () => Promise<T>, alone: boolean) {
    const unless = async () => {
      if (walk?.cancelled) throw new Cancelled();
      return work();
    };
    return this.turns.take(unless, { first: walk === null, alone });
  }

  /** The answer to a question about a commit: measured ahead and not used yet, or measured now. */
  private async answer<T>(walk: Walk | null, commit: string, question: unknown[], measure: () => Promise<T>): Promise<T> {
    const words = JSON.stringify([commit, ...question]);
    const work = () => this.keeping(commit, measure);
    if (walk === null) {
      const ready = this.store.take(words)?.then((value) => ({ value }));
      const there = await ready?.catch(() => null);
      return there ? (there.value as T) : work();
    }
    if (walk.cancelled) throw new Cancelled();
    walk.commits.add(commit);
    const count = walk.counts.get(words) ?? 0;
    walk.counts.set(words, count + 1);
    return this.store.at(words, count, work) as Promise<T>;
  }

  /** The commit's tree stays as long as a run waits for it or goes on in it, wanted or not. */
  private async keeping<T>(commit: string, work: () => Promise<T>): Promise<T> {
    this.busy.set(commit, (this.busy.get(commit) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (this.busy.get(commit) ?? 1) - 1;
      if (left > 0) this.busy.set(commit, left);
      else this.busy.delete(commit);
    }
  }
}

/** The base's tests are known, which run alone: one that fails in company alone would not count from then on. */
function measuresTheBase(state: State): boolean {
  const step = openSteps(state).open[0]?.step;
  return step === "survey" || step === "calibrate";
}

/** The state behind a milestone that objects to nothing. */
function passed(state: State): State {
  const at = { number: state.milestones.length + 1, upTo: state.experiments.length, commit: state.commit };
  const clean = { tiers: [], tests: null, findings: [], replay: null, tag: null, objection: null };
  return advance(state, { seq: 0, ts: state.lastAt, entry: { kind: "milestone", ...at, ...clean } });
}

/** Whether a walk is ahead of the loop and on its way: past this experiment, of which it assumed or saw the same end. */
function agrees(ahead: State, experiment: Experiment, guess: Verdict): boolean {
  const same = ahead.experiments.find((it) => it.number === experiment.number);
  if (same?.implemented?.commit !== experiment.implemented?.commit) return false;
  return same?.verdict?.status === guess.status;
}

/** How the open experiment will end: as its figures say so far; before there are any, as the one before it did. */
function guessOf(experiment: Experiment, state: State): Verdict {
  const heap = experiment.proposal.expectedBytes;
  const guessed: Verdict = {
    status: "keep",
    rule: "gain",
    reason: "",
    label: null,
    heapGainBytes: heap,
    processGainBytes: heap,
    slowdownRatio: null,
    parked: false,
  };
  if (experiment.traced.length === 0 && experiment.tests.length === 0) {
    const last = state.experiments.findLast((it) => it.verdict !== null)?.verdict;
    return last && last.status !== "keep" ? { ...last, parked: true } : guessed;
  }
  const figures = figuresOf(experiment, state);
  if (experiment.traced.length === 0 && figures.broken.length === 0) return guessed;
  const said = decide(figures);
  return said === "inconclusive" ? guessed : said;
}

/** The state as it would be after that end. */
function assumed(state: State, { number, implemented, before, traced, proposal }: Experiment, guess: Verdict): State {
  const add = (to: State, entry: Entry) => advance(to, { seq: 0, ts: to.lastAt, entry });
  const decided = add(state, { kind: "decided", experiment: number, verdict: guess });
  if (guess.status !== "keep") return decided;
  const heapPeakBytes = traced.at(-1)?.heapPeakBytes ?? before.heapBytes - proposal.expectedBytes;
  const processPeakBytes = before.processBytes - (guess.processGainBytes ?? 0);
  return add(decided, { kind: "kept", experiment: number, commit: implemented?.commit ?? "", heapPeakBytes, processPeakBytes });
}
