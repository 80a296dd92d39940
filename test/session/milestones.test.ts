import { describe, expect, it } from "vitest";
import { keeps } from "../../src/method/state.ts";
import { runSession } from "../../src/session/run-session.ts";
import type { EntryOf } from "../../src/vocabulary/journal.ts";
import type { Ports } from "../../src/vocabulary/ports.ts";
import type { Finding } from "../../src/vocabulary/review.ts";
import { began, proposal } from "../method/state-builder.ts";
import { replay, ScriptedWorld, type Truth } from "./scripted-ports.ts";

const good: Truth = { heapMib: 10, processMib: 10, breaksTest: false, crashes: false, applies: true };
const names = ["a", "b", "c", "d"];
const named = (name: string, mib: number) =>
  proposal(name, mib, { edits: [{ file: `${name}.py`, start: 0, end: 0, text: name }], scope: [`${name}.py:main`] });

async function session(change: (ports: Ports, world: ScriptedWorld) => Ports = (ports) => ports) {
  const world = new ScriptedWorld(
    names.map((name, index) => named(name, 40 - index)),
    new Map(names.map((name) => [name, good])),
  );
  const ports = change(world.ports(), world);
  await ports.journal.append(began({ pairs: 2 }));
  const state = await runSession(replay(world.log), ports, { requested: false, now: false });
  const milestones = world.log.flatMap(({ entry }) => (entry.kind === "milestone" ? [entry] : []));
  return { state, world, milestones };
}

const finding: Finding = {
  kind: "ownership",
  file: "b.py",
  function: "main",
  line: 3,
  text: "`rows.clear()` releases the caller's object",
  confidence: 0.9,
  blocking: true,
};
const told = (milestones: EntryOf<"milestone">[]) =>
  milestones.map((it) => [it.number, it.upTo, it.tag !== null, it.objection !== null]);

describe("milestones", () => {
  it("come after 3 keeps and before the end, with a tag each", async () => {
    const { state, milestones } = await session();
    expect(told(milestones)).toEqual([
      [1, 3, true, false],
      [2, 4, true, false],
    ]);
    expect(keeps(state)).toHaveLength(4);
    expect(milestones[0]?.tiers[0]?.base).toHaveLength(2);
  });

  it("take back the keep that a review of the whole range objects to, and go on from there", async () => {
    const seen: string[] = [];
    const { state, milestones } = await session((ports) => ({
      ...ports,
      reviewer: {
        review: async (parent, commit) => {
          seen.push(`${parent} ${commit}`);
          return parent === "base" && commit === "base+a+b+c" ? [finding] : [];
        },
      },
    }));
    expect(seen).toContain("base base+a+b+c");
    expect(told(milestones)).toEqual([
      [1, 3, false, true],
      [2, 4, true, false],
    ]);
    expect(keeps(state).map((it) => it.proposal.subject)).toEqual(["a", "c", "d"]);
    expect(state.experiments.find((it) => it.proposal.subject === "b")?.takenBack).toContain("rows.clear()");
    expect(state.finished?.outcome).toBe("plateau");
  });

  it("take back the last keep where fresh figures contradict the loop", async () => {
    const { state, milestones } = await session((ports) => {
      const { bench, profiler } = ports.at("B");
      let fresh = false;
      return {
        ...ports,
        workspace: {
          ...ports.workspace,
          release: async (except) => {
            fresh = except.length === 0;
          },
        },
        at: () => ({
          profiler,
          bench: {
            ...bench,
            traced: async (commit) => {
              const run = await bench.traced(commit);
              return fresh && commit === "base+a+b+c" ? { ...run, heapPeakBytes: (run.heapPeakBytes ?? 0) * 9 } : run;
            },
            sample: async (commit) => {
              const run = await bench.sample(commit);
              return fresh && commit === "base+a+b+c" ? { ...run, peakBytes: (run.peakBytes ?? 0) * 9 } : run;
            },
          },
        }),
      };
    });
    expect(milestones[0]?.objection).toContain("above the base's");
    expect(state.experiments.find((it) => it.proposal.subject === "c")?.takenBack).not.toBeNull();
  });
});
