import { Ansis } from "ansis";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { harmless, hasColour, painted } from "../../../src/entry/terminal/colours.ts";
import { cutTo, regionOf } from "../../../src/entry/terminal/region.ts";
import { elapsed, nowAfter, peaksSoFar, standing, stepText } from "../../../src/records/live.ts";
import { stageTableLines } from "../../../src/records/stage-table.ts";
import { type FirstLook, proposed, welcome } from "../../../src/records/welcome.ts";
import { profileOf, proposal, ready } from "../../method/state-builder.ts";

const on = new Ansis(1);

describe("colour", () => {
  it.each([
    [true, { TERM: "xterm" }, true],
    [true, { TERM: "dumb" }, false],
    [false, { TERM: "xterm" }, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [false, { FORCE_COLOR: "1" }, true],
    [true, { FORCE_COLOR: "0" }, false],
    [true, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
  ])("on a terminal: %s, with %j: %s", (isTTY, env, wanted) => expect(hasColour({ isTTY }, env)).toBe(wanted));

  it("changes no letter of a line", () => {
    const lines = [
      "[experiment 1] KEEP",
      "[experiment 2] DISCARD — slower",
      "  build  +8.1  12.3 ████▏",
      "[plateau] why",
      "## Kept",
      "plain",
    ];
    for (const line of lines) expect(on.strip(painted(line, on))).toBe(line);
    expect(painted(lines[0] as string, on)).not.toBe(lines[0]);
    expect(lines.map((it) => painted(it, new Ansis(0)))).toEqual(lines);
  });

  it("lets no text of others steer the terminal", () => {
    expect(harmless("a\u001b[2J\u001b]0;title\u0007b\r\nc\td\u009b1m\u202e")).toBe("a?[2J?]0;title?b?\nc\td?1m?");
  });
});

describe("the region", () => {
  it("is none where nobody sits", () => {
    expect(regionOf({ isTTY: false } as NodeJS.WriteStream, on)).toBeNull();
    expect(regionOf({ isTTY: true, columns: 10 } as NodeJS.WriteStream, on)).toBeNull();
  });

  it("cuts by what a terminal shows", () => {
    expect(cutTo("short", 10, stringWidth)).toBe("short");
    expect(cutTo("測定中測定中", 7, stringWidth)).toBe("測定中…");
    expect(stringWidth(cutTo("測定中測定中", 8, stringWidth))).toBeLessThanOrEqual(8);
  });

  it("tells the step, the time, the peak so far and what is next", () => {
    const state = ready([proposal("big list", 40)]);
    expect(peaksSoFar(state)).toEqual([100 * 1024 ** 2]);
    expect(standing(state)).toEqual(["  heap peak 100.0 MiB   0 kept, 0 discarded", "  next: big list (40.0 MiB)"]);
    const now = nowAfter(
      { step: null, experiment: null, sinceMs: 0 },
      { kind: "began", step: "measure", experiment: 3, line: null },
      7,
    );
    expect([stepText(now), now.sinceMs]).toEqual(["experiment 3: measuring before and after", 7]);
    expect([999, 61_000, 3_660_000].map(elapsed)).toEqual(["0 s", "1 min 1 s", "1 h 1 min"]);
  });
});

describe("heat bars", () => {
  const { table } = profileOf("c", 40);
  it.each([60, 80, 100, 120])("fit into %i columns", (width) => {
    for (const bars of [true, false])
      for (const line of stageTableLines(table, width, bars)) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    expect(stageTableLines(table, width, true).join("\n")).toContain("██████████");
    expect(stageTableLines(table, width).join("\n")).not.toContain("█");
  });
});

describe("the bare command", () => {
  const empty: FirstLook = {
    name: "shop",
    repository: true,
    branch: "main",
    hasCommit: true,
    environment: null,
    pythonFiles: 3,
    tests: [],
    scripts: [],
    tiers: [],
    session: null,
  };
  const session = { targetName: "run.py", outcome: null, experiments: 4, keeps: 2 };
  it.each<[string, Partial<FirstLook>, string[]]>([
    [
      "a test",
      { tests: ["t.py::test_large[a b]"], scripts: ["run.py"] },
      ["profile 't.py::test_large[a b]'", "optimize 't.py::test_large[a b]'"],
    ],
    ["a script alone", { scripts: ["run.py"] }, ["profile run.py", "optimize run.py"]],
    ["no git", { scripts: ["run.py"], repository: false, hasCommit: false }, ["profile run.py"]],
    ["tiers", { tiers: ["run.py small"], tests: ["t.py"] }, ["survey", "optimize"]],
    ["an unfinished session", { scripts: ["run.py"], session }, ["optimize run.py", "profile run.py"]],
    ["kept changes", { scripts: ["run.py"], session: { ...session, outcome: "plateau" } }, ["pr", "profile run.py"]],
    ["nothing", {}, []],
  ])("proposes for %s", (_, more, commands) => {
    expect(proposed({ ...empty, ...more }).map((it) => it.command)).toEqual(commands);
    for (const line of welcome({ ...empty, ...more }, "1.0", ["compare", "pr"])) expect(line.length).toBeLessThanOrEqual(120);
  });
});
