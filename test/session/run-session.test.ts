import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advance, beginning } from "../../src/method/state.ts";
import { runSession } from "../../src/session/run-session.ts";
import type { Entry } from "../../src/vocabulary/journal.ts";
import type { Proposal } from "../../src/vocabulary/proposal.ts";
import { began, proposal } from "../method/state-builder.ts";
import { replay, ScriptedWorld, type Truth } from "./scripted-ports.ts";

const go = { requested: false, now: false };

async function session(world: ScriptedWorld) {
  const ports = world.ports();
  const state = advance(beginning, await ports.journal.append(began({ pairs: 2, maxExperiments: 12 })));
  return runSession(state, ports, go);
}

const named = (name: string, mib: number, more: Partial<Proposal> = {}) =>
  proposal(name, mib, { edits: [{ file: "app.py", start: 0, end: 0, text: name }], ...more });

const anyTruth: fc.Arbitrary<Truth> = fc.record({
  heapMib: fc.oneof(fc.constant(0), fc.integer({ min: -10, max: 30 })),
  processMib: fc.oneof(fc.constant(0), fc.integer({ min: -10, max: 30 })),
  breaksTest: fc.boolean(),
  crashes: fc.boolean(),
  applies: fc.boolean(),
});
/** Minds that lie about sizes, leave answers vague, name places that never ran, repeat themselves. */
const anyProposal = fc
  .record({
    name: fc.constantFrom("a", "b", "c", "d", "e"),
    claimed: fc.integer({ min: 0, max: 400 }),
    vague: fc.boolean(),
    elsewhere: fc.boolean(),
    technique: fc.constantFrom("free-dead-local", "drop-copy", "slots-plain-class"),
  })
  .map(({ name, claimed, vague, elsewhere, technique }) => {
    const it = named(name, claimed, { technique, ...(elsewhere ? { site: { file: "never.py", qualname: "f", line: 1 } } : {}) });
    return vague ? { ...it, checklist: { ...it.checklist, mechanism: "unknown" } } : it;
  });
const anyWorld = fc
  .tuple(fc.array(anyProposal, { maxLength: 6 }), fc.array(anyTruth, { minLength: 5, maxLength: 5 }))
  .map(
    ([proposals, truths]) =>
      new ScriptedWorld(proposals, new Map(["a", "b", "c", "d", "e"].map((name, index) => [name, truths[index] as Truth]))),
  );

describe("the loop", () => {
  it("keeps what helps, discards what does not, and says that nothing is left", async () => {
    const good: Truth = { heapMib: 20, processMib: 20, breaksTest: false, crashes: false, applies: true };
    const truths = new Map([
      ["a", good],
      ["b", { ...good, heapMib: 0, processMib: 0 }],
      ["c", { ...good, breaksTest: true }],
    ]);
    const world = new ScriptedWorld([named("a", 20), named("b", 30), named("c", 10)], truths);
    const state = await session(world);
    expect(state.experiments.map((it) => `${it.proposal.subject} ${it.verdict?.status}`)).toEqual([
      "b discard",
      "a keep",
      "b discard",
      "c discard",
    ]);
    expect(world.kept).toEqual(["base+a"]);
    expect(state.finished).toMatchObject({ outcome: "plateau" });
    expect(state.plateau?.rule).toBe("exhausted");
  });

  it("ends at its limit", async () => {
    const world = new ScriptedWorld([named("a", 20)], new Map());
    const ports = world.ports();
    const state = advance(beginning, await ports.journal.append(began({ maxTime: 0.001 })));
    expect((await runSession(state, ports, go)).finished).toMatchObject({ outcome: "limit" });
  });

  it("lets no mind, however hostile, past a gate", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, async (world) => {
        await session(world);
        const entries = world.log.map((it) => it.entry);
        for (const [index, entry] of entries.entries()) if (entry.kind === "kept") expectEarned(entries.slice(0, index), entry);
        expect(world.kept.every((commit) => world.measured.has(commit))).toBe(true);
      }),
      { numRuns: 2500 },
    );
  });

  it("comes to the same end after an interruption at any entry", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, fc.double({ min: 0, max: 1, noNaN: true }), async (world, where) => {
        const whole = await session(world);
        const cut = 1 + Math.floor(where * (world.log.length - 1));
        world.log.length = cut;
        const resumed = await runSession(replay(world.log), world.ports(), go);
        const outcome = (state: typeof whole) =>
          state.experiments.map((it) => [it.number, it.key, it.verdict?.status, it.verdict?.rule]);
        expect(outcome(resumed)).toEqual(outcome(whole));
        expect(resumed.commit).toBe(whole.commit);
        expect(resumed.finished?.outcome).toBe(whole.finished?.outcome);
      }),
      { numRuns: 500 },
    );
  });
});

/** Before a keep: a table newer than the keep before it, green tests, a measured gain. */
function expectEarned(before: readonly Entry[], kept: Extract<Entry, { kind: "kept" }>): void {
  const opened = before.findLastIndex((it) => it.kind === "opened" && it.experiment === kept.experiment);
  const lastKeep = before.findLastIndex((it) => it.kind === "kept");
  const table = before.findLastIndex((it, index) => it.kind === "profiled" && index < opened);
  expect(table).toBeGreaterThan(lastKeep);
  const mine = before.slice(opened);
  const proposalEntry = mine[0];
  if (proposalEntry?.kind !== "opened") throw new Error("no experiment was opened");
  expect(proposalEntry.proposal.checklist.mechanism).not.toBe("unknown");
  expect(proposalEntry.proposal.evidenceBytes).toBeGreaterThan(0);
  const runs = mine.flatMap((it) => (it.kind === "tested" ? [it.run] : []));
  expect(runs.some((run) => Object.values(run.outcomes).every((outcome) => outcome === "passed"))).toBe(true);
  const decided = mine.find((it) => it.kind === "decided");
  if (decided?.kind !== "decided") throw new Error("nothing was decided");
  expect(Math.max(decided.verdict.heapGainBytes ?? 0, decided.verdict.processGainBytes ?? 0)).toBeGreaterThan(0);
}
