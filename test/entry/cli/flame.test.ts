import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ProfileOutput } from "../../../src/entry/output.ts";
import { userGit } from "../../adapters/git/user-tree.ts";
import { python, repository, run } from "./program.ts";

const app = {
  "app.py":
    "import json\n\ndef load():\n    return [json.loads('[%d, 2.5]' % n) for n in range(60000)]\n\ndef main():\n    rows = load()\n    return len(rows)\n\nprint(main())\n",
};
const bytesOf = (text: string, wanted: RegExp) =>
  text
    .split("\n")
    .filter((it) => wanted.test(it))
    .reduce((sum, it) => sum + Number(it.split(" ").at(-1)), 0);

describe("profile draws what stands at the peak", () => {
  // The cache is an empty folder: without the user's leave nothing is fetched, and tracemalloc must do.
  it("by tracemalloc where memray is not there, and says what memray would add", async () => {
    const root = repository(app);
    const files = ["--flame", "../p.svg", "--speedscope", "../p.json", "--collapsed", "../p.txt"];
    const ended = await run(["profile", "app.py", "--python", python, "--json", "--full", ...files], root, {
      XDG_CACHE_HOME: join(root, "../none"),
    });
    expect(ended.exitCode, ended.stderr).toBe(0);
    const answer = ProfileOutput.parse(JSON.parse(ended.stdout));
    expect(answer.files.map((it) => it.split("/").at(-1))).toEqual(["p.svg", "p.json", "p.txt"]);
    const text = readFileSync(join(root, "../p.txt"), "utf8");
    expect(bytesOf(text, /main.*;load.*app\.py:4/) / Number(answer.heapPeakBytes)).toBeGreaterThan(0.9);
    expect(text).not.toContain("boot.py");
    expect(readFileSync(join(root, "../p.svg"), "utf8")).toContain("load");
    if (!ended.stderr.includes("the stacks are tracemalloc's")) console.log("memray is in the test environment itself");
    expect(userGit(root, "status", "--porcelain")).toBe("");
  }, 120_000);

  it("says so where a file cannot be written", async () => {
    const ended = await run(["profile", "app.py", "--python", python, "--flame", "no/such/folder.svg"], repository(app));
    expect([ended.exitCode, ended.stderr.includes("cannot be written")]).toEqual([4, true]);
  }, 60_000);
});
