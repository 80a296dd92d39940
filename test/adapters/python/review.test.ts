import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { interpreter } from "../../../reliability/interpreter.ts";
import { rungsHere } from "../../../reliability/rungs.ts";
import { reviewTexts } from "../../../src/adapters/python/review.ts";

// Below the home folder, which a closed view hides.
const root = mkdtempSync(join(homedir(), ".review-test-"));
mkdirSync(join(root, "src/inner"), { recursive: true });
writeFileSync(join(root, "helpers.py"), "");
afterAll(() => rmSync(root, { recursive: true, force: true }));
const { here } = await rungsHere();
const { executable } = await interpreter();

describe.each(here)("a review on the rung $rung", (confinement) => {
  it("knows the project's own names from new dependencies, though its run sees none of the project", async () => {
    const context = {
      executable,
      confinement,
      scratch: join(root, "scratch"),
      marker: "review-test",
      signal: new AbortController().signal,
    };
    const [before, after] = ["x = 1\n", "import helpers\nimport inner\nimport leftpad\nx = 1\n"].map((it) => Buffer.from(it));
    const found = await reviewTexts(context, [root], [{ file: "app.py", before: before ?? null, after: after ?? null }]);
    expect(found.filter((it) => it.kind === "dependency").map((it) => it.text)).toEqual([
      expect.stringContaining("imports leftpad"),
    ]);
    expect(found.filter((it) => it.kind === "doubt")).toEqual([]);
  });
});
