import { advance, beginning, type State } from "../../src/method/state.ts";
import type { History } from "../../src/vocabulary/history.ts";
import type { Entry } from "../../src/vocabulary/journal.ts";
import type { Sample, TestRun, TracedRun } from "../../src/vocabulary/measurement.ts";
import type { Profile } from "../../src/vocabulary/profile.ts";
import type { Proposal } from "../../src/vocabulary/proposal.ts";
import { Settings } from "../../src/vocabulary/settings.ts";

export const MiB = 1024 * 1024;
const witness = { digest: "d", files: { "app.py": "h" }, strays: [], copies: [] };
const ran = { exitCode: 0, timedOut: false, overMemory: false, durationMs: 100, error: null };

export const sample = (peakMib: number, more: Partial<Sample> = {}): Sample => ({
  ...ran,
  peakBytes: peakMib * MiB,
  peakIsLowerBound: false,
  treePeak: null,
  startBytes: 8 * MiB,
  fileBytes: 0,
  writtenBytes: 0,
  sharedBytes: 0,
  targetMs: 100,
  cpuMs: 100,
  inputs: null,
  outputDigest: "same",
  startedChildren: false,
  alone: true,
  witness,
  ...more,
});
export const traced = (heapMib: number, more: Partial<TracedRun> = {}): TracedRun => ({
  ...ran,
  heapPeakBytes: heapMib * MiB,
  witness,
  ...more,
});
export const tests = (outcomes: TestRun["outcomes"]): TestRun => ({
  ...ran,
  outcomes,
  messages: {},
  collectError: null,
  strays: [],
});

/** The peak stands in another function at every commit: what was parked may be tried again. */
export function profileOf(commit: string, heapMib: number): Profile {
  return {
    tree: commit,
    nodes: [],
    peak: { peakBytes: heapMib * MiB, event: 1, stack: [{ file: "app.py", line: 3, function: `main_${commit}` }] },
    table: {
      pipeline: { file: "app.py", qualname: "main", line: 1 },
      why: "test",
      rows: [
        {
          name: "load",
          file: "app.py",
          line: 3,
          count: 1,
          deltaBytes: heapMib * MiB,
          cumulativeBytes: heapMib * MiB,
          peakBytes: heapMib * MiB,
          processPeakBytes: null,
        },
      ],
      dominant: 0,
      beside: [],
      peakBytes: heapMib * MiB,
    },
    census: null,
    timeline: null,
    notes: [],
  };
}

export function proposal(name: string, mib: number, more: Partial<Proposal> = {}): Proposal {
  const figure = `${mib} MiB at app.py:3`;
  return {
    technique: "free-dead-local",
    strategy: "allocations",
    sweep: null,
    site: { file: "app.py", qualname: "main", line: 1 },
    subject: name,
    description: name,
    summary: `Free ${name} before the next stage`,
    category: "data-structures",
    evidenceBytes: mib * MiB,
    expectedBytes: mib * MiB,
    evidence: figure,
    checklist: {
      category: "data-structures",
      visible: `inside the target: ${figure}`,
      reducible: `${name} can go before load() begins: ${figure}`,
      persistent: `${name} is alive at the peak: ${figure}`,
      exercised: `app.py:3 ran 1 time: ${figure}`,
      mechanism: `frees ${name} before load() begins: ${figure}`,
      productionSafe: "no cache is released",
      verifyCheaply: "the target itself runs in a second",
    },
    edits: [{ file: "app.py", start: 0, end: 0, text: "" }],
    scope: ["app.py:main"],
    declaredCosts: [],
    consent: null,
    ...more,
  };
}

export const began = (settings: Partial<Settings> = {}): Entry => ({
  kind: "session-began",
  session: "s",
  version: "0",
  root: "/p",
  cwd: "",
  base: "base",
  branch: "main",
  target: { kind: "script", path: "app.py", args: [] },
  targetName: "app.py",
  tiers: [{ name: "B", target: { kind: "script", path: "app.py", args: [] }, targetName: "app.py" }],
  settings: Settings.parse(settings),
  python: "/usr/bin/python3",
  runner: "PATH",
  library: false,
  memray: false,
  repos: [""],
  inputBytes: null,
  uncommitted: [],
  tests: { kind: "pytest", args: "" },
  provenance: {
    interpreter: "CPython 3.11.7",
    allocator: "pymalloc",
    lockHash: null,
    command: "python app.py",
    platform: "linux",
  },
});

export const noHistory: History = {
  commits: [],
  lastPatch: "",
  sessions: 0,
  kept: [],
  banned: [],
  foreignRows: [],
  learnings: "",
  style: "",
};

/** Folds entries one second apart. */
export function fold(entries: readonly Entry[], from: State = beginning): State {
  return entries.reduce((state, entry, seq) => advance(state, { seq, ts: state.lastAt + 1000, entry }), from);
}

const passing: Entry[] = [0, 1].map((repeat) => ({
  kind: "tested",
  experiment: null,
  repeat,
  run: tests({ a: "passed", b: "passed" }),
}));

/** A session that stands before its first choice, with these candidates. */
export function ready(proposals: Proposal[], settings: Partial<Settings> = {}, heapMib = 100, processMib = 130): State {
  return fold([
    began(settings),
    { kind: "history", history: noHistory },
    ...passing,
    { kind: "calibrated", samples: [sample(processMib), sample(processMib), sample(processMib)], traced: traced(heapMib) },
    { kind: "profiled", commit: "base", profile: profileOf("base", heapMib) },
    { kind: "proposed", commit: "base", proposals, forbidden: [], observed: null },
  ]);
}
