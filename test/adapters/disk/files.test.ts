import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensureCodeflashFolder, writeAtomic } from "../../../src/adapters/disk/files.ts";
import { Failure } from "../../../src/vocabulary/failure.ts";

const folder = () => mkdtempSync(join(tmpdir(), "files-"));

describe("a file that is replaced as a whole", () => {
  it("is the old text or the new one, and leaves nothing beside it", async () => {
    const root = folder();
    const path = join(root, "deep/results.tsv");
    const texts = Array.from({ length: 8 }, (_, index) => `${index}`.repeat(50_000));
    await Promise.all(texts.map((text) => writeAtomic(path, text)));
    expect(texts).toContain(readFileSync(path, "utf8"));
    expect(readdirSync(join(root, "deep"))).toEqual(["results.tsv"]);
  });
  it("fails with a sentence, and keeps the old text", async () => {
    const root = folder();
    mkdirSync(join(root, "results.tsv/inside"), { recursive: true });
    await expect(writeAtomic(join(root, "results.tsv"), "x")).rejects.toMatchObject({ code: "unwritable" });
    expect(readdirSync(root)).toEqual(["results.tsv"]);
  });
});

describe("the folder .codeflash", () => {
  it("ignores itself, and keeps an ignore file that is there", async () => {
    const root = folder();
    await ensureCodeflashFolder(root);
    expect(readFileSync(join(root, ".codeflash/.gitignore"), "utf8")).toBe("*\n");
    writeFileSync(join(root, ".codeflash/.gitignore"), "mine\n");
    await ensureCodeflashFolder(root);
    expect(readFileSync(join(root, ".codeflash/.gitignore"), "utf8")).toBe("mine\n");
  });
  it("is refused where it is a link out of the project, or a file", async () => {
    const [root, outside] = [folder(), folder()];
    symlinkSync(outside, join(root, ".codeflash"));
    await expect(ensureCodeflashFolder(root)).rejects.toThrow(/is a link/);
    expect(readdirSync(outside)).toEqual([]);
    const other = folder();
    writeFileSync(join(other, ".codeflash"), "");
    await expect(ensureCodeflashFolder(other)).rejects.toBeInstanceOf(Failure);
  });
  it.skipIf(process.getuid?.() === 0)("says that it cannot be written", async () => {
    const root = folder();
    chmodSync(root, 0o500);
    await expect(ensureCodeflashFolder(root)).rejects.toMatchObject({ code: "unwritable" });
    expect(existsSync(join(root, ".codeflash"))).toBe(false);
  });
});
