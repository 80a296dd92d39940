import { excludedTests, testCounts } from "../../method/excluded-tests.ts";
import { levelOf } from "../../method/isolation.ts";
import { openSteps } from "../../method/open-steps.ts";
import { before, keeps, type Peaks, peaksOf, type State } from "../../method/state.ts";
import type { EntryOf } from "../../vocabulary/journal.ts";
import type { Report } from "../../vocabulary/report.ts";
import { sessionCommands } from "./commands.ts";
import { experimentsOf } from "./experiments.ts";
import { profilesOf } from "./profiles.ts";

/** What the pages show of a session. The same journal gives the same report. A session that has not begun gives null. */
export function reportOf(state: State): Report | null {
  const { session } = state;
  if (!session) return null;
  const first = before(state);
  const open = openSteps(state).open[0];
  const baseline = testCounts(state.testRuns.at(-1));
  const ended = (status: string) => state.experiments.filter((it) => it.verdict?.status === status).length;
  return {
    schema: 1,
    session: session.session,
    version: session.version,
    project: session.root.split(/[\\/]/).filter(Boolean).at(-1) ?? session.root,
    target: tierTarget(session, state.tier),
    base: session.base,
    head: state.commit,
    branch: "codeflash/optimize",
    startedAt: state.startedAt,
    lastAt: state.lastAt,
    outcome: state.finished?.outcome ?? "unfinished",
    why: state.finished?.why ?? null,
    now: open ? { step: open.step, experiment: open.experiment?.number ?? null } : null,
    heap: { before: first?.heapBytes ?? null, after: latest(state)?.heapBytes ?? null },
    process: { before: first?.processBytes ?? null, after: latest(state)?.processBytes ?? null },
    counts: {
      experiments: state.experiments.length,
      keeps: keeps(state).length,
      discards: ended("discard"),
      crashes: ended("crash"),
    },
    tests: {
      passed: baseline?.passed ?? null,
      failed: baseline?.failed ?? null,
      excluded: excludedTests(state.testRuns),
    },
    tiers: tiersOf(state, session),
    experiments: experimentsOf(state),
    profiles: profilesOf(state),
    discoveries: state.discoveries.filter((it, index, all) => all.findIndex((one) => one.text === it.text) === index),
    signals: state.signals,
    notes: state.notes,
    plateaus: plateausOf(state),
    milestones: state.milestones.map(milestone),
    commands: sessionCommands(state, session),
    conditions: {
      ...session.provenance,
      runner: session.runner,
      library: session.library,
      pairs: session.settings.pairs,
      tests: session.tests && (session.tests.args || "all that pytest finds"),
      uncommitted: session.uncommitted,
      isolation: state.isolation && { level: levelOf(state.isolation.rung), ...state.isolation },
      model: state.answers.at(-1)?.model ?? null,
      cost: costOf(state),
    },
  };
}

/** The peaks of the current tier as last measured; those before any change where a take-back has them measured anew. */
const latest = (state: State): Peaks | null => state.peaks ?? state.latest[state.tier] ?? null;

const tierTarget = (session: EntryOf<"session-began">, tier: string): string =>
  session.tiers.find((it) => it.name === tier)?.targetName ?? session.targetName;

function tiersOf(state: State, session: EntryOf<"session-began">): Report["tiers"] {
  return session.tiers.map(({ name, targetName }) => {
    const row = state.survey.find((it) => it.tier === name);
    const first = row ? peaksOf(row.samples, row.traced) : null;
    const last = state.latest[name] ?? null;
    return {
      name,
      target: targetName,
      current: name === state.tier,
      heap: { before: first?.heapBytes ?? null, after: last?.heapBytes ?? null },
      process: { before: first?.processBytes ?? null, after: last?.processBytes ?? null },
    };
  });
}

function plateausOf(state: State): Report["plateaus"] {
  const all = [...state.left, ...(state.plateau ? [{ tier: state.tier, plateau: state.plateau }] : [])];
  return all.map(({ tier, plateau: { kind: _, ...rest } }) => ({ tier, ...rest }));
}

function milestone({ kind: _, upTo: __, tests, tiers, ...rest }: EntryOf<"milestone">): Report["milestones"][number] {
  return {
    ...rest,
    tests: tests && testCounts(tests),
    tiers: tiers.map(({ tier, base, head, heap: [baseHeap, headHeap] }) => ({
      tier,
      heap: { before: baseHeap.heapPeakBytes, after: headHeap.heapPeakBytes },
      process: {
        before: peaksOf(base, baseHeap)?.processBytes ?? null,
        after: peaksOf(head, headHeap)?.processBytes ?? null,
      },
    })),
  };
}

function costOf(state: State): number | null {
  const costs = state.answers.map((it) => it.cost);
  if (costs.length === 0 || costs.includes(null)) return null;
  return costs.reduce<number>((sum, it) => sum + (it ?? 0), 0);
}
