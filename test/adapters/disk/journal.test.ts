import { appendFileSync, mkdtempSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { JournalFile, readJournal } from "../../../src/adapters/disk/journal.ts";
import { Failure } from "../../../src/vocabulary/failure.ts";

const path = () => join(mkdtempSync(join(tmpdir(), "journal-")), "deep/journal.jsonl");
const note = (text: string) => ({ kind: "note", text }) as const;

async function written(texts: string[]): Promise<string> {
  const file = path();
  const journal = await JournalFile.open(file, () => 7);
  for (const text of texts) await journal.append(note(text));
  await journal.close();
  return file;
}
const texts = async (file: string) => (await readJournal(file)).records.map(({ entry }) => (entry.kind === "note" ? entry.text : "?"));

describe("the journal", () => {
  it("gives back what was appended, and goes on after it", async () => {
    const file = await written(["one", "zwei\nlines", "✓"]);
    const journal = await JournalFile.open(file, () => 8);
    await journal.append(note("four"));
    await journal.close();
    expect(await texts(file)).toEqual(["one", "zwei\nlines", "✓", "four"]);
    expect(journal.torn).toBe(false);
  });

  it("loses no whole entry when the last one is torn, at every byte", async () => {
    const file = await written(["one", "two"]);
    const whole = readFileSync(file);
    const firstEnd = whole.indexOf(10) + 1;
    for (let cut = firstEnd; cut < whole.length; cut++) {
      writeFileSync(file, whole.subarray(0, cut));
      const journal = await JournalFile.open(file, () => 9);
      expect(journal.records.length).toBe(1);
      expect(journal.torn).toBe(cut > firstEnd);
      await journal.append(note("again"));
      await journal.close();
      expect(await texts(file)).toEqual(["one", "again"]);
    }
  });

  it("refuses a damaged line by its number, a foreign version by its number", async () => {
    const file = await written(["one", "two", "three"]);
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, whole.replace('"two"', '"twO"'));
    await expect(readJournal(file)).rejects.toThrow(/line 2/);
    await expect(JournalFile.open(file, () => 0)).rejects.toBeInstanceOf(Failure);
    writeFileSync(file, whole.split("\n").filter((_, index) => index !== 1).join("\n"));
    await expect(readJournal(file)).rejects.toThrow(/line 2/);
    writeFileSync(file, whole.replaceAll('"v":1', '"v":9'));
    await expect(readJournal(file)).rejects.toThrow(/version 9/);
  });

  it("is empty where there is none", async () => {
    expect((await readJournal(path())).records).toEqual([]);
    const file = await written([]);
    appendFileSync(file, "half");
    truncateSync(file, 2);
    expect((await readJournal(file)).torn).toBe(true);
  });
});
