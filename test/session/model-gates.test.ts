import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import type { State } from "../../src/method/state.ts";
import { modelMind } from "../../src/minds/model/model-mind.ts";
import { runSession } from "../../src/session/run-session.ts";
import type { Hands, Provider } from "../../src/vocabulary/model.ts";
import { began } from "../method/state-builder.ts";
import { proposeCall } from "../minds/model/propose-call.ts";
import { replay, ScriptedWorld, type Truth } from "./scripted-ports.ts";

const text = "def main():\n    return load()\n";
const hands: Hands = {
  source: async () => ({ bytes: Buffer.from(text), text, definitions: null }),
  uses: async () => ({ uses: [], more: 0 }),
  micro: async () => "no",
  docs: null,
  review: async () => [],
  mask: async (it) => it,
  digest: (it) => createHash("sha256").update(it).digest("hex"),
};
const change = (name: string) => [{ file: "app.py", search: "    return load()\n", replace: `${name}` }];
const propose = (technique: string, name: string, more: object = {}) =>
  proposeCall({
    technique,
    site: { file: "app.py", qualname: "main" },
    held: "the 1000 rows that load gives",
    expectedMib: 20,
    edits: change(name),
    ...more,
  });
const good: Truth = { heapMib: 20, processMib: 20, breaksTest: false, crashes: false, applies: true };

const says: Record<string, object[]> = {
  "draft-1": [propose("torn", "does not parse")],
  "rework-1-1": [{ name: "pass", input: { why: "I cannot mend it" } }],
  "draft-2": [propose("breaking", "breaks")],
  "rework-2-1": [{ name: "repair", input: { why: "I saw it", edits: change("breaks") } }],
  "rework-2-2": [
    { name: "repair", input: { why: "I saw it", edits: [{ file: "tests/test_app.py", search: "a", replace: "b" }] } },
  ],
  "draft-3": [propose("lying", "nothing")],
  "draft-4": [propose("honest", "good")],
};
const truths = new Map([
  ["breaks", { ...good, breaksTest: true }],
  ["nothing", { ...good, heapMib: 0, processMib: 0 }],
  ["good", good],
  ["better", { ...good, heapMib: 30, processMib: 30 }],
]);

/** A model that says the same to the same question, and what it was asked. */
function scripted(given: Record<string, object[]> = says): Provider & { asked: string[] } {
  const asked: string[] = [];
  return {
    name: "test:model",
    asked,
    ask: async ({ call, turn }) => {
      asked.push(`${call}.${turn}`);
      const said = given[`${call}.${turn}`] ?? given[call] ?? [{ name: "pass", input: { why: "nothing reducible is left" } }];
      const calls = said.map((it, index) => ({ id: `${index}`, problem: null, ...(it as { name: string; input: never }) }));
      return {
        answer: { text: "", calls, ending: "tools", raw: null },
        tokens: { input: 1, cached: 0, output: 1 },
        cost: 0,
        sentBytes: 1,
      };
    },
  };
}

function mind(strong: Provider, proposals = 1) {
  return modelMind({ hands, strong, cheap: null, proposals, mostTokens: 100, repairs: 2 });
}

async function session(strong: Provider, proposals = 1) {
  const world = new ScriptedWorld([], truths);
  const ports = { ...world.ports(), drafter: mind(strong, proposals) };
  await ports.journal.append(began({ pairs: 2, model: "test:model", maxExperiments: 9, jobs: 2 }));
  return { world, ports };
}
const go = { requested: false, now: false };
const told = (state: State) =>
  state.experiments.map((it) => `${it.proposal.technique} ${it.verdict?.status} ${it.verdict?.rule}`);

it("a model's bad proposals end at the gate that is there for each, and its good one goes on", async () => {
  const strong = scripted();
  const { world, ports } = await session(strong);
  const state = await runSession(replay(world.log), ports, go);
  expect(told(state)).toEqual([
    "torn discard refused",
    "breaking discard correctness",
    "lying discard no gain",
    "honest keep gain",
  ]);
  expect(state.experiments[2]?.verdict?.heapGainBytes).toBe(0);
  expect(strong.asked.filter((it) => it.startsWith("rework-2-2"))).toHaveLength(3);
  expect(world.kept).toEqual(["base+good"]);
});

it("killed after any entry, a session asks nothing again that its journal has, and ends as the undisturbed one", async () => {
  const whole = await session(scripted());
  const undisturbed = await runSession(replay(whole.world.log), whole.ports, go);
  for (let upTo = 1; upTo < whole.world.log.length; upTo++) {
    const strong = scripted();
    const { world, ports } = await session(strong);
    for (const { entry } of whole.world.log.slice(1, upTo)) await ports.journal.append(entry);
    // The tree of every commit is what it was: the candidates of before are made again by the same names.
    for (const { entry } of whole.world.log.slice(1, upTo))
      if (entry.kind === "opened") await ports.workspace.candidate(entry.commit, entry.proposal, "", 0);
    const paid = replay(world.log).answers.map((it) => `${it.call}.${it.turn}`);
    const state = await runSession(replay(world.log), ports, go);
    expect(told(state), `killed after entry ${upTo}`).toEqual(told(undisturbed));
    expect(
      strong.asked.filter((it) => paid.includes(it)),
      `killed after entry ${upTo}`,
    ).toEqual([]);
    expect(state.answers.map((it) => `${it.call}.${it.turn}`)).toEqual(undisturbed.answers.map((it) => `${it.call}.${it.turn}`));
  }
});

it("several changes that a model drafts for one site are tried at once, each in a tree of its own, and decided in their order", async () => {
  const drafted = scripted({ "draft-1.0": [propose("first", "nothing")], "draft-1.1": [propose("second", "better")] });
  const { world, ports } = await session(drafted, 2);
  const seen = { now: 0, most: 0, trees: new Set<string>() };
  const { bench, profiler } = ports.at("B");
  const at = () => ({
    profiler,
    bench: {
      ...bench,
      traced: async (commit: string) => {
        seen.trees.add(commit);
        seen.now += 1;
        seen.most = Math.max(seen.most, seen.now);
        await new Promise((done) => setTimeout(done, 20));
        seen.now -= 1;
        return bench.traced(commit);
      },
    },
  });
  const state = await runSession(replay(world.log), { ...ports, at }, go, 2);
  expect(told(state)).toEqual(["first discard no gain", "second keep gain"]);
  expect(drafted.asked.slice(0, 2)).toEqual(["draft-1.0", "draft-1.1"]);
  expect(seen.trees).toContain("base+better");
  expect(seen.most).toBe(2);
});
