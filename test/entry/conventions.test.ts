import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { conventionsTemplate, readConventions } from "../../src/entry/conventions.ts";
import { readSettings } from "../../src/entry/settings.ts";
import { Settings } from "../../src/vocabulary/settings.ts";

async function conventions(text: string) {
  const root = mkdtempSync(join(tmpdir(), "conventions-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, ".codeflash"));
  writeFileSync(join(root, ".codeflash/conventions.md"), text);
  return readConventions(root);
}

it("a new conventions.md changes nothing", async () => {
  expect(readSettings(null, {}, await conventions(conventionsTemplate()))).toEqual(Settings.parse({}));
});

it("every line of a new conventions.md is a setting with its default", async () => {
  const lines = conventionsTemplate().split("\n");
  const meant = lines.map((it) => (/^# (\[|[\w-]+ = )/.test(it) && !/= ""/.test(it) ? it.slice(2) : it)).join("\n");
  const { tiers, maxTime, maxCost, memoryLimit, ...rest } = readSettings(null, {}, await conventions(meant));
  expect(Object.keys(tiers)).toEqual(["b", "a"]);
  expect([maxTime, maxCost, memoryLimit]).toEqual([60, 60, 60]);
  expect({ ...rest, tiers: {} }).toEqual(Settings.parse({}));
});

it("wins over pyproject.toml and loses to a flag, key by key", async () => {
  const project = {
    path: "/p/pyproject.toml",
    content: { tool: { "codeflash-memory": { pairs: 5, milestone: 4, thresholds: { "keep-mib": 2 } } } },
  };
  const own = await conventions(
    "# Rules\n\n```toml\npairs = 7\nmax-experiments = 9\n[thresholds]\nslow-ratio = 1.2\n```\n\nProse.\n",
  );
  expect(readSettings(project, { maxExperiments: 3 }, own)).toMatchObject({
    pairs: 7,
    milestone: 4,
    maxExperiments: 3,
    thresholds: { keepMib: 2, slowRatio: 1.2 },
  });
});

it("names the nearest key, and the line that is no TOML", async () => {
  const wrong = await conventions("```toml\nprotekt = ['a']\n```\n");
  expect(() => readSettings(null, {}, wrong)).toThrow(/conventions\.md has an unknown key "protekt"/);
  await expect(conventions("# Rules\n\n```toml\npairs = = 7\n```\n")).rejects.toThrow(/conventions\.md:4 is no TOML/);
});

it("is not there, or has no block: nothing is set", async () => {
  expect(await readConventions(tmpdir())).toBeNull();
  expect(await conventions("Only prose.\n")).toMatchObject({ content: {} });
});
