import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runSession } from "../../src/session/run-session.ts";
import { Turns } from "../../src/session/turns.ts";
import type { Ports } from "../../src/vocabulary/ports.ts";
import { began, proposal } from "../method/state-builder.ts";
import { replay, ScriptedWorld, type Truth } from "./scripted-ports.ts";

const names = ["a", "b", "c", "d", "e"];
const go = { requested: false, now: false };
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** A world whose runs take time: how many go on at once is counted, and so is each run. */
function slow(world: ScriptedWorld, ms: number, startsOthers: boolean) {
  const seen = {
    ...{ now: 0, most: 0, runs: 0, besidePicture: [] as number[], besideBaseTests: [] as number[] },
    trees: [] as { commit: string; entries: number }[],
  };
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    seen.runs += 1;
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    await pause(ms);
    seen.now -= 1;
    return work();
  };
  const given = world.ports();
  const { bench, profiler } = given.at("B");
  const ports: Ports = {
    ...given,
    at: () => ({
      bench: {
        ...bench,
        sample: (commit) => run(async () => ({ ...(await bench.sample(commit)), startedChildren: startsOthers })),
        traced: (commit) => run(() => bench.traced(commit)),
        clock: (commit, functions) => run(() => bench.clock(commit, functions)),
      },
      profiler: {
        ...profiler,
        tree: (commit) => {
          seen.trees.push({ commit, entries: world.log.length });
          return run(() => profiler.tree(commit));
        },
        stacks: (commit, peak) =>
          run(() => {
            seen.besidePicture.push(seen.now);
            return profiler.stacks(commit, peak);
          }),
      },
    }),
    tests: {
      ...given.tests,
      run: (commit) =>
        run(() => {
          if (commit === "base") seen.besideBaseTests.push(seen.now);
          return given.tests.run(commit);
        }),
    },
  };
  return { ports, seen };
}

async function session(truths: readonly Truth[], jobs: number, ms: number, startsOthers = false) {
  const proposals = names.map((name, index) =>
    proposal(name, 40 - index, { technique: `t${name}`, edits: [{ file: "app.py", start: 0, end: 0, text: name }] }),
  );
  const world = new ScriptedWorld(proposals, new Map(names.map((name, index) => [name, truths[index] as Truth])));
  const { ports, seen } = slow(world, ms, startsOthers);
  await ports.journal.append(began({ pairs: 2 }));
  vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
  const started = performance.now();
  let over = false;
  const running = runSession(replay(world.log), ports, go, jobs).finally(() => {
    over = true;
  });
  while (!over) await vi.advanceTimersByTimeAsync(1);
  const took = performance.now() - started;
  vi.useRealTimers();
  return { state: await running, world, seen, took };
}
afterEach(() => void vi.useRealTimers());
type Done = Awaited<ReturnType<typeof session>>;

/** What a session says and leaves, without what only time and chance make. */
const outcome = ({ state, world }: Done) => ({
  entries: world.log.map(({ entry }) => JSON.parse(JSON.stringify(entry).replaceAll('"alone":false', '"alone":true'))),
  kept: world.kept,
  commit: state.commit,
});

const samples = (world: ScriptedWorld) =>
  world.log.flatMap(({ entry }) =>
    entry.kind === "sampled" ? [entry.sample] : entry.kind === "calibrated" ? entry.samples : [],
  );

const good: Truth = { heapMib: 12, processMib: 12, breaksTest: false, crashes: false, applies: true };
const bad: Truth = { ...good, heapMib: 0, processMib: 0 };

describe("several experiments at once", () => {
  it("come out as one after the other, entry for entry, whatever helps and whatever fails", async () => {
    const truth = fc.record({
      heapMib: fc.integer({ min: -5, max: 18 }),
      processMib: fc.integer({ min: -5, max: 18 }),
      breaksTest: fc.boolean(),
      crashes: fc.boolean(),
      applies: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.tuple(truth, truth, truth, truth, truth), fc.integer({ min: 2, max: 4 }), async (truths, jobs) => {
        const [alone, together] = [await session(truths, 1, 0), await session(truths, jobs, 0)];
        expect(outcome(together)).toEqual(outcome(alone));
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it.each([
    ["all are kept", [good, good, good, good, good]],
    ["none is", [bad, bad, bad, bad, bad]],
    ["they take turns", [good, bad, good, bad, good]],
  ])(
    "take less time where %s, and never more runs at once than allowed",
    async (_, truths) => {
      const [alone, together] = [await session(truths, 1, 4), await session(truths, 2, 4)];
      expect(alone.seen.most).toBe(1);
      expect(together.seen.most).toBe(2);
      expect(together.took).toBeLessThan(alone.took * 0.85);
      expect(together.seen.runs).toBeLessThan(alone.seen.runs * 1.5);
    },
    30_000,
  );

  it("have the table of a milestone's head before the milestone, and take it once", async () => {
    const { world, seen } = await session([good, good, good, good, bad], 2, 4);
    const at = world.log.findIndex((it) => it.entry.kind === "milestone");
    const entry = world.log[at]?.entry;
    const tables = seen.trees.filter((it) => entry?.kind === "milestone" && it.commit === entry.commit);
    expect(tables).toHaveLength(1);
    expect(tables[0]?.entries).toBeLessThan(at);
  });

  it("take the picture of the end once, while the head is replayed", async () => {
    const three = [good, good, good, bad, bad];
    const [alone, together] = [await session(three, 1, 4), await session(three, 2, 4)];
    expect([alone.seen.besidePicture, together.seen.besidePicture]).toEqual([[0], [1]]);
    const tail = ({ world }: Done) => world.log.slice(-3).map((it) => it.entry.kind);
    expect(tail(together)).toEqual(["replayed", "pictured", "finished"]);
    expect(outcome(together)).toEqual(outcome(alone));
  });

  it("say of each run whether it was alone", async () => {
    const { world } = await session([good, good, good, good, good], 2, 2);
    expect(samples(world).map((it) => it.alone)).toContain(false);
  });

  it("take the first table once, while the base is measured and after its tests ran alone", async () => {
    const [alone, together] = [await session([good, bad, bad, bad, bad], 1, 4), await session([good, bad, bad, bad, bad], 2, 4)];
    for (const [{ seen, world }, early] of [
      [alone, false],
      [together, true],
    ] as const) {
      const measured = world.log.findIndex((it) => it.entry.kind === "calibrated");
      const tables = seen.trees.filter((it) => it.commit === "base");
      expect(tables.map((it) => it.entries <= measured)).toEqual([early]);
      expect(seen.besideBaseTests).toEqual([0, 0]);
    }
    expect(outcome(together)).toEqual(outcome(alone));
  });

  it("measure a target that starts others alone from its first figure on", async () => {
    const { world } = await session([good, good, bad, bad, bad], 2, 4, true);
    expect(samples(world).map((it) => it.alone)).not.toContain(false);
  });
});

describe("turns", () => {
  it("let the loop go first, and whoever must be alone be alone", async () => {
    const turns = new Turns(2);
    const order: string[] = [];
    let now = 0;
    const work = (name: string, alone: boolean) => async () => {
      now += 1;
      if (alone) expect(now).toBe(1);
      expect(now).toBeLessThanOrEqual(2);
      order.push(name);
      await pause(5);
      if (alone) expect(now).toBe(1);
      now -= 1;
    };
    const take = (name: string, first: boolean, alone = false) => turns.take(work(name, alone), { first, alone });
    const all = [
      take("ahead 1", false),
      take("ahead 2", false),
      take("ahead 3", false),
      take("loop", true),
      take("alone", true, true),
    ];
    const taken = await Promise.all(all);
    expect(order.slice(2)).toEqual(["loop", "alone", "ahead 3"]);
    expect(taken.map((it) => it.company)).toEqual([true, true, false, true, false]);
  });

  it("do not run ahead where the machine has no room, but never stop for it", async () => {
    const turns = new Turns(2, () => false);
    let most = 0;
    let now = 0;
    const work = async () => {
      now += 1;
      most = Math.max(most, now);
      await pause(2);
      now -= 1;
    };
    await Promise.all([1, 2, 3].map(() => turns.take(work, { first: false, alone: false })));
    expect(most).toBe(1);
  });
});
