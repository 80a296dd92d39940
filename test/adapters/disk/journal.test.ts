import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkJournal, JournalFile, readJournal } from "../../../src/adapters/disk/journal.ts";
import { Failure } from "../../../src/vocabulary/failure.ts";
import { programOf, source } from "../program.ts";

const path = () => join(mkdtempSync(join(tmpdir(), "journal-")), "deep/journal.jsonl");
const note = (text: string) => ({ kind: "note", text }) as const;

async function written(texts: string[]): Promise<string> {
  const file = path();
  const journal = await JournalFile.open(file, () => 7);
  for (const text of texts) await journal.append(note(text));
  await journal.close();
  return file;
}
const texts = async (file: string) =>
  (await readJournal(file)).records.map(({ entry }) => (entry.kind === "note" ? entry.text : "?"));

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

  it("loses no whole entry, whatever the entries are and wherever it is torn", async () => {
    const anyTexts = fc.array(fc.string({ unit: "binary", maxLength: 20 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(anyTexts, fc.nat(), async (all, place) => {
        const file = await written(all);
        const whole = readFileSync(file);
        const cut = place % (whole.length + 1);
        const kept = whole.subarray(0, cut).filter((byte) => byte === 10).length;
        truncateSync(file, cut);
        const journal = await JournalFile.open(file, () => 9);
        await journal.append(note("after"));
        await journal.close();
        expect(await texts(file)).toEqual([...all.slice(0, kept), "after"]);
      }),
      { numRuns: 60 },
    );
  });

  it("takes appends that come at the same time one after the other", async () => {
    const file = path();
    const journal = await JournalFile.open(file, () => 7);
    const all = Array.from({ length: 20 }, (_, index) => `${index} ${"x".repeat(index * 700)}`);
    const recorded = await Promise.all(all.map((text) => journal.append(note(text))));
    await journal.close();
    expect(recorded.map((it) => it.seq)).toEqual([...all.keys()]);
    expect(await texts(file)).toEqual(all);
  });

  it("holds what was confirmed when its process is killed", async () => {
    const program = programOf(`
      import { JournalFile } from "${source("disk/journal.ts")}";
      const journal = await JournalFile.open(process.argv[2], Date.now);
      for (let n = 0; ; n++) {
        await journal.append({ kind: "note", text: n + "x".repeat((n % 7) * 1000) });
        process.stdout.write(n + "\\n");
      }`);
    for (const killAfterMs of [20, 45, 80]) {
      const file = path();
      const child = spawn(process.execPath, [program, file], { stdio: ["ignore", "pipe", "inherit"] });
      let out = "";
      child.stdout.on("data", (chunk) => {
        if (out === "") setTimeout(() => child.kill("SIGKILL"), killAfterMs);
        out += chunk;
      });
      await new Promise((done) => child.once("close", done));
      const confirmed = out.slice(0, out.lastIndexOf("\n")).split("\n").length;
      expect(confirmed).toBeGreaterThan(1);
      const journal = await JournalFile.open(file, () => 1);
      expect(journal.records.length).toBeGreaterThanOrEqual(confirmed);
      expect(journal.records.length).toBeLessThanOrEqual(confirmed + 1);
      await journal.append(note("goes on"));
      await journal.close();
      expect((await texts(file)).at(-1)).toBe("goes on");
    }
  });

  it("stays whole on a full disk, says so in one line, and goes on when there is room", async (context) => {
    const disk = mkdtempSync(join(tmpdir(), "full-"));
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]);
    if (mounted.status !== 0) return context.skip("a small disk cannot be mounted here");
    try {
      const file = join(disk, "journal.jsonl");
      const journal = await JournalFile.open(file, () => 7);
      await journal.append(note("one"));
      const ballast = join(disk, "ballast");
      writeFileSync(ballast, Buffer.alloc(52 * 1024));
      const failed = await journal.append(note("y".repeat(30_000))).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(Failure);
      expect(failed).toMatchObject({ code: "disk-full", message: expect.stringContaining(file) });
      expect(await readJournal(file)).toMatchObject({ tornBytes: 0, records: [{ seq: 0 }] });
      rmSync(ballast);
      await journal.append(note("two"));
      await journal.close();
      expect(await texts(file)).toEqual(["one", "two"]);
    } finally {
      spawnSync("umount", [disk]);
    }
  });

  it("refuses a damaged line by its number, a foreign version by its number", async () => {
    const file = await written(["one", "two", "three"]);
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, whole.replace('"two"', '"twO"'));
    await expect(readJournal(file)).rejects.toThrow(/line 2/);
    await expect(JournalFile.open(file, () => 0)).rejects.toBeInstanceOf(Failure);
    writeFileSync(
      file,
      whole
        .split("\n")
        .filter((_, index) => index !== 1)
        .join("\n"),
    );
    await expect(readJournal(file)).rejects.toThrow(/line 2/);
    writeFileSync(file, whole.replaceAll('"v":1', '"v":9'));
    await expect(readJournal(file)).rejects.toThrow(/version 9/);
  });

  it("says which line breaks it, and how many entries hold before that", async () => {
    const file = await written(["one", "two", "three"]);
    const whole = readFileSync(file, "utf8");
    const lines = whole.split("\n");
    const hashOf = (line: string) =>
      createHash("sha256")
        .update(line.replace(/,"hash":"\w+"\}$/, "}"))
        .digest("hex");
    expect(await checkJournal(file)).toEqual({ entries: 3, tornBytes: 0, hash: JSON.parse(lines[2] ?? "").hash, broken: null });
    const withLine = (number: number, text: string) =>
      writeFileSync(file, lines.map((it, index) => (index + 1 === number ? text : it)).join("\n"));
    const rehashed = (text: string) => text.replace(/"hash":"\w+"/, `"hash":"${hashOf(text)}"`);
    for (const [number, change, why] of [
      [1, (it: string) => it.replace("one", "One"), /hash does not fit/],
      [3, (it: string) => it.replace("{", ""), /no JSON/],
      // whoever writes the hash anew breaks the line behind it, or the numbers
      [2, (it: string) => rehashed(it.replace('"seq":1', '"seq":7')), /number is 7 instead of 1/],
      [2, (it: string) => rehashed(it.replace('"note"', '"nothing"')), /no entry that this version knows/],
    ] as const) {
      withLine(number, change(lines[number - 1] ?? ""));
      expect(await checkJournal(file)).toMatchObject({
        entries: number - 1,
        hash: null,
        broken: { line: number, why: expect.stringMatching(why) },
      });
    }
    withLine(2, rehashed((lines[1] ?? "").replace("two", "2")));
    expect((await checkJournal(file)).broken).toMatchObject({ line: 3 });
    writeFileSync(file, `${whole}{"v":1,"seq":3`);
    expect(await checkJournal(file)).toMatchObject({ entries: 3, tornBytes: 14, broken: null });
  });

  it("lets nothing in that JSON cannot say", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "journal-")), "journal.jsonl");
    const journal = await JournalFile.open(path, Date.now);
    const broken = { kind: "kept" as const, experiment: 1, commit: "c", heapPeakBytes: Number.NaN, processPeakBytes: 1 };
    await expect(journal.append(broken)).rejects.toThrow();
    await journal.append({ kind: "note", text: "after it" });
    await journal.close();
    expect((await readJournal(path)).records.map((it) => it.entry.kind)).toEqual(["note"]);
  });

  it("is empty where there is none", async () => {
    expect((await readJournal(path())).records).toEqual([]);
    const file = await written([]);
    appendFileSync(file, "half");
    truncateSync(file, 2);
    expect((await readJournal(file)).tornBytes).toBe(2);
  });
});
