import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
