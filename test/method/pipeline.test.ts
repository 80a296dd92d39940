import { describe, expect, it } from "vitest";
import { findPipeline, stageTable } from "../../src/method/pipeline.ts";
import { stageTableLines } from "../../src/records/stage-table.ts";
import type { StageNode } from "../../src/vocabulary/profile.ts";
import { MiB } from "./state-builder.ts";

let id = 0;
const node = (
  parent: StageNode | null,
  name: string,
  line: number,
  callee: string,
  [delta, rise, peak]: [number, number, number],
  count = 1,
): StageNode => ({
  id: id++,
  parent: parent?.id ?? null,
  function: { file: "app.py", qualname: name, line: 1 },
  line,
  endLine: line,
  text: `${callee}()`,
  callee,
  count,
  deltaBytes: delta * MiB,
  riseBytes: rise * MiB,
  peakBytes: peak * MiB,
});

function sensor(): StageNode[] {
  const main = node(null, "<module>", 9, "main", [0, 131, 132]);
  const run = node(main, "main", 5, "pipeline", [0, 131, 132]);
  const parse = node(run, "pipeline", 11, "parse_readings", [46.6, 50, 51]);
  const validate = node(run, "pipeline", 12, "validate_readings", [36.6, 37.3, 83.9]);
  const calibrate = node(run, "pipeline", 13, "calibrate", [47.7, 48.2, 132]);
  const inside = node(calibrate, "calibrate", 30, "copy.copy", [47, 48, 132], 9000);
  return [main, run, parse, validate, calibrate, inside];
}

describe("the pipeline function", () => {
  it("is the one whose memory is spread over its own statements", () => {
    const found = findPipeline(sensor());
    expect(found?.level.function.qualname).toBe("pipeline");
    expect(found?.why).toBe("its memory is spread over 3 of its own statements");
  });
  it("can be named", () => {
    expect(findPipeline(sensor(), "calibrate")?.level.function.qualname).toBe("calibrate");
    expect(findPipeline(sensor(), "app.py:main")?.level.function.qualname).toBe("main");
    expect(findPipeline(sensor(), "nowhere")).toBe(null);
  });
  it("is the innermost one when a single call carries everything", () => {
    const [main, run] = sensor() as [StageNode, StageNode];
    expect(findPipeline([main, run])?.level.function.qualname).toBe("main");
  });
});

describe("the per-stage table", () => {
  it("has delta, running sum, peak inside, and names the dominant stage", () => {
    const table = stageTable(sensor(), new Map([[13, 150 * MiB]]));
    expect(table?.rows[table.dominant]?.name).toBe("calibrate");
    expect(table?.rows.map((row) => (row.cumulativeBytes / MiB).toFixed(1))).toEqual(["1.0", "47.6", "84.2", "131.9"]);
    expect(table?.peakBytes).toBe(132 * MiB);
    expect(stageTableLines(table as NonNullable<typeof table>)).toMatchSnapshot();
  });
  it("fits into 60 columns", () => {
    const nodes = sensor().map((it) => ({
      ...it,
      callee: it.callee === "calibrate" ? "a_very_long_stage_name_that_does_not_fit_into_the_table" : it.callee,
    }));
    const lines = stageTableLines(stageTable(nodes, new Map()) as NonNullable<ReturnType<typeof stageTable>>, 60);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  });
});
