import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { advance, beginning } from "../../src/method/state.ts";
import { modelMind } from "../../src/minds/model/model-mind.ts";
import { runSession } from "../../src/session/run-session.ts";
import type { Hands, Provider } from "../../src/vocabulary/model.ts";
import { began } from "../method/state-builder.ts";
import { ScriptedWorld, type Truth } from "./scripted-ports.ts";

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
const propose = (technique: string, name: string, more: object = {}) => ({
  name: "propose",
  input: {
    technique,
    strategy: "allocations",
    site: { file: "app.py", qualname: "main" },
    subject: technique,
    description: technique,
    summary: `Try ${technique} on what load gives`,
    expectedMib: 20,
    checklist: {
      category: "data-structures",
      reducible: "the 1000 rows that load gives need not be held",
      persistent: "the 1000 rows are alive until main returns",
      mechanism: "one of the 1000 rows is alive before the next is made",
      productionSafe: "nothing is cached",
      verifyCheaply: "I measured it already: 95 MiB less, all tests pass",
    },
    scope: ["app.py:main"],
    edits: change(name),
    declaredCosts: [],
    consent: null,
    ...more,
  },
});
const good: Truth = { heapMib: 20, processMib: 20, breaksTest: false, crashes: false, applies: true };

it("a model's bad proposals end at the gate that is there for each, and its good one goes on", async () => {
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
  const asked: string[] = [];
  const provider: Provider = {
    name: "test:model",
    ask: async ({ call, turn }) => {
      asked.push(`${call}.${turn}`);
      const said = says[call] ?? [{ name: "pass", input: { why: "nothing reducible is left" } }];
      const calls = said.map((it, index) => ({ id: `${index}`, problem: null, ...(it as { name: string; input: never }) }));
      return {
        answer: { text: "", calls, ending: "tools", raw: null },
        tokens: { input: 1, cached: 0, output: 1 },
        cost: 0,
        sentBytes: 1,
      };
    },
  };
  const world = new ScriptedWorld(
    [],
    new Map([
      ["breaks", { ...good, breaksTest: true }],
      ["nothing", { ...good, heapMib: 0, processMib: 0 }],
      ["good", good],
    ]),
  );
  const ports = {
    ...world.ports(),
    drafter: modelMind({ hands, strong: provider, cheap: null, proposals: 1, mostTokens: 100, repairs: 2 }),
  };
  const start = advance(beginning, await ports.journal.append(began({ pairs: 2, model: "test:model", maxExperiments: 9 })));
  const state = await runSession(start, ports, { requested: false, now: false });
  const told = state.experiments.map((it) => `${it.proposal.technique} ${it.verdict?.status} ${it.verdict?.rule}`);
  expect(told).toEqual(["torn discard refused", "breaking discard correctness", "lying discard no gain", "honest keep gain"]);
  expect(state.experiments[2]?.verdict?.heapGainBytes).toBe(0);
  expect(asked.filter((it) => it.startsWith("rework-2-2"))).toHaveLength(3);
  expect(world.kept).toEqual(["base+good"]);
});
