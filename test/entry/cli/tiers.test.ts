import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { OptimizeOutput } from "../../../src/entry/output.ts";
import { python, repository, run } from "./program.ts";

/** The files of one of the examples, as a user has them. */
function example(name: string): Record<string, string> {
  const folder = join("examples", name);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((it) => /\.(py|toml|md)$/.test(it));
  return Object.fromEntries(files.map((it) => [it, readFileSync(join(folder, it), "utf8")]));
}

it("works on the light tier to its plateau, goes to the medium one for a new allocator, and leaves the heavy one alone", async () => {
  const root = repository(example("three-tiers"));
  const ended = await run(["optimize", "--python", python, "--pairs", "2", "--allow", "slow", "--json", "--full"], root);
  expect(ended.exitCode, ended.stderr).toBe(0);
  const answer = OptimizeOutput.parse(JSON.parse(ended.stdout));
  const kept = answer.experiments.filter((it) => it.status === "keep").map((it) => it.description);
  expect(kept).toEqual(expect.arrayContaining(["lines in summary", "keyed in by_account"]));
  const at = (text: string) => {
    expect(ended.stderr).toContain(text);
    return ended.stderr.indexOf(text);
  };
  expect(at("Tier S: peak=")).toBeLessThan(at("[experiment 1]"));
  expect(at("lines in summary, result: KEEP")).toBeLessThan(at("[tier] Escalating from Tier B to Tier A"));
  expect(at("[tier] Escalating from Tier B to Tier A")).toBeLessThan(at("keyed in by_account, result: KEEP"));
  expect(ended.stderr).not.toContain("to Tier S");
  const handoff = readFileSync(answer.records.handoff, "utf8");
  expect(handoff).toMatch(/Left: tier A peaks at 3\.\d times tier B/);
  expect(handoff).toMatch(/tier S peaks at 1\.1 times tier A: the same allocations/);
}, 240_000);
