import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readGuidance } from "../../src/entry/guidance.ts";
import { silence } from "../../src/vocabulary/guidance.ts";

async function guidance(text: string | null) {
  const root = mkdtempSync(join(tmpdir(), "guidance-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, ".codeflash"));
  if (text !== null) writeFileSync(join(root, ".codeflash/guidance.md"), text);
  return readGuidance(root);
}

it("says nothing where there is none", async () => expect(await guidance(null)).toEqual(silence));

it("is not what a link leads to: a model is told nothing that is not the project's", async () => {
  const root = mkdtempSync(join(tmpdir(), "guidance-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  writeFileSync(join(root, "key"), "hunter2");
  mkdirSync(join(root, "a/.codeflash"), { recursive: true });
  symlinkSync(join(root, "key"), join(root, "a/.codeflash/guidance.md"));
  expect(await readGuidance(join(root, "a"))).toEqual(silence);
  mkdirSync(join(root, "b"));
  mkdirSync(join(root, "elsewhere"));
  writeFileSync(join(root, "elsewhere/guidance.md"), "hunter2");
  symlinkSync(join(root, "elsewhere"), join(root, "b/.codeflash"));
  expect(await readGuidance(join(root, "b"))).toEqual(silence);
});

it("is prose with a block that is obeyed", async () => {
  const said = "Leave the parser alone.\n\n```toml\navoid = ['src/parser', 'slots']\n```\n";
  expect(await guidance(said)).toEqual({ text: said, avoid: ["src/parser", "slots"], stop: false, problem: null });
});

it.each([
  ["```toml\navoid = 3\n```\n", /avoid/],
  ["```toml\nstopp = true\n```\n", /stopp/],
  ["```toml\nstop = = true\n```\n", /guidance\.md:2 is no TOML/],
])("tells what it does not understand and goes on: %j", async (text, problem) => {
  const read = await guidance(text);
  expect(read).toMatchObject({ avoid: [], stop: false, text });
  expect(read.problem).toMatch(problem);
});
