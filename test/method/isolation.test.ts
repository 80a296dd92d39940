import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  chooseIsolation,
  environmentOf,
  type IsolationQuestion,
  levelOf,
  type Standing,
  standingOf,
} from "../../src/method/isolation.ts";
import { type Editor, probeNames, type Rung } from "../../src/vocabulary/isolation.ts";

const holds: Standing = { why: null, closesNetwork: true };
const leaksTcp: Standing = { why: null, closesNetwork: false };
const missing: Standing = { why: "bubblewrap is not installed", closesNetwork: false };
const plain: Standing = { why: null, closesNetwork: false };
const machine = (namespaces: Standing, landlock: Standing): IsolationQuestion["standings"] => ({
  namespaces,
  landlock,
  process: plain,
  external: plain,
});
const ask = (editor: Editor, standings: IsolationQuestion["standings"], more: Partial<IsolationQuestion> = {}) =>
  chooseIsolation({ editor, asked: null, network: false, standings, ...more });

describe("the rung that runs stand on", () => {
  it.each<[Editor, Standing, Standing, Partial<IsolationQuestion>, string]>([
    ["mind", holds, holds, {}, "namespaces closed, network off"],
    ["mind", missing, holds, {}, "landlock closed, network off"],
    ["mind", missing, leaksTcp, {}, "refused"],
    ["mind", missing, leaksTcp, { network: true }, "landlock closed, network on"],
    ["mind", missing, missing, {}, "refused"],
    ["mind", missing, missing, { asked: "process" }, "process closed, network off"],
    ["mind", missing, missing, { asked: "external" }, "external closed, network off"],
    ["mind", holds, holds, { asked: "landlock" }, "landlock closed, network off"],
    ["mind", missing, holds, { asked: "namespaces" }, "refused"],
    ["catalogue", holds, holds, {}, "namespaces guarded, network on"],
    ["catalogue", missing, holds, {}, "landlock guarded, network on"],
    ["catalogue", missing, missing, {}, "process guarded, network on"],
    ["nobody", holds, holds, {}, "namespaces open, network on"],
    ["nobody", missing, missing, {}, "process open, network on"],
  ])("%s with %o and %o (%o): %s", (editor, namespaces, landlock, more, expected) => {
    const found = ask(editor, machine(namespaces, landlock), more);
    const said = found.kind === "chosen" ? `${found.rung} ${found.view}, network ${found.network ? "on" : "off"}` : found.kind;
    expect(said).toBe(expected);
  });
  it("is refused with what lacks and a way to mend it", () => {
    expect(ask("mind", machine(missing, { why: "its probes could not be run", closesNetwork: false }))).toEqual({
      kind: "refused",
      why: "What a model changes is run only where it can do no harm, and that is not to be had here (namespaces: bubblewrap is not installed; landlock: its probes could not be run).",
      wayForward: expect.stringMatching(/apt-get install bubblewrap.*--isolation process/),
    });
  });
  it("says what can be done about namespaces by why there are none", () => {
    const ways = ["bubblewrap is not installed", "bwrap: No permissions to create new namespace"].map((why) => {
      const found = ask("mind", machine({ why, closesNetwork: false }, { why: "no kernel for it", closesNetwork: false }));
      return found.kind === "refused" ? found.wayForward : found.kind;
    });
    expect(ways[0]).toMatch(/^Install bubblewrap/);
    expect(ways[1]).toMatch(/^Let users make namespaces/);
    const named = ask("mind", { landlock: missing }, { asked: "landlock" });
    expect(named).toMatchObject({ kind: "refused", wayForward: "`codeflash-memory doctor` shows what holds." });
  });
  it("tells why it is not a stronger one", () => {
    expect(ask("catalogue", machine(missing, holds))).toMatchObject({ why: "namespaces: bubblewrap is not installed" });
    expect(ask("catalogue", machine(holds, holds))).toMatchObject({ why: null });
  });
  it("is found out from the top, one at a time, and no further than needed", () => {
    expect(ask("mind", {})).toEqual({ kind: "ask", rung: "namespaces" });
    expect(ask("mind", { namespaces: missing })).toEqual({ kind: "ask", rung: "landlock" });
    expect(ask("mind", { namespaces: holds })).toMatchObject({ kind: "chosen", rung: "namespaces" });
    expect(ask("nobody", {}, { asked: "process" })).toEqual({ kind: "ask", rung: "process" });
  });
  it("is never below the floor of who edits unless it was named, and never one that does not hold", () => {
    const standing = fc.record({ why: fc.option(fc.constantFrom("a", "b"), { nil: null }), closesNetwork: fc.boolean() });
    const rungs: Rung[] = ["namespaces", "landlock", "process", "external"];
    fc.assert(
      fc.property(
        fc.constantFrom<Editor>("nobody", "catalogue", "mind"),
        fc.option(fc.constantFrom(...rungs), { nil: null }),
        fc.boolean(),
        standing,
        standing,
        (editor, asked, network, namespaces, landlock) => {
          const standings = machine(namespaces, landlock);
          const found = chooseIsolation({ editor, asked, network, standings });
          if (found.kind === "ask") return false;
          if (found.kind === "refused") return found.wayForward.length > 0;
          const { rung } = found;
          const stands = standings[rung]?.why === null;
          if (asked !== null) return rung === asked && stands;
          if (editor !== "mind") return stands && rung !== "external" && found.network;
          return stands && ["namespaces", "landlock"].includes(rung) && (network || standings[rung]?.closesNetwork === true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("what probes say of a rung", () => {
  const probes = (...open: string[]) => probeNames.map((name) => ({ name, open: open.includes(name) }));
  const [key, , , , , , tcp, socket, processes] = probeNames;
  it.each<[Rung, string[], Standing]>([
    ["namespaces", [], { why: null, closesNetwork: true }],
    ["namespaces", [tcp], { why: null, closesNetwork: false }],
    ["namespaces", [key], { why: "it does not keep a run from this: read an ssh key", closesNetwork: true }],
    ["landlock", [socket, processes], { why: null, closesNetwork: true }],
    ["landlock", [socket, processes, tcp], { why: null, closesNetwork: false }],
    ["landlock", [key, socket], { why: "it does not keep a run from this: read an ssh key", closesNetwork: true }],
    ["process", [...probeNames], { why: null, closesNetwork: false }],
  ])("%s with %o open", (rung, open, expected) => {
    expect(standingOf(rung, probes(...open))).toEqual(expected);
  });
  it("is nothing where none could be run", () => {
    expect(standingOf("namespaces", []).why).toBe("its probes could not be run");
  });
});

describe("the environment of a run", () => {
  const ours = {
    PATH: "/bin",
    PYTHONPATH: "lib",
    OMP_NUM_THREADS: "2",
    ANTHROPIC_API_KEY: "k",
    DEPLOY_TOKEN: "t",
    DATABASE_URL: "postgres://u:p@h",
    PYTEST_AUTH_TOKEN: "t",
    NOTHING: undefined,
  };
  it.each([
    ["open", ["PATH", "PYTHONPATH", "OMP_NUM_THREADS", "DEPLOY_TOKEN", "DATABASE_URL", "PYTEST_AUTH_TOKEN"]],
    ["guarded", ["PATH", "PYTHONPATH", "OMP_NUM_THREADS", "DEPLOY_TOKEN", "DATABASE_URL", "PYTEST_AUTH_TOKEN"]],
    ["closed", ["PATH", "PYTHONPATH", "OMP_NUM_THREADS"]],
  ] as const)("%s: never a model's key, and what is let through", (view, names) => {
    expect(Object.keys(environmentOf(ours, view, []))).toEqual(names);
    expect(environmentOf(ours, view, ["DATABASE_URL"])).toMatchObject({ DATABASE_URL: "postgres://u:p@h" });
  });
});

it("levels are spoken of as L3 to L0", () => {
  expect((["namespaces", "landlock", "process", "external"] as const).map(levelOf)).toEqual(["L3", "L2", "L1", "L0"]);
});
