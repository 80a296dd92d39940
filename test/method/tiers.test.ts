import { describe, expect, it } from "vitest";
import { advance, beginning, type State } from "../../src/method/state.ts";
import { escalation, grownTier, nextTier, onlyThere, uncheckedTiers, unsurveyed } from "../../src/method/tiers.ts";
import { runSession } from "../../src/session/run-session.ts";
import type { Entry } from "../../src/vocabulary/journal.ts";
import type { HeldLine, Profile } from "../../src/vocabulary/profile.ts";
import { replay, ScriptedWorld, type Truth } from "../session/scripted-ports.ts";
import { began, MiB, profileOf, proposal, sample, traced } from "./state-builder.ts";

const target = { kind: "script" as const, path: "app.py", args: [] };
const tiers = ["B", "A", "S"].map((name) => ({ name, target, targetName: `app.py ${name}` }));
const session = { ...began({ pairs: 2 }), tiers } as Entry;
const state = (...entries: Entry[]): State =>
  [session, ...entries].reduce((known, entry, seq) => advance(known, { seq, ts: 1000 * seq, entry }), beginning);
const surveyed = (tier: string, mib: number, durationMs = 100): Entry => ({
  kind: "surveyed",
  tier,
  samples: [sample(mib + 20, { durationMs })],
  traced: traced(mib),
});

describe("tiers", () => {
  it("are surveyed each, unless there is only one", () => {
    expect(unsurveyed(state(surveyed("B", 100))).map((it) => it.name)).toEqual(["A", "S"]);
    expect(unsurveyed(advance(beginning, { seq: 0, ts: 0, entry: began() }))).toEqual([]);
  });

  it.each([
    [120, { go: false }],
    [121, "look at its profile"],
    [199, "look at its profile"],
    [200, { go: true }],
    [900, { go: true }],
  ])("of 100 and %i MiB: the ratio rule says what it says", (mib, expected) => {
    const answer = escalation(state(surveyed("B", 100), surveyed("A", mib), surveyed("S", 1)), "A");
    if (typeof expected === "string") expect(answer).toBe(expected);
    else expect(answer).toMatchObject(expected);
  });

  it("in between are told apart by what only the heavier profile holds", () => {
    const line = (number: number, mib: number): HeldLine => ({
      file: "app.py",
      line: number,
      function: "main",
      bytes: mib * MiB,
      blocks: 1,
      project: true,
    });
    const withLines = (mib: number, lines: HeldLine[]) => {
      const profile = profileOf("c", mib);
      return { ...profile, census: { projectLines: lines } as Profile["census"] };
    };
    const here = withLines(100, [line(1, 90)]);
    expect(onlyThere(withLines(150, [line(1, 140)]), here)).toEqual([]);
    expect(onlyThere(withLines(150, [line(1, 90), line(7, 50), line(9, 1)]), here).map((it) => it.source)).toEqual([
      "app.py:7 (main)",
    ]);
  });

  it("are looked at before a keep where that is affordable, and veto what harms them", () => {
    const before = state(surveyed("B", 100), surveyed("A", 200, 400), surveyed("S", 900, 600), {
      kind: "calibrated",
      samples: [sample(120), sample(120)],
      traced: traced(100),
    });
    const opened: Entry = { kind: "opened", experiment: 1, commit: "base", key: "k", proposal: proposal("a", 10) };
    const known = advance(before, { seq: 9, ts: 0, entry: opened });
    const experiment = known.experiments[0];
    if (!experiment) throw new Error("opened");
    expect(uncheckedTiers(experiment, known)).toEqual(["A"]);
    const checked = (mib: number) =>
      advance(known, { seq: 10, ts: 0, entry: { kind: "tier-checked", experiment: 1, tier: "A", run: traced(mib) } });
    expect(grownTier(checked(201).experiments[0] ?? experiment, checked(201))).toMatchObject({ tier: "A", bytes: MiB });
    expect(grownTier(checked(200.05).experiments[0] ?? experiment, checked(200.05))).toBeNull();
    expect(grownTier(checked(150).experiments[0] ?? experiment, checked(150))).toBeNull();
  });
});

const good: Truth = { heapMib: 20, processMib: 20, breaksTest: false, crashes: false, applies: true };

describe("a session over three tiers", () => {
  /** B and A differ by 2.8, S is hardly heavier than A; */
  async function run() {
    const named = (name: string, mib: number) =>
      proposal(name, mib, { edits: [{ file: "app.py", start: 0, end: 0, text: name }] });
    const world = new ScriptedWorld([named("narrow", 20)], new Map([["narrow", good]]));
    const ports = world.ports();
    const factor: Record<string, number> = { B: 1, A: 2.8, S: 3 };
    const scaled = {
      ...ports,
      at: (tier: string) => {
        const { bench, profiler } = ports.at(tier);
        const times = factor[tier] ?? 1;
        return {
          profiler,
          bench: {
            ...bench,
            sample: async (commit: string) => {
              const it = await bench.sample(commit);
              return { ...it, peakBytes: (it.peakBytes ?? 0) * times };
            },
            traced: async (commit: string) => {
              const it = await bench.traced(commit);
              return { ...it, heapPeakBytes: (it.heapPeakBytes ?? 0) * times };
            },
          },
        };
      },
    };
    await ports.journal.append(session);
    return { world, state: await runSession(replay(world.log), scaled, { requested: false, now: false }) };
  }

  it("goes from B to A, and stays there", async () => {
    const { world, state: ended } = await run();
    const told = world.log.map((it) => it.entry);
    expect(told.filter((it) => it.kind === "surveyed").map((it) => it.tier)).toEqual(["B", "A", "S"]);
    expect(told.filter((it) => it.kind === "escalated")).toMatchObject([{ from: "B", to: "A" }]);
    expect(ended.tier).toBe("A");
    expect(nextTier(ended)?.name).toBe("S");
    expect(ended.left.map((it) => it.tier)).toEqual(["B"]);
    expect(ended.finished?.why).toContain("tier S peaks at 1.1 times tier A");
    const afterEscalation = told.slice(told.findIndex((it) => it.kind === "escalated") + 1).map((it) => it.kind);
    expect(afterEscalation.slice(0, 4)).toEqual(["began", "calibrated", "began", "profiled"]);
    expect(told.some((it) => it.kind === "tier-checked")).toBe(true);
  });
});
