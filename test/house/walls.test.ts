import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const sources = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

describe("docs/method.md", () => {
  it("names a file and a test for each rule, and all of them are there", () => {
    const rows = readFileSync("docs/method.md", "utf8")
      .split("\n")
      .filter((it) => /^\| [^*-]/.test(it) && !it.startsWith("| rule |"));
    expect(rows.length).toBeGreaterThan(50);
    for (const row of rows) {
      const [rule, file = "", test = ""] = row.slice(2, -2).split(" | ");
      expect(existsSync(file), `${rule}: ${file}`).toBe(true);
      expect(existsSync(test), `${rule}: ${test}`).toBe(true);
      expect(test).toMatch(/^test\/.*\.test\.ts$/);
    }
  });
});

describe("the walls between the rooms", () => {
  it("hold, and every file was looked at", () => {
    const report = execFileSync("npx", ["depcruise", "src", "--config", ".dependency-cruiser.cjs", "--output-type", "json"], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    const { modules, summary } = JSON.parse(report) as {
      modules: { source: string }[];
      summary: { violations: { rule: { name: string }; from: string; to: string }[] };
    };
    expect(summary.violations.map((it) => `${it.rule.name}: ${it.from} -> ${it.to}`)).toEqual([]);
    expect(modules.filter((it) => it.source.startsWith("src/")).length).toBe(sources.length);
  });

  it("keep clock and chance out of the pure rooms", () => {
    const pure = sources.filter((file) => /^(vocabulary|method|records|steps|session|minds)\//.test(file));
    const found = pure.filter((file) => /Date\.now|new Date\(\)|Math\.random/.test(readFileSync(`src/${file}`, "utf8")));
    expect(found).toEqual([]);
  });
});
