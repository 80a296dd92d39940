import { expect, it } from "vitest";
import { approachKey } from "../../src/method/choose-target.ts";
import { figuresOf } from "../../src/method/figures.ts";
import type { Entry } from "../../src/vocabulary/journal.ts";
import { fold, proposal, ready, sample } from "./state-builder.ts";

function figures(entries: Entry[]) {
  const spoken = proposal("a", 20);
  const opened: Entry = { kind: "opened", experiment: 1, commit: "base", key: approachKey(spoken), proposal: spoken };
  const state = fold([opened, ...entries], ready([spoken]));
  const [experiment] = state.experiments;
  if (!experiment) throw new Error("it was not opened");
  return figuresOf(experiment, state);
}

/** How many times as long a function takes, by six runs of each side: milliseconds, and what the clock itself took. */
function slowdown(beforeMs: number, afterMs: number, clockMs = 0): number | null {
  const time = (totalMs: number, clock: number) => [{ file: "app.py", qualname: "rows", calls: 1, totalMs, clockMs: clock }];
  const runs = [0, 1, 2, 3, 4, 5].map(
    (more): Entry => ({
      kind: "clocked",
      experiment: 1,
      alone: true,
      before: time(beforeMs + more, 0),
      after: time(afterMs + more, clockMs),
    }),
  );
  return figures(runs).functionSlowdown;
}

it("a function is slower by what stands apart in all runs and is more than the clock can tell", () => {
  expect(slowdown(50, 150)).toBeCloseTo(3);
  expect(slowdown(50, 60)).toBe(1);
  expect(slowdown(50, 120, 20)).toBe(1); // a stream of many rows: 70 ms may be the clock's own
  expect(slowdown(50, 250, 20)).toBeCloseTo(5);
});

it("a target counts as slower after five runs of each side that nothing of ours disturbed", () => {
  const pairs = (count: number, alone: boolean) =>
    Array.from({ length: count }, (_, pair) =>
      (["before", "after"] as const).map(
        (side): Entry => ({
          ...{ kind: "sampled", experiment: 1, side, pair },
          sample: sample(100, { alone, targetMs: side === "before" ? 100 : alone ? 160 : 300 }),
        }),
      ),
    ).flat();
  const told = (entries: Entry[]) => {
    const { targetSlowdown, timeConfirmed } = figures(entries);
    return [targetSlowdown, timeConfirmed];
  };
  expect(told(pairs(6, false))).toEqual([3, false]);
  expect(told([...pairs(3, false), ...pairs(4, true)])).toEqual([1.6, false]);
  expect(told([...pairs(3, false), ...pairs(5, true)])).toEqual([1.6, true]);
});
