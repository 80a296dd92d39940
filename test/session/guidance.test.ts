import { expect, it } from "vitest";
import { keeps } from "../../src/method/state.ts";
import { runSession } from "../../src/session/run-session.ts";
import { type Guidance, silence } from "../../src/vocabulary/guidance.ts";
import { began, proposal } from "../method/state-builder.ts";
import { replay, ScriptedWorld } from "./scripted-ports.ts";

const names = ["a", "b", "c"];

/** A session in which the user says something before each experiment: the words by the number of experiments so far. */
async function session(said: (experiments: number) => Guidance) {
  const world = new ScriptedWorld(
    names.map((name, index) =>
      proposal(name, 40 - index, { edits: [{ file: `${name}.py`, start: 0, end: 0, text: name }], scope: [`${name}.py:main`] }),
    ),
    new Map(names.map((name) => [name, { heapMib: 10, processMib: 10, breaksTest: false, crashes: false, applies: true }])),
  );
  const opened = () => world.log.filter((it) => it.entry.kind === "opened").length;
  const ports = { ...world.ports(), guidance: async () => said(opened()) };
  await ports.journal.append(began({ pairs: 2 }));
  const state = await runSession(replay(world.log), ports, { requested: false, now: false });
  return { state, kinds: world.log.map((it) => it.entry.kind) };
}

it("keeps off what the user says to avoid, and records what was said once", async () => {
  const { state, kinds } = await session(() => ({ ...silence, text: "avoid b", avoid: ["b.py"] }));
  expect(keeps(state)).toHaveLength(2);
  expect(state.refused).toMatchObject([{ gate: "guidance", reason: "guidance.md says to avoid b.py" }]);
  expect(kinds.filter((it) => it === "guided")).toHaveLength(1);
  expect(state.finished?.outcome).toBe("plateau");
});

it("stops when told to, so that the session can be taken up again", async () => {
  const { state } = await session((experiments) => (experiments === 1 ? { ...silence, text: "stop", stop: true } : silence));
  expect(state.experiments).toHaveLength(1);
  expect(state.finished).toMatchObject({ outcome: "limit", why: "guidance.md says stop" });
});

it("hears what is said while it runs", async () => {
  const { state } = await session((experiments) =>
    experiments >= 1 ? { ...silence, text: "x", avoid: ["c.py:main", "b.py"] } : silence,
  );
  expect(keeps(state).length).toBe(state.experiments.length);
  expect(state.refused.map((it) => it.gate)).toContain("guidance");
});
