import { describe, expect, it } from "vitest";
import { advance, beginning, type State } from "../../src/method/state.ts";
import { runSession } from "../../src/session/run-session.ts";
import type { Draft, Drafter } from "../../src/vocabulary/draft.ts";
import type { EntryOf } from "../../src/vocabulary/journal.ts";
import type { Edit, Proposal } from "../../src/vocabulary/proposal.ts";
import type { Settings } from "../../src/vocabulary/settings.ts";
import { began, proposal } from "../method/state-builder.ts";
import { replay, ScriptedWorld, type Truth } from "./scripted-ports.ts";

const good: Truth = { heapMib: 20, processMib: 20, breaksTest: false, crashes: false, applies: true };
const edit = (name: string): Edit => ({ file: "app.py", start: 0, end: 0, text: name });
const named = (name: string, more: Partial<Proposal> = {}) => proposal(name, 20, { edits: [edit(name)], ...more });
const truths = new Map([
  ["a", good],
  ["b", { ...good, breaksTest: true }],
  ["c", good],
  ["nothing", { ...good, heapMib: 0, processMib: 0 }],
]);
const answered = (call: string): EntryOf<"answered"> => ({
  kind: "answered",
  call,
  turn: 0,
  model: "test:model",
  request: "digest",
  sentBytes: 10,
  said: { role: "question", text: "what next?" },
  shown: [],
  answer: { text: "", calls: [], ending: "done", raw: null },
  tokens: { input: 100, cached: 0, output: 10 },
  cost: 0.5,
});

/** Drafts from a list; null: it waits. */
function scripted(drafts: (Draft | null)[], repairs: (Edit[] | null)[] = []): Drafter & { asked: string[] } {
  const asked: string[] = [];
  return {
    name: "scripted",
    asked,
    async *draft(brief) {
      asked.push(brief.call);
      const next = drafts.shift();
      if (next === null) return null;
      if (brief.paid.length === 0) yield answered(brief.call);
      return next ?? { proposals: [], done: true, why: "nothing left" };
    },
    async *rework(brief) {
      asked.push(brief.call);
      yield answered(brief.call);
      return repairs.shift() ?? null;
    },
  };
}

async function session(drafter: Drafter, settings: Partial<Settings> = {}, proposals: Proposal[] = []) {
  const world = new ScriptedWorld(proposals, truths);
  const ports = { ...world.ports(), drafter };
  const first = began({ pairs: 2, maxExperiments: 12, model: "test:model", ...settings });
  const start = advance(beginning, await ports.journal.append(first));
  const go = { requested: false, now: false };
  const run = (from: State) => runSession(from, ports, go);
  return { world, run, state: await run(start) };
}

const draft = (...proposals: Proposal[]): Draft => ({ proposals, done: false, why: "" });
const told = (state: State) => state.experiments.map((it) => `${it.proposal.subject} ${it.verdict?.status}`);

describe("a second mind", () => {
  it("is asked when the catalogue has nothing left, again after its change is kept, until it has no more", async () => {
    const drafter = scripted([draft(named("c"))]);
    const { state } = await session(drafter, {}, [named("a")]);
    expect(told(state)).toEqual(["a keep", "c keep"]);
    expect(drafter.asked).toEqual(["draft-1", "draft-2"]);
    expect(state.finished?.outcome).toBe("plateau");
  });

  it("is not asked where no model was chosen", async () => {
    const drafter = scripted([draft(named("c"))]);
    const world = new ScriptedWorld([], truths);
    const ports = { ...world.ports(), drafter };
    const start = advance(beginning, await ports.journal.append(began({ pairs: 2 })));
    await runSession(start, ports, { requested: false, now: false });
    expect(drafter.asked).toEqual([]);
  });

  it("pauses the session while it waits, and goes on when it is asked again", async () => {
    const drafter = scripted([null, draft(named("a"))]);
    const { state, run } = await session(drafter, { model: "guest" });
    expect(state.finished).toBeNull();
    expect(state.experiments).toEqual([]);
    const after = await run(state);
    expect(told(after)).toEqual(["a keep"]);
    expect(drafter.asked.slice(0, 2)).toEqual(["draft-1", "draft-1"]);
  });

  it("may repair what broke a test, twice at most, and what is kept is the repaired change", async () => {
    const drafter = scripted([draft(named("b"))], [[edit("b")], [edit("a")]]);
    const { state, world } = await session(drafter);
    expect(told(state)).toEqual(["b keep"]);
    expect(drafter.asked.slice(0, 3)).toEqual(["draft-1", "rework-1-1", "rework-1-2"]);
    expect(world.kept).toEqual(["base+a"]);
  });

  it("ends as a discard when two repairs do not mend it, or when it gives up", async () => {
    const twice = scripted([draft(named("b"))], [[edit("b")], [edit("b")], [edit("a")]]);
    expect(told((await session(twice)).state)).toEqual(["b discard"]);
    expect(twice.asked.filter((it) => it.startsWith("rework"))).toHaveLength(2);
    expect(told((await session(scripted([draft(named("b"))], []))).state)).toEqual(["b discard"]);
  });

  it("is stuck after the same failure 3 times: it looks again, and ends with a plain account when that does not help", async () => {
    const drafter = scripted(
      Array.from({ length: 20 }, (_, index) =>
        draft(named("nothing", { subject: `try ${index}`, site: { file: "app.py", qualname: `f${index}`, line: 1 } })),
      ),
    );
    const { state, world } = await session(drafter);
    expect(drafter.asked).toHaveLength(6);
    const kinds = world.log.map((it) => it.entry.kind);
    const recovered = kinds.indexOf("recovered");
    expect(kinds.lastIndexOf("history")).toBeGreaterThan(kinds.indexOf("opened"));
    expect(kinds.slice(0, recovered)).toContain("profiled");
    expect(kinds.filter((it) => it === "recovered")).toHaveLength(1);
    expect(state.plateau).toMatchObject({ rule: "stuck" });
    expect(state.plateau?.why).toContain("the same failure 3 times: no gain");
    expect(state.plateau?.why).toContain("after a fresh table and history");
  });

  it("is stuck after 5 drafts without a keep, whatever failed", async () => {
    const drafter = scripted(Array.from({ length: 20 }, () => draft()));
    const { state } = await session(drafter);
    expect(drafter.asked).toHaveLength(10);
    expect(state.plateau).toMatchObject({ rule: "stuck" });
  });

  it("repeats no answer that the journal has after a crash", async () => {
    const first = await session(scripted([draft(named("a"))]));
    const upTo = first.world.log.findIndex((it) => it.entry.kind === "answered") + 1;
    const world = new ScriptedWorld([], truths);
    world.log.push(...first.world.log.slice(0, upTo));
    const drafter = scripted([draft(named("a"))]);
    const state = await runSession(replay(world.log), { ...world.ports(), drafter }, { requested: false, now: false });
    expect(told(state)).toEqual(["a keep"]);
    expect(state.answers.map((it) => it.call)).toEqual(["draft-1", "draft-2"]);
  });

  it("stops at the money that the user gave", async () => {
    const drafter = scripted(Array.from({ length: 9 }, (_, index) => draft(named("nothing", { subject: `try ${index}` }))));
    const { state } = await session(drafter, { maxCost: 1 });
    expect(state.finished).toMatchObject({ outcome: "limit" });
    expect(state.answers).toHaveLength(2);
  });
});
