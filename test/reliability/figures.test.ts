import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Figure } from "../../reliability/figure.ts";

const folder = new URL("../../reliability/", import.meta.url);
const files = readdirSync(folder).filter((it) => /^r\d+-.*\.ts$/.test(it));
const figures = await Promise.all(
  files.map(async (file) => ((await import(new URL(file, folder).href)) as { figure: Figure }).figure),
);

describe.skipIf(process.platform !== "linux")("the promises about safety, in short", () => {
  it("are there, each once", () => {
    expect(figures.length).toBeGreaterThan(0);
    expect(new Set(figures.map((it) => it.id)).size).toBe(figures.length);
  });
  // Peaks and times of whole families are looked at from outside: a machine that is busy otherwise gets a second try.
  it.each(figures.map((figure) => [figure.id, figure] as const))("%s is kept", { retry: 2 }, async (_, figure) => {
    const found = await figure.measure("short");
    for (const it of found.skipped) console.log(`${figure.id}, skipped: ${it}`);
    expect(found.shortfalls, found.reached).toEqual([]);
  });
});
