import { expect, it } from "vitest";
import { learnings } from "../../src/records/learnings.ts";
import { foreignRows, isRotated, resultsHeader, resultsTsv } from "../../src/records/results.ts";
import { fold, MiB, proposal, ready } from "../method/state-builder.ts";

const state = fold([{ kind: "discovered", text: "parse() keeps every line twice", experiment: null }], ready([]));

it("keeps what the user wrote to the letter, and the measured facts once each", () => {
  const fresh = learnings([state], "");
  expect(fresh).toContain("- parse() keeps every line twice (session s, app.py)");
  const own = fresh.replace("# Learnings", "# What we know\n\nThe cache is per worker.  ").concat("\nmine, below\n");
  const again = learnings([state, state], own);
  expect(again).toContain("# What we know\n\nThe cache is per worker.  ");
  expect(again.endsWith("\nmine, below\n")).toBe(true);
  expect(again.match(/every line twice/g)).toHaveLength(1);
  expect(learnings([state], again)).toBe(again);
  expect(learnings([state], "only mine\n").startsWith("only mine\n")).toBe(true);
});

it("carries other people's rows along, and shows the newest of a long history without losing its baselines", () => {
  const row = (n: number) =>
    ["c", "app.py", "1", "2", "-", "0.1", "1", "0", n === 0 ? "baseline" : "discard", `try ${n}`].join("\t");
  const text = `${[resultsHeader, ...Array.from({ length: 1200 }, (_, n) => row(n))].join("\n")}\n`;
  const rows = foreignRows(text, []);
  expect(rows).toHaveLength(1200);
  const knowing = fold(
    [
      {
        kind: "history",
        history: { commits: [], lastPatch: "", sessions: 0, kept: [], banned: [], foreignRows: rows, learnings: "", style: "" },
      },
    ],
    state,
  );
  const shown = resultsTsv([knowing]).trimEnd().split("\n");
  expect(shown[0]).toBe(resultsHeader);
  expect(shown[1]).toBe(row(0));
  expect(shown.slice(2, -1)).toEqual(Array.from({ length: 1000 }, (_, n) => row(n + 200)));
  expect(isRotated([knowing])).toBe(true);
  expect(resultsTsv([knowing], true).trimEnd().split("\n")).toHaveLength(1202);
  expect(foreignRows(resultsTsv([knowing], true), [knowing])).toEqual(rows);
});

it("takes no row of its own for another's", () => {
  const kept = fold(
    [
      { kind: "opened", experiment: 1, commit: "base", key: "k", proposal: proposal("x", 2) },
      {
        kind: "decided",
        experiment: 1,
        verdict: {
          status: "discard",
          rule: "no gain",
          reason: "no\tgain",
          label: null,
          heapGainBytes: MiB,
          processGainBytes: null,
          slowdownRatio: null,
          parked: false,
        },
      },
    ],
    ready([]),
  );
  expect(foreignRows(resultsTsv([kept]), [kept])).toEqual([]);
});
