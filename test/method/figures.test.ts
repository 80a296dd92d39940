import { expect, it } from "vitest";
import { approachKey } from "../../src/method/choose-target.ts";
import { figuresOf } from "../../src/method/figures.ts";
import type { Entry } from "../../src/vocabulary/journal.ts";
import { fold, proposal, ready } from "./state-builder.ts";

/** How many times as long a function takes, by six runs of each side: milliseconds, and what the clock itself took. */
function slowdown(beforeMs: number, afterMs: number, clockMs = 0): number | null {
  const spoken = proposal("a", 20);
  const time = (totalMs: number, clock: number) => [{ file: "app.py", qualname: "rows", calls: 1, totalMs, clockMs: clock }];
  const entries: Entry[] = [
    { kind: "opened", experiment: 1, commit: "base", key: approachKey(spoken), proposal: spoken },
    ...[0, 1, 2, 3, 4, 5].map(
      (more): Entry => ({
        kind: "clocked",
        experiment: 1,
        alone: true,
        before: time(beforeMs + more, 0),
        after: time(afterMs + more, clockMs),
      }),
    ),
  ];
  const state = fold(entries, ready([spoken]));
  const [experiment] = state.experiments;
  if (!experiment) throw new Error("it was not opened");
  return figuresOf(experiment, state).functionSlowdown;
}

it("a function is slower by what stands apart in all runs and is more than the clock can tell", () => {
  expect(slowdown(50, 150)).toBeCloseTo(3);
  expect(slowdown(50, 60)).toBe(1);
  expect(slowdown(50, 120, 20)).toBe(1); // a stream of many rows: 70 ms may be the clock's own
  expect(slowdown(50, 250, 20)).toBeCloseTo(5);
});
