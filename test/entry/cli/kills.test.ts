import { expect, it } from "vitest";
import { killedAtEveryEntry } from "../../faults/kills.ts";

it.skipIf(process.platform !== "linux")(
  "ends like an undisturbed session when it is killed by SIGKILL at every entry of its journal",
  async () => {
    const { wrong, lives, at } = await killedAtEveryEntry({ torn: false });
    expect(wrong, `${lives} lives, killed at ${[...at].join(", ")}`).toEqual([]);
    expect(lives).toBeGreaterThan(30);
    const kinds = ["session-began", "history", "began", "tested", "calibrated", "profiled", "pictured", "proposed", "opened"];
    const more = ["implemented", "traced", "sampled", "clocked", "inspected", "decided", "kept", "branch-moved", "plateau"];
    expect([...at]).toEqual(expect.arrayContaining([...kinds, ...more, "milestone", "finished"]));
  },
  600_000,
);
