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

async function session(change: (ports: Ports, world: ScriptedWorld) => Ports = (ports) => ports, offered = names) {
  const world = new ScriptedWorld(
    offered.map((name, index) => named(name, 40 - index)),
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

  it("have their objection carried out wherever the process is ended", async () => {
    const objecting = (ports: Ports): Ports => ({
      ...ports,
      reviewer: { review: async (parent, commit) => (parent === "base" && commit === "base+a+b+c" ? [finding] : []) },
    });
    const { state: whole, world } = await session(objecting);
    const log = [...world.log];
    for (let cut = log.findIndex((it) => it.entry.kind === "milestone"); cut <= log.length; cut++) {
      world.log.splice(0, Number.POSITIVE_INFINITY, ...log.slice(0, cut));
      const state = await runSession(replay(world.log), objecting(world.ports()), { requested: false, now: false });
      expect(state.commit, `ended after ${log[cut - 1]?.entry.kind}`).toBe(whole.commit);
      expect(state.branch?.to).toBe(whole.branch?.to);
      expect(state.experiments.map((it) => it.takenBack)).toEqual(whole.experiments.map((it) => it.takenBack));
      expect(state.milestones.map((it) => it.number)).toEqual([1, 2]);
    }
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

  it("are not taken twice of one head: where nothing was kept since, the replay alone is made up for", async () => {
    const { state, world, milestones } = await session(undefined, names.slice(0, 3));
    expect(told(milestones)).toEqual([[1, 3, true, false]]);
    const [end] = world.log.flatMap(({ entry }) => (entry.kind === "replayed" ? [entry] : []));
    expect(end).toMatchObject({ commit: milestones[0]?.commit, replay: { ok: true } });
    expect(state.milestones.map((it) => it.replay?.ok)).toEqual([true]);
    expect(state.finished?.outcome).toBe("plateau");
  });

  it("end with a replay from a clean clone, and say what it lacks", async () => {
    const clones = (works: boolean) => (ports: Ports) => ({
      ...ports,
      workspace: { ...ports.workspace, cleanClone: (commit: string) => `clean:${commit}` },
      at: () => {
        const at = ports.at("B");
        const traced = async (commit: string) => {
          const run = await at.bench.traced(commit.replace("clean:", ""));
          return commit.startsWith("clean:") && !works ? { ...run, exitCode: 1, error: "no such file: data.csv" } : run;
        };
        return { ...at, bench: { ...at.bench, traced } };
      },
    });
    const { milestones } = await session(clones(true));
    expect(milestones.map((it) => it.replay)).toEqual([null, { ok: true, text: "2 tests pass, heap peak 60.0 MiB" }]);
    const lacking = await session(clones(false));
    expect(lacking.milestones.at(-1)?.replay).toEqual({
      ok: false,
      text: "a clean clone lacks something that is not committed: no such file: data.csv",
    });
    expect(lacking.state.finished?.outcome).toBe("plateau");
  });

  it("propose for removal what has more lines than its gain is worth", async () => {
    const { milestones } = await session((ports) => ({
      ...ports,
      workspace: {
        ...ports.workspace,
        candidate: async (parent, change, message, date) => {
          const made = await ports.workspace.candidate(parent, change, message, date);
          return made.kind === "made" && made.commit.endsWith("+b") ? { ...made, changedLines: 600 } : made;
        },
      },
    }));
    expect(milestones.flatMap((it) => it.findings)).toMatchObject([
      { kind: "simplicity", file: "app.py", blocking: false, text: expect.stringContaining("600 changed lines for") },
    ]);
  });
});
