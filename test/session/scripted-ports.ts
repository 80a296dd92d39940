import { advance, beginning, type State } from "../../src/method/state.ts";
import { silence } from "../../src/vocabulary/guidance.ts";
import type { History } from "../../src/vocabulary/history.ts";
import type { Entry, Recorded } from "../../src/vocabulary/journal.ts";
import type { Candidate, Ports } from "../../src/vocabulary/ports.ts";
import type { Proposal } from "../../src/vocabulary/proposal.ts";
import { MiB, noHistory, profileOf, sample, tests, traced } from "../method/state-builder.ts";

/** What really happens when a proposal is tried, as opposed to what its mind says. */
export interface Truth {
  heapMib: number;
  processMib: number;
  breaksTest: boolean;
  crashes: boolean;
  applies: boolean;
}

/** A world in which the figures are known: the pure loop runs against it thousands of times. */
export class ScriptedWorld {
  readonly log: Recorded[] = [];
  readonly kept: string[] = [];
  readonly measured = new Set<string>();
  history: History = noHistory;
  private readonly peaks = new Map<string, { heap: number; process: number }>([["base", { heap: 100, process: 130 }]]);
  private readonly truths: ReadonlyMap<string, Truth>;
  private readonly proposals: readonly Proposal[];
  private readonly broken = new Set<string>();
  private readonly crashing = new Set<string>();
  private now = 0;

  constructor(proposals: readonly Proposal[], truths: ReadonlyMap<string, Truth>) {
    this.proposals = proposals;
    this.truths = truths;
  }

  private peak(commit: string) {
    return this.peaks.get(commit) ?? { heap: 0, process: 0 };
  }

  ports(): Ports {
    return {
      clock: { now: () => this.now },
      journal: {
        append: async (entry: Entry) => {
          this.now += 1000;
          const recorded = { seq: this.log.length, ts: this.now, entry };
          this.log.push(recorded);
          return recorded;
        },
      },
      tests: {
        run: async (commit) => tests({ a: "passed", b: this.broken.has(commit) ? "failed" : "passed" }),
        guard: async () => ({ exitCode: 0, output: "" }),
      },
      at: () => ({
        bench: {
          sample: async (commit) => {
            this.measured.add(commit);
            return this.crashing.has(commit)
              ? sample(0, { exitCode: 1, error: "boom", peakBytes: null })
              : sample(this.peak(commit).process);
          },
          traced: async (commit) =>
            this.crashing.has(commit)
              ? traced(0, { exitCode: 1, error: "boom", heapPeakBytes: null })
              : traced(this.peak(commit).heap),
          clock: async () => [],
          outcomes: async () => [],
          trial: async () => null,
        },
        profiler: {
          tree: async (commit) => {
            const { table: _, ...profile } = profileOf(commit, this.peak(commit).heap);
            const bytes = this.peak(commit).heap * MiB;
            const node = {
              id: 0,
              parent: null,
              function: { file: "app.py", qualname: "main", line: 1 },
              line: 3,
              endLine: 3,
              text: "load()",
              callee: "load",
              count: 1,
              deltaBytes: bytes,
              riseBytes: bytes,
              peakBytes: bytes,
            };
            return { nodes: [node], peak: profile.peak, threads: 0, notes: [] };
          },
          stages: async () => ({ peaks: new Map(), timeline: null }),
          stacks: async () => null,
          census: async () => ({ census: null, stacks: null, notes: [] }),
          facts: async () => ({ files: {}, unreadable: {} }),
          usage: async () => null,
          coverage: async () => null,
        },
      }),
      workspace: {
        candidate: async (parent, { edits }): Promise<Candidate> => {
          const name = edits[0]?.text ?? "";
          const truth = this.truths.get(name);
          if (!truth?.applies) return { kind: "refused", reason: "does not apply" };
          const commit = `${parent}+${name}`;
          const before = this.peak(parent);
          this.peaks.set(commit, { heap: before.heap - truth.heapMib, process: before.process - truth.processMib });
          if (truth.breaksTest) this.broken.add(commit);
          if (truth.crashes) this.crashing.add(commit);
          return { kind: "made", commit, patch: name, changedLines: 1, changed: [{ file: "app.py", qualname: "f", line: 1 }] };
        },
        keep: async (_previous, commit) => {
          if (!this.kept.includes(commit)) this.kept.push(commit);
          return { moved: true, why: null };
        },
        takeBack: async (head, _parent, commit) => {
          const back = `${head}-${commit}`;
          this.peaks.set(back, this.peak("base"));
          return back;
        },
        tag: async (commit) => `tag of ${commit}`,
        cleanClone: (commit) => commit,
        read: async () => null,
        inspect: async () => ({ changed: [], leftBytes: 0 }),
        release: async () => undefined,
      },
      reviewer: { review: async () => [] },
      history: async () => this.history,
      guidance: async () => silence,
      drafter: null,
      mind: {
        name: "scripted",
        watch: () => ({ classes: [], values: [] }),
        propose: () => ({ proposals: [...this.proposals], forbidden: [] }),
      },
    };
  }
}

/** The state after any prefix of the journal: what a resume would start from. */
export function replay(log: readonly Recorded[], upTo = log.length): State {
  return log.slice(0, upTo).reduce(advance, beginning);
}
