import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mayWait, recorderIsDue } from "../../src/method/asking.ts";
import { approachKey } from "../../src/method/choose-target.ts";
import { openSteps } from "../../src/method/open-steps.ts";
import type { State } from "../../src/method/state.ts";
import { runSession } from "../../src/session/run-session.ts";
import { propose } from "../../src/steps/propose.ts";
import type { Entry } from "../../src/vocabulary/journal.ts";
import type { Foreseen, Mind, Ports } from "../../src/vocabulary/ports.ts";
import type { Forbidden } from "../../src/vocabulary/proposal.ts";
import { replay, ScriptedWorld, type Truth } from "../session/scripted-ports.ts";
import { began, fold, MiB, proposal, ready } from "./state-builder.ts";

const waits = (name: string, mib: number): Forbidden => ({
  technique: "drop-copy",
  site: { file: "app.py", qualname: name, line: 1 },
  subject: name,
  evidenceBytes: mib * MiB,
  reason: "not seen yet",
});
const foreseen = (more: Partial<Foreseen>): Foreseen => ({ proposals: [], forbidden: [], waiting: [], ...more });

/** Before the mind was asked, with what it ruled out at an earlier commit. */
const asked = (ruledOut: Forbidden[] = []): State => ({ ...ready([]), proposed: null, ruledOut });
const refused = (key: string): Entry => ({ kind: "refused", key, gate: "checklist", reason: "r" });

describe("the recorder", () => {
  const large = proposal("large", 20);
  const small = proposal("small", 2);

  it.each([
    ["nothing waits", foreseen({ proposals: [small] }), 0],
    ["what waits gives less than the next change", foreseen({ proposals: [large], waiting: [waits("a", 10)] }), 10 * MiB],
    ["what waits may give more", foreseen({ proposals: [small], waiting: [waits("a", 10)] }), null],
    ["there is nothing else", foreseen({ waiting: [waits("a", 1)] }), null],
    ["there is nothing at all", foreseen({}), null],
  ])("waits where it cannot change what is tried next: %s", (_, answer, expected) => {
    expect(mayWait(asked(), answer)).toBe(expected);
  });

  it("is not asked again at once about what it ruled out, but before the end", () => {
    const answer = foreseen({ proposals: [small], waiting: [waits("a", 10)] });
    expect(mayWait(asked([waits("a", 10)]), answer)).toBe(0);
    const state = fold(
      [{ kind: "proposed", commit: "base", proposals: [small], forbidden: [], observed: null, waiting: 0 }],
      asked(),
    );
    expect(recorderIsDue(state)).toBe(false);
    expect(openSteps(state).open[0]?.step).toBe("choose");
    const after = fold([refused(approachKey(small))], state);
    expect(recorderIsDue(after)).toBe(true);
    expect(openSteps(after).open[0]?.step).toBe("propose");
  });

  it("is asked when the next change gives no more than what waits", () => {
    const waiting = 10 * MiB;
    const proposed: Entry = {
      kind: "proposed",
      commit: "base",
      proposals: [large, small],
      forbidden: [],
      observed: null,
      waiting,
    };
    const state = fold([proposed], asked());
    expect(openSteps(state).open[0]?.step).toBe("choose");
    expect(openSteps(fold([refused(approachKey(large))], state)).open[0]?.step).toBe("propose");
  });

  it("is asked at most once a commit, and then everything counts", async () => {
    const questions: string[] = [];
    const mind: Mind = {
      name: "two-faced",
      watch: () => ({ classes: [{ file: "app.py", qualname: "A" }], values: [] }),
      foresee: () => {
        questions.push("foresee");
        return foreseen({ proposals: [large], waiting: [waits("a", 10)] });
      },
      propose: ({ usage }) => {
        questions.push(usage === null ? "without usage" : "with usage");
        return { proposals: [large, proposal("seen", 9)], forbidden: [waits("b", 3)] };
      },
    };
    const world = new ScriptedWorld([], new Map());
    const ports: Ports = { ...world.ports(), mind };
    const steps = async (state: State): Promise<State> => {
      const entries: Entry[] = [];
      for await (const entry of propose(state, ports)) entries.push(entry);
      return fold(entries, state);
    };
    const early = await steps(asked());
    expect(early.proposed).toMatchObject({ waiting: 10 * MiB, observed: null });
    const late = await steps(fold([refused(approachKey(large))], early));
    expect(late.proposed).toMatchObject({ forbidden: [{ subject: "b" }] });
    expect(late.proposed?.waiting).toBeUndefined();
    expect(late.ruledOut.map((it) => it.subject)).toEqual(["b"]);
    expect(recorderIsDue(late)).toBe(false);
    expect(questions.filter((it) => it === "foresee").length).toBeLessThanOrEqual(2);
  });

  it("changes nothing of what a session tries and keeps, whatever waits for it", async () => {
    const names = ["a", "b", "c", "d"];
    const sizes = fc.tuple(...names.map(() => fc.integer({ min: 1, max: 30 })));
    // all together stay below the 100 MiB of the scripted world
    const gains = fc.tuple(...names.map(() => fc.integer({ min: -5, max: 20 })));
    const waiting = fc.subarray(names);
    await fc.assert(
      fc.asyncProperty(sizes, gains, waiting, fc.integer({ min: 1, max: 2 }), async (sizes, gains, waiting, jobs) => {
        const truth = (mib: number): Truth => ({
          heapMib: mib,
          processMib: mib,
          breaksTest: false,
          crashes: false,
          applies: true,
        });
        const truths = new Map(names.map((name, index) => [name, truth(gains[index] ?? 0)]));
        const all = names.map((name, index) =>
          proposal(name, sizes[index] ?? 1, { technique: `t${name}`, edits: [{ file: "app.py", start: 0, end: 0, text: name }] }),
        );
        const isLate = (it: { technique: string }) => waiting.includes(it.technique.slice(1));
        const ran = async (foresees: boolean) => {
          const world = new ScriptedWorld(all, truths);
          const { mind, ...ports } = world.ports();
          const late = all.filter(isLate).map((it) => ({ ...it, evidenceBytes: it.expectedBytes }));
          const early = foreseen({ proposals: all.filter((it) => !isLate(it)), waiting: late });
          await ports.journal.append(began({ pairs: 2 }));
          await runSession(
            replay(world.log),
            { ...ports, mind: { ...mind, ...(foresees && { foresee: () => early }) } },
            { requested: false, now: false },
            jobs,
          );
          const tried = world.log.flatMap(({ entry }) => (entry.kind === "opened" ? [entry.key] : []));
          return { tried, kept: world.kept };
        };
        expect(await ran(true)).toEqual(await ran(false));
      }),
      { numRuns: 60 },
    );
  });
});
