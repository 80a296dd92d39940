import fc from "fast-check";
import { expect, it } from "vitest";
import { advance, beginning, type State } from "../../../src/method/state.ts";
import { type Desk, guest, positionOf, type Said, wordsTo } from "../../../src/minds/guest/guest.ts";
import { runSession } from "../../../src/session/run-session.ts";
import type { Brief, Failed } from "../../../src/vocabulary/draft.ts";
import type { Entry } from "../../../src/vocabulary/journal.ts";
import { began, proposal } from "../../method/state-builder.ts";
import { replay, ScriptedWorld, type Truth } from "../../session/scripted-ports.ts";

const good: Truth = { heapMib: 10, processMib: 10, breaksTest: false, crashes: false, applies: true };
const truths = new Map([
  ["good\n", good],
  ["bad\n", { ...good, breaksTest: true }],
  ["idle\n", { ...good, heapMib: 0, processMib: 0 }],
]);
const { edits: _edits, site: _site, evidence: _evidence, evidenceBytes: _bytes, ...plan } = proposal("x", 10, { scope: [] });
const why = "its rows are what the result is made from, 10 MiB of them";
const passed = [{ target: "app.py:main", why }];

const word = fc.oneof(
  fc.constantFrom("app.py:main", "app.py:other").map((target): Said => ({ kind: "choose", target, passed: [] })),
  fc.tuple(fc.nat(3), fc.constantFrom("lines go before load() begins: 10 MiB", "unknown")).map(
    ([n, mechanism]): Said => ({
      kind: "open",
      plan: { ...plan, subject: `x${n}`, technique: `t${n}`, checklist: { ...plan.checklist, mechanism } },
    }),
  ),
  fc
    .constantFrom("good", "bad", "idle")
    .map((text): Said => ({ kind: "submit", blocks: [{ file: "app.py", search: "a\n", replace: `${text}\n` }] })),
  fc.constant<Said>({ kind: "give-up", why: "it needs both" }),
  fc
    .boolean()
    .map((honest): Said => ({ kind: "finish", why: "the rest is working data", passed: honest ? passed : [], learned: [] })),
);

/** Noise, and among it the right order, so that experiments come to be. */
const words = fc
  .array(
    fc.oneof(
      word.map((it_) => [it_]),
      fc.tuple(fc.nat(9), fc.constantFrom("good", "bad", "idle")).map(([n, text]): Said[] => [
        { kind: "choose", target: "app.py:main", passed: [] },
        { kind: "open", plan: { ...plan, subject: `y${n}`, technique: `u${n}` } },
        { kind: "submit", blocks: [{ file: "app.py", search: "a\n", replace: `${text}\n` }] },
      ]),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((it_) => it_.flat());

/** A world, a seat in it, and what the one who sits there says. */
async function seated(speak: (state: State, failed: Failed | null) => Said | null) {
  const world = new ScriptedWorld([], truths);
  const seat = { state: beginning, failed: null as Failed | null };
  const desk: Desk = {
    asked: (_: Brief, failed) => {
      seat.failed = failed;
    },
    take: () => speak(seat.state, seat.failed),
    refuse: () => undefined,
    state: () => seat.state,
    read: async () => new TextEncoder().encode("a\n"),
  };
  const ports = { ...world.ports(), drafter: guest(desk) };
  const { append } = ports.journal;
  let most = Number.POSITIVE_INFINITY;
  ports.journal.append = async (entry) => {
    if (world.log.length >= most) throw new Error("killed");
    const recorded = await append(entry);
    seat.state = advance(seat.state, recorded);
    return recorded;
  };
  await ports.journal.append(began({ pairs: 2, model: "guest", maxExperiments: 8 }));
  const run = () => runSession(seat.state, ports, { requested: false, now: false });
  const killedAt = (entries: number) => {
    most = entries;
  };
  const again = () => {
    most = Number.POSITIVE_INFINITY;
    seat.state = replay(world.log);
  };
  return { world, run, killedAt, again, state: () => seat.state };
}

/** No experiment but from a table of its commit, a target, a plan and edits, said in that order in answer to one question. */
function holds(entries: readonly Entry[]): void {
  let said: string[] = [];
  let [table, head] = [false, "base"];
  for (const entry of entries) {
    if (entry.kind === "profiled") table = entry.commit === head;
    if (entry.kind === "kept") [head, table] = [entry.commit, false];
    if (entry.kind === "drafted")
      expect(entry.done ? ["done"] : ["target", "plan", "edits"]).toEqual(entry.done ? said.slice(-1) : lastRound(said));
    if (entry.kind === "drafted") said = [];
    if (entry.kind === "said" && entry.call.startsWith("draft")) said.push(entry.word.kind);
    if (entry.kind === "opened") expect([table, entry.commit]).toEqual([true, head]);
    if (entry.kind === "said") expect(table).toBe(true);
  }
}

/** From the last choice on; a plan may be made anew. */
function lastRound(said: readonly string[]): string[] {
  return [...new Set(said.slice(said.lastIndexOf("target")))];
}

it("whatever an agent says in whatever order, no gate is left out", async () => {
  let opened = 0;
  await fc.assert(
    fc.asyncProperty(words, async (said) => {
      const rest = [...said];
      const { run, world } = await seated(() => rest.shift() ?? null);
      while (rest.length > 0) if ((await run()).finished) break;
      holds(world.log.map((it_) => it_.entry));
      opened += world.log.filter((it_) => it_.entry.kind === "opened").length;
    }),
    { numRuns: 100 },
  );
  expect(opened).toBeGreaterThan(20);
});

/** Goes by what it reads in the journal alone: two changes, the first of which it has to repair, then the end. */
function diligent(state: State, failed: Failed | null): Said {
  const submit = (text: string): Said => ({ kind: "submit", blocks: [{ file: "app.py", search: "a\n", replace: `${text}\n` }] });
  if (failed) return submit("good");
  const { at } = positionOf(wordsTo(`draft-${state.drafts.length + 1}`, state));
  const number = state.experiments.length;
  if (number >= 2) return { kind: "finish", why: "the rest is working data", passed, learned: [] };
  if (at === "choose") return { kind: "choose", target: "app.py:main", passed: [] };
  return at === "check"
    ? { kind: "open", plan: { ...plan, subject: `x${number}`, technique: `t${number}` } }
    : submit(number === 0 ? "bad" : "idle");
}

it("killed after any entry of the journal, the session ends as the undisturbed one", async () => {
  const told = (state: State) => state.experiments.map((it_) => [it_.proposal.subject, it_.verdict?.status, it_.reworks]);
  const calm = await seated(diligent);
  const end = await calm.run();
  expect(told(end)).toEqual([
    ["x0", "keep", 1],
    ["x1", "discard", 0],
  ]);
  expect(end.finished?.outcome).toBe("plateau");
  for (let entries = 2; entries < calm.world.log.length; entries++) {
    const one = await seated(diligent);
    one.killedAt(entries);
    await expect(one.run()).rejects.toThrow("killed");
    one.again();
    const after = await one.run();
    expect(told(after), `killed after ${entries} entries`).toEqual(told(end));
    expect(after.finished?.outcome).toBe("plateau");
    holds(one.world.log.map((it_) => it_.entry));
  }
});
