import { describe, expect, it } from "vitest";
import { excludedTests } from "../../src/method/excluded-tests.ts";
import { runSession } from "../../src/session/run-session.ts";
import type { Ports } from "../../src/vocabulary/ports.ts";
import type { Settings } from "../../src/vocabulary/settings.ts";
import { began, proposal, tests } from "../method/state-builder.ts";
import { replay, ScriptedWorld, type Truth } from "./scripted-ports.ts";

const good: Truth = { heapMib: 20, processMib: 20, breaksTest: false, crashes: false, applies: true };

async function session(change: (ports: Ports, world: ScriptedWorld) => Ports, settings: Partial<Settings> = {}) {
  const edits = [{ file: "app.py", start: 0, end: 0, text: "a" }];
  const world = new ScriptedWorld([proposal("a", 20, { edits })], new Map([["a", good]]));
  const ports = change(world.ports(), world);
  await ports.journal.append(began({ pairs: 2, ...settings }));
  return { world, run: runSession(replay(world.log), ports, { requested: false, now: false }) };
}
const kinds = (world: ScriptedWorld) => world.log.map((it) => it.entry.kind);

describe("a run that measured the wrong code", () => {
  /** The first `count` traced runs of a candidate import something else. */
  const straying = (count: number) => (ports: Ports) => {
    let left = count;
    const at = ports.at("B");
    return {
      ...ports,
      at: () => ({
        ...at,
        bench: {
          ...at.bench,
          traced: async (commit: string) => {
            const run = await at.bench.traced(commit);
            if (commit === "base" || left === 0) return run;
            left -= 1;
            return { ...run, witness: { ...run.witness, strays: ["app (/elsewhere/app.py)"] } };
          },
        },
      }),
    };
  };

  it("is no result: all of the experiment is measured again", async () => {
    const { world, run } = await session(straying(1));
    const state = await run;
    expect(kinds(world).filter((it) => it === "invalid")).toHaveLength(1);
    expect(state.experiments).toMatchObject([{ verdict: { status: "keep" }, invalid: [expect.stringContaining("/elsewhere")] }]);
  });

  it("ends the work when it comes twice in a row, and keeps nothing", async () => {
    const { world, run } = await session(straying(2));
    await expect(run).rejects.toMatchObject({ code: "wrong-code-measured" });
    expect(kinds(world)).not.toContain("kept");
  });
});

describe("the tests before any change", () => {
  const answering =
    (...runs: Parameters<typeof tests>[0][]) =>
    (ports: Ports) => {
      const left = [...runs];
      return {
        ...ports,
        tests: { ...ports.tests, run: async () => tests(left.length > 1 ? (left.shift() ?? {}) : (left[0] ?? {})) },
      };
    };

  it("leave out of the verdicts what fails or flakes, and name it", async () => {
    const { run } = await session(
      answering(
        { ok: "passed", flaky: "passed", broken: "failed" },
        { ok: "passed", flaky: "failed", broken: "failed" },
        { ok: "passed", flaky: "failed", broken: "failed" },
      ),
    );
    const state = await run;
    expect(excludedTests(state.testRuns)).toEqual(["broken", "flaky"]);
    expect(state.experiments).toMatchObject([{ verdict: { status: "keep" } }]);
  });

  it("must have one that passes", async () => {
    const { run } = await session(answering({ broken: "failed" }));
    await expect(run).rejects.toMatchObject({ code: "tests-failed" });
  });

  it("are repeated before a failure is blamed on a change", async () => {
    const green = { ok: "passed" } as const;
    const { run } = await session(answering(green, green, { ok: "failed" }, green));
    expect((await run).experiments).toMatchObject([{ verdict: { status: "keep" } }]);
  });

  it("are followed by the guard, which must pass", async () => {
    const failing = (ports: Ports) => ({
      ...ports,
      tests: { ...ports.tests, guard: async () => ({ exitCode: 1, output: "E501" }) },
    });
    const { run } = await session(failing, { guard: "ruff check" });
    expect((await run).experiments).toMatchObject([
      { verdict: { status: "discard", rule: "guard", reason: "the guard fails: E501" } },
    ]);
  });
});
