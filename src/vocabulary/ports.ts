import type { Drafter } from "./draft.ts";
import type { Facts } from "./facts.ts";
import type { Guidance } from "./guidance.ts";
import type { History } from "./history.ts";
import type { Entry, Recorded } from "./journal.ts";
import type { Coverage } from "./look.ts";
import type { FunctionOutcomes, FunctionTime, Sample, TestRun, TracedRun, Trial } from "./measurement.ts";
import type { Census, PeakMoment, Profile, StageNode, Timeline } from "./profile.ts";
import type { Edit, Forbidden, Proposal } from "./proposal.ts";
import type { Finding } from "./review.ts";
import type { PeakStacks } from "./stacks.ts";
import type { FunctionRef } from "./target.ts";
import type { Usage, UsageRequest } from "./usage.ts";

/** Runs the target of the session on the tree of a commit and says what it saw. */
export interface Profiler {
  /** Heap per statement and the moment of the peak. *Contract:* throws `Failure` when the target fails or the wrong code ran. */
  tree(commit: string): Promise<{ nodes: StageNode[]; peak: PeakMoment; threads: number; notes: string[] }>;
  /** Highest process memory (bytes) inside each statement of one function, by line, and the run's memory over time. *Contract:* empty and null where it cannot be had. */
  stages(commit: string, pipeline: FunctionRef): Promise<{ peaks: Map<number, number>; timeline: Timeline | null }>;
  /** What is alive at the peak; its call stacks too where they are wanted, or cost nothing. *Contract:* null with a note when it could not be taken. */
  census(
    commit: string,
    peak: PeakMoment,
    withStacks?: boolean,
  ): Promise<{ census: Census | null; stacks: PeakStacks | null; notes: string[] }>;
  /** What stands at the peak, by call stack. *Contract:* null when it could not be taken. */
  stacks(commit: string, peak: PeakMoment): Promise<PeakStacks | null>;
  /** Facts of the files that the profile names. *Contract:* unreadable files are told, never thrown. */
  facts(commit: string, profile: Profile): Promise<Facts>;
  /** One run of tests and target with the recorder; a few tests that it makes fail are left out. *Contract:* null when it changed more. */
  usage(commit: string, request: UsageRequest): Promise<Usage | null>;
  /** What of some functions the tests run. *Contract:* null where that is not known: no pytest, or watching changed an outcome. */
  coverage(commit: string, functions: Pick<FunctionRef, "file" | "qualname">[]): Promise<Coverage[] | null>;
}

/** Untraced and traced runs that decide. *Contract:* a failing run is a value, never a throw. Bytes and milliseconds. */
export interface Bench {
  /** `alone`: while nothing else of ours runs, so that times can be compared too. */
  sample(commit: string, alone?: boolean): Promise<Sample>;
  traced(commit: string): Promise<TracedRun>;
  /** Time of the named functions in one run of the target, each without what another one of them takes inside of it; functions that were not called are absent. */
  clock(commit: string, functions: FunctionRef[], alone?: boolean): Promise<FunctionTime[]>;
  /** What the named functions were given in one run of the target, and what came of it; functions that were not called are absent. */
  outcomes(commit: string, functions: FunctionRef[]): Promise<FunctionOutcomes[]>;
  /** A function target called again and again in one process. *Contract:* null where it is no function or its call fails. */
  trial(commit: string): Promise<Trial | null>;
}

/** *Contract:* failing tests are a value; a test that was not collected is absent from the outcomes. */
export interface Tests {
  run(commit: string, alone?: boolean): Promise<TestRun>;
  guard(commit: string, command: string): Promise<{ exitCode: number | null; output: string }>;
}

export type Candidate =
  | { kind: "made"; commit: string; patch: string; changedLines: number; changed: FunctionRef[] }
  | { kind: "refused"; reason: string };

/** The only hands on git. In several repositories each promise holds for all of them together, or for none. The user's tree, index, HEAD and hooks are out of its reach. */
export interface Workspace {
  /**
   * Applies the edits to the parent's tree and makes the candidate's commit object by plumbing. The same call gives the same id.
   * *Contract:* an edit that does not apply, leaves the scope, touches a protected path or no longer parses is `refused`.
   */
  candidate(
    parent: string,
    proposal: { edits: Edit[]; scope: string[] },
    message: string,
    dateSeconds: number,
  ): Promise<Candidate>;
  /** Points the session's ref at the commit; moves the branch where nobody has it checked out. Idempotent. */
  keep(previous: string, commit: string): Promise<{ moved: boolean; why: string | null }>;
  /**
   * A commit on top of the head that undoes an earlier one, made on `parent`. The same call gives the same id.
   * *Contract:* null where later commits build on what is to be undone.
   */
  takeBack(head: string, parent: string, commit: string, message: string, dateSeconds: number): Promise<string | null>;
  /** Tags the commit as the next `codeflash/optimize-v<N>` and gives its name; the one that it has when it has one. */
  tag(commit: string): Promise<string>;
  /** The name under which `at` and `tests` find a clone of the commit, without the user's files that are not committed. */
  cleanClone(commit: string): string;
  /** The text of a file of the commit. *Contract:* null where the commit has no such file. */
  read(commit: string, file: string): Promise<Uint8Array | null>;
  /**
   * What the runs of a commit changed that they may not: sources and tests of its tree, files of the harness, the interpreter.
   * `leftBytes`: how much more they left in the tree that git does not track than the parent's runs left in theirs.
   */
  inspect(commit: string, parent: string): Promise<{ changed: string[]; leftBytes: number }>;
  /** Throws away the trees of all commits but these. */
  release(except: string[]): Promise<void>;
}

/** Looks at a change with fresh eyes. *Contract:* what cannot be reviewed is a blocking finding, never an empty list. */
export interface Reviewer {
  review(parent: string, commit: string): Promise<Finding[]>;
}

/** Who proposes. *Contract:* pure for the catalogue; an empty list says that it has nothing left for this evidence. */
export interface Mind {
  name: string;
  watch(evidence: MindEvidence): UsageRequest;
  /** Before the recorder ran (`usage` is null). Absent: nothing stands without it. */
  foresee?(evidence: MindEvidence): Foreseen;
  propose(evidence: MindEvidence): { proposals: Proposal[]; forbidden: Forbidden[] };
}

/** What stands without the recorder, and what waits for its word, each with the most that it could give back. */
export interface Foreseen {
  proposals: Proposal[];
  forbidden: Forbidden[];
  waiting: Pick<Forbidden, "technique" | "site" | "subject" | "evidenceBytes">[];
}

export interface MindEvidence {
  profile: Profile;
  facts: Facts;
  usage: Usage | null;
  python: readonly [number, number];
  floorBytes: number;
}

interface Journal {
  /** *Contract:* resolves when the entry is durable. Throws `Failure` (`disk-full`) leaving a valid journal. */
  append(entry: Entry): Promise<Recorded>;
}

interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

export interface Ports {
  /** What measures the target of a tier. */
  at(tier: string): { profiler: Profiler; bench: Bench };
  tests: Tests;
  workspace: Workspace;
  reviewer: Reviewer;
  /** What the project remembers. *Contract:* what cannot be read is empty, never thrown. */
  history(): Promise<History>;
  /** What the user says now. */
  guidance(): Promise<Guidance>;
  mind: Mind;
  /** Null: the catalogue works alone. */
  drafter: Drafter | null;
  journal: Journal;
  clock: Clock;
}
