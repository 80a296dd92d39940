import { expect, it } from "vitest";
import { pipelineByStacks, processTable } from "../../src/method/quick-look.ts";
import { otherThreads, type PeakStacks } from "../../src/vocabulary/stacks.ts";

/** `main:3 load:10` is a stack, outermost first; a name with a slash is outside of the project. */
const stacks = (sizes: Record<string, number>): PeakStacks => ({
  source: "memray",
  peakBytes: Object.values(sizes).reduce((sum, it) => sum + it, 0),
  allocations: null,
  stacks: Object.entries(sizes).map(([text, bytes]) => ({
    bytes,
    blocks: 1,
    frames: text.split(" ").map((frame) => {
      const [name = "", line = "0"] = frame.split(":");
      const file = name.startsWith("/") ? `${name}.py` : name === "threads" ? otherThreads : "app.py";
      return { file, line: Number(line), function: name };
    }),
  })),
  partial: null,
});

it.each([
  ["spread over its lines", { "main:9 run:3 load:10": 40, "main:9 run:4 keep:20": 60 }, "run"],
  [
    "carried by one call into the function below",
    { "main:9 run:3 load:10": 90, "main:9 run:3 load:11": 60, "main:9 run:4": 10 },
    "load",
  ],
  ["leaving the project", { "main:9 run:3 /lib/pandas:10": 90 }, "run"],
  ["through code outside that calls back", { "main:9 /lib/click:5 run:3 load:10": 90, "main:9 /lib/click:5 run:4": 80 }, "run"],
  ["inside a comprehension, which belongs to its statement", { "main:9 run:3 <listcomp>:3": 90 }, "run"],
])("finds the pipeline function: %s", (_, sizes, name) => {
  expect(pipelineByStacks(stacks(sizes))?.function.qualname).toBe(name);
});

it("leaves the choice to the full look where other threads hold most, or nothing came through the project", () => {
  expect(pipelineByStacks(stacks({ "threads:0 fill:3": 60, "main:9 run:2": 40 }))).toBeNull();
  expect(pipelineByStacks(stacks({ "/lib/site:3": 60 }))).toBeNull();
});

it("names the stage in which the process stood highest, and what stands beside the stages", () => {
  const rows = [
    { line: 3, text: "a = load()", callee: "load", count: 1, deltaBytes: 50, riseBytes: 80, peakBytes: 90 },
    { line: 4, text: "keep(a)", callee: "keep", count: 1, deltaBytes: 5, riseBytes: 10, peakBytes: 70 },
  ];
  const seen = { function: { file: "app.py", qualname: "run", line: 2 }, entryBytes: 10, rows };
  const table = processTable(seen, "why", stacks({ "main:9 run:3": 40, "threads:0 fill:1": 7, "/lib/site:3": 2 }));
  expect(table.rows[table.dominant]).toMatchObject({ name: "load", cumulativeBytes: 60 });
  expect(table.beside).toEqual([
    { name: "other threads", bytes: 7 },
    { name: "outside the project", bytes: 2 },
  ]);
});
