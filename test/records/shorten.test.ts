import fc from "fast-check";
import { expect, it } from "vitest";
import { shorten } from "../../src/records/shorten.ts";

it("leaves a small answer alone", () => {
  const answer = { lines: [1, 2, 3], text: "x" };
  expect(shorten(answer)).toEqual({ short: answer, leftOut: {} });
});

it("cuts lists at their ends only, counts what it left out, and stays under the budget", () => {
  const row = fc.record({ name: fc.string({ maxLength: 20 }), bytes: fc.nat() });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 300 }), fc.array(row, { maxLength: 300 }), (lines, types) => {
      const { short, leftOut } = shorten({ lines, types });
      const cut = short as { lines: unknown[]; types: unknown[] };
      expect(cut.lines).toEqual(JSON.parse(JSON.stringify(lines.slice(0, cut.lines.length))));
      expect(cut.lines.length + (leftOut["lines"] ?? 0)).toBe(lines.length);
      expect(cut.types.length + (leftOut["types"] ?? 0)).toBe(types.length);
      expect(JSON.stringify(short).length).toBeLessThanOrEqual(3_000);
    }),
  );
});
