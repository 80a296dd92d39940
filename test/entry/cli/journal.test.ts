import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { JournalFile } from "../../../src/adapters/disk/journal.ts";
import { JournalOutput } from "../../../src/entry/output.ts";
import { snapshot } from "../../adapters/git/user-tree.ts";
import { repository, run } from "./program.ts";

async function session(root: string, id: string, texts: string[]): Promise<string> {
  const file = join(root, ".git/codeflash/sessions", id, "journal.jsonl");
  const journal = await JournalFile.open(file, Date.now);
  for (const text of texts) await journal.append({ kind: "note", text });
  await journal.close();
  return file;
}

it("journal verify says what holds, and which line breaks", async () => {
  const root = repository({ "app.py": "x = 1\n" });
  const none = await run(["journal", "verify"], root);
  expect(none).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("No session yet") });
  const [first, second] = [await session(root, "one", ["a", "b", "c"]), await session(root, "two", ["a"])];
  appendFileSync(second, '{"v":1,"se');
  const before = snapshot(root);
  const well = await run(["journal", "verify"], root);
  expect(well.exitCode, well.stderr).toBe(0);
  expect(well.stdout).toMatch(
    /3 entries, numbered without a gap, each with the hash of the one before; the last is [0-9a-f]{12}\./,
  );
  expect(well.stdout).toContain("1 entry, numbered");
  expect(well.stdout).toContain("10 bytes of an entry that is being written, or whose writer was killed");
  const torn = readFileSync(second, "utf8");

  writeFileSync(first, readFileSync(first, "utf8").replace('"text":"b"', '"text":"B"'));
  const broken = await run(["journal", "verify", "--json"], root);
  expect(broken.exitCode).toBe(4);
  expect(broken.stderr).toContain("Line 2 breaks the chain: its hash does not fit. Before it, 1 entry holds.");
  expect(JournalOutput.parse(JSON.parse(broken.stdout))).toMatchObject({
    whole: false,
    journals: [
      { file: first, entries: 1, broken: { line: 2 } },
      { file: second, entries: 1, tornBytes: 10, broken: null },
    ],
  });
  expect((await run(["journal", "verify", "two"], root)).exitCode).toBe(0);
  expect((await run(["journal", "verify", first], mkdtempSync(join(tmpdir(), "elsewhere-")))).exitCode).toBe(4);
  expect(readFileSync(second, "utf8")).toBe(torn); // it only looks
  expect(snapshot(root)).toBe(before);

  expect(await run(["journal", "verify", "no/such"], root)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("There is no journal at no/such."),
  });
  expect(await run(["journal", "mend"], root)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("verify") });
  expect(await run(["journal", "verify"], mkdtempSync(join(tmpdir(), "nowhere-")))).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("not in a git repository"),
  });
}, 60_000);
