import { describe, expect, it } from "vitest";
import { stopRule } from "../../../src/method/plateau.ts";
import { advance, beginning, type State } from "../../../src/method/state.ts";
import { definitionsOf } from "../../../src/minds/guest/definitions.ts";
import { choosing, finishing, opening } from "../../../src/minds/guest/gates.ts";
import { type Desk, guest, positionOf, type Said, wordsTo } from "../../../src/minds/guest/guest.ts";
import { targetsOf } from "../../../src/minds/guest/targets.ts";
import { runSession } from "../../../src/session/run-session.ts";
import type { Brief, Failed } from "../../../src/vocabulary/draft.ts";
import type { FileFacts } from "../../../src/vocabulary/facts.ts";
import type { Plan } from "../../../src/vocabulary/guest.ts";
import type { Census, Profile } from "../../../src/vocabulary/profile.ts";
import { began, MiB, profileOf, proposal, ready } from "../../method/state-builder.ts";
import { ScriptedWorld, type Truth } from "../../session/scripted-ports.ts";

const line = (name: string, mib: number) => ({
  file: "app.py",
  line: 3,
  function: name,
  bytes: mib * MiB,
  blocks: 10,
  project: true,
});
const profile: Profile = {
  ...profileOf("base", 100),
  census: {
    tracedBytes: 100 * MiB,
    projectLines: [line("small", 10), line("big", 60), { ...line("outside", 90), project: false }, line("tiny", 1)],
    lines: [],
    types: [],
    locals: [],
    holders: [],
    caches: [],
    emptyValues: [],
  } as unknown as Census,
};
const brief = {
  profile,
  facts: { files: {}, unreadable: {} },
  floorBytes: 0.1 * MiB,
  paid: [],
  commit: "base",
} as unknown as Brief;
const state: State = ready([], { model: "guest" });
const { edits: _, ...plan } = proposal("lines", 20, {
  site: { file: "app.py", qualname: "big", line: 3 },
  scope: ["app.py:big"],
});
const why = "its rows are what the result is made from, 10 MiB of them";

describe("the targets of an agent", () => {
  it("stand in the order of what was measured, the project's own alone", () => {
    expect(targetsOf(brief, state).map((it_) => it_.id)).toEqual(["app.py:big", "app.py:small", "app.py:tiny"]);
  });

  it("are the stages where there is no census", () => {
    const without = { ...brief, profile: { ...profile, census: null } };
    expect(targetsOf(without, state)).toMatchObject([{ id: "app.py:main", bytes: 100 * MiB }]);
  });
});

describe("the gates of an agent", () => {
  it.each([
    ["the largest", "app.py:big", [], null],
    ["a smaller one", "app.py:small", [], "app.py:big (60.0 MiB) stands above"],
    ["a smaller one with a reason", "app.py:small", [{ target: "app.py:big", why }], null],
    [
      "a smaller one with an evasion",
      "app.py:small",
      [{ target: "app.py:big", why: "I am not sure that it can be reduced" }],
      "must be said",
    ],
    ["what holds nothing", "app.py:outside", [], "holds nothing at the peak"],
  ])("choose: %s", (_name, target, passed, refusal) => {
    const said = choosing(brief, state, target, passed);
    if (refusal === null) expect(said).toBeNull();
    else expect(said).toContain(refusal);
  });

  const cases: [string, Partial<Plan>, string | null][] = [
    ["eight answers", {}, null],
    ["an unknown mechanism", { checklist: { ...plan.checklist, mechanism: "unknown" } }, 'answer "mechanism"'],
    [
      "an answer without a figure",
      { checklist: { ...plan.checklist, persistent: "yes, it is alive for a long time" } },
      'answer "persistent"',
    ],
    ["two things at once", { summary: "Free the lines and share the keys" }, "says two things"],
    ["no gain", { expectedBytes: 0 }, "expects no gain"],
    ["more than there is", { expectedBytes: 70 * MiB }, "holds 60.0 MiB"],
    ["another category than the change", { category: "image-buffers" }, "the checklist says data-structures"],
    ["a scope without a name", { scope: ["big"] }, "write file.py:qualname"],
  ];
  it.each(cases)("checklist: %s", (_name, change, refusal) => {
    const target = targetsOf(brief, state)[0];
    if (!target) throw new Error("no target");
    const said = opening(brief, state, target, { ...plan, evidenceBytes: 60 * MiB, ...change });
    if (refusal === null) expect(said).toBeNull();
    else expect(said).toContain(refusal);
  });

  it("finish: nothing that is worth a word is left without one", () => {
    expect(finishing(brief, state, "done", [])).toContain("does not say why");
    const left = finishing(brief, state, "the rest is working data", []);
    expect(left).toContain("app.py:big (60.0 MiB), app.py:small");
    expect(left).not.toContain("tiny");
    const passed = ["app.py:big", "app.py:small"].map((target) => ({ target, why }));
    expect(finishing(brief, state, "the rest is working data", passed)).toBeNull();
  });
});

const good: Truth = { heapMib: 20, processMib: 20, breaksTest: false, crashes: false, applies: true };

/** A desk at which the words lie ready; `null` is a pause. */
class ScriptedDesk implements Desk {
  readonly refusals: string[] = [];
  readonly asks: (Failed | null)[] = [];
  now: State = beginning;
  private readonly words: Said[];
  constructor(words: Said[]) {
    this.words = words;
  }
  asked = (_: Brief, failed: Failed | null) => void this.asks.push(failed);
  take = () => this.words.shift() ?? null;
  refuse = (reason: string) => void this.refusals.push(reason);
  state = () => this.now;
  read = async () => new TextEncoder().encode("a\nb\n");
}

const choose: Said = { kind: "choose", target: "app.py:main", passed: [] };
const opens = (subject: string): Said => ({ kind: "open", plan: { ...plan, subject } });
const change = (replace: string): Said => ({
  kind: "submit",
  blocks: [{ file: "app.py", search: "a\n", replace: `${replace}\n` }],
});
const stop: Said = {
  kind: "finish",
  why: "the rest is working data",
  passed: [{ target: "app.py:main", why }],
  learned: ["it allocates twice"],
};

async function session(desk: ScriptedDesk) {
  const truths = new Map([
    ["good\n", good],
    ["bad\n", { ...good, breaksTest: true }],
  ]);
  const world = new ScriptedWorld([], truths);
  const ports = { ...world.ports(), drafter: guest(desk) };
  const { append } = ports.journal;
  ports.journal.append = async (entry) => {
    const recorded = await append(entry);
    desk.now = advance(desk.now, recorded);
    return recorded;
  };
  await ports.journal.append(began({ pairs: 2, model: "guest" }));
  const run = () => runSession(desk.now, ports, { requested: false, now: false });
  return { world, run };
}

describe("an agent as the mind", () => {
  it("goes from its choice to a keep and to the plateau, each word journalled before it counts", async () => {
    const desk = new ScriptedDesk([choose, opens("x"), change("good"), stop]);
    const { world, run } = await session(desk);
    const end = await run();
    expect(desk.refusals).toEqual([]);
    expect(end.experiments.map((it_) => it_.verdict?.status)).toEqual(["keep"]);
    expect(end.finished?.outcome).toBe("plateau");
    const kinds = world.log.flatMap(({ entry }) => (entry.kind === "said" ? [entry.word.kind] : []));
    expect(kinds).toEqual(["target", "plan", "edits", "done"]);
    expect(end.discoveries.map((it_) => it_.text)).toContain("it allocates twice");
  });

  it("pauses while it says nothing, and is refused out of turn without losing its place", async () => {
    const desk = new ScriptedDesk([change("good"), choose, change("good")]);
    const { run } = await session(desk);
    const paused = await run();
    expect(desk.refusals).toEqual([
      expect.stringContaining("no experiment is open"),
      expect.stringContaining("checklist was not accepted"),
    ]);
    expect(positionOf(wordsTo("draft-1", paused))).toEqual({ at: "check", target: "app.py:main" });
    expect(paused.finished).toBeNull();
  });

  it("may repair what broke, must do so before anything else, and may give it up", async () => {
    const desk = new ScriptedDesk([
      choose,
      opens("x"),
      change("bad"),
      choose,
      change("good"),
      choose,
      opens("y"),
      change("bad"),
      { kind: "give-up", why: "it needs both" },
    ]);
    const { run } = await session(desk);
    const end = await run();
    expect(desk.refusals).toEqual([expect.stringContaining("submit a repair, or give it up")]);
    expect(end.experiments.map((it_) => [it_.verdict?.status, it_.reworks, it_.gaveUp])).toEqual([
      ["keep", 1, false],
      ["discard", 0, true],
    ]);
  });

  it("waits for a repair as long as it takes", async () => {
    const desk = new ScriptedDesk([choose, opens("x"), change("bad")]);
    const { run } = await session(desk);
    const paused = await run();
    expect(desk.asks.at(-1)?.reason).toContain("passed before");
    expect(paused.experiments.at(-1)?.verdict).toBeNull();
    expect(stopRule(paused)).toBeNull();
  });
});

describe("definitions", () => {
  it("are spans of whole lines, a class as far as its body goes", () => {
    const text = "import os\n\nclass A:\n    x = 1\n\n    def f(self):\n        return 1\n\n    y = 2\n\ndef g():\n    pass\n";
    const facts = {
      lifetimes: {
        functions: [
          { qualname: "A.f", line: 6, endLine: 7 },
          { qualname: "g", line: 11, endLine: 12 },
        ],
      },
      classes: { classes: [{ qualname: "A", line: 3, decorators: [] }] },
    } as unknown as FileFacts;
    const found = definitionsOf(new TextEncoder().encode(text), facts).map((it_) => [
      it_.qualname,
      text.slice(it_.start, it_.end),
      it_.indent,
    ]);
    expect(found).toEqual([
      ["A", text.slice(text.indexOf("class"), text.indexOf("def g")), 0],
      ["A.f", "    def f(self):\n        return 1\n", 4],
      ["g", "def g():\n    pass\n", 0],
    ]);
  });
});
