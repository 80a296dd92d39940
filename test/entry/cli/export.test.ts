import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { ExportOutput } from "../../../src/entry/output.ts";
import { snapshot } from "../../adapters/git/user-tree.ts";
import { freeLines, keptSession, slots, twoWastes } from "./kept-session.ts";
import { python, repository, run } from "./program.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

it("gives a session as JSON by its schema, as Markdown and as CSV, and says where there is none", async () => {
  const root = repository(twoWastes);
  made.push(root);
  expect(await run(["export"], root)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("no session yet") });
  const odd = { ...slots, summary: '=cmd("x"), and\tmore' };
  await keptSession(root, [freeLines, odd]);
  const before = snapshot(root);
  const out = join(root, "..", `${root.split("/").at(-1)} out`);
  made.push(`${out}.md`, `${out}.csv`);
  const ended = await run(["export", "--markdown", `${out}.md`, "--csv", `${out}.csv`, "--json", "--full"], root);
  expect(ended.exitCode, ended.stderr).toBe(0);
  const answer = ExportOutput.parse(JSON.parse(ended.stdout));
  expect(answer).toMatchObject({ outcome: "plateau", target: "app.py", files: [`${out}.md`, `${out}.csv`] });
  expect(answer.experiments.map((it) => it.status)).toEqual(["keep", "keep"]);
  expect(readFileSync(`${out}.md`, "utf8")).toMatch(/^# Peak memory of `app\.py`[\s\S]*free lines in main before the peak/);
  const [head = "", first = "", second = "", ...rest] = readFileSync(`${out}.csv`, "utf8").split("\r\n");
  expect(head.split(",").slice(0, 4)).toEqual(["experiment", "status", "tier", "description"]);
  expect(first.split(",").slice(0, 4)).toEqual(["1", "keep", "B", "free lines in main before the peak"]);
  expect(first).toContain(",-2621440,");
  expect(second).toContain(`2,keep,B,"'=cmd(""x""), and\tmore",`);
  expect(rest).toEqual([""]);
  expect((await run(["export"], root)).stdout).toContain("## Kept");
  expect(await run(["export", "--session", "x"], root)).toMatchObject({ exitCode: 2 });
  expect(snapshot(root)).toBe(before);
});

it("gives a profile as CSV and Markdown", async () => {
  const root = repository(twoWastes);
  made.push(root);
  const ended = await run(["profile", "app.py", "--python", python, "--csv", "p.csv", "--markdown", "p.md"], root);
  expect(ended.exitCode, ended.stderr).toBe(0);
  const rows = readFileSync(join(root, "p.csv"), "utf8").trim().split("\r\n");
  expect(rows.some((it) => it.startsWith("stage,build,app.py,"))).toBe(true);
  expect(rows.some((it) => it.startsWith("line,load,text.py,2,"))).toBe(true);
  expect(new Set(rows.map((it) => it.replaceAll(/"[^"]*"/g, "").split(",").length))).toEqual(new Set([10]));
  expect(readFileSync(join(root, "p.md"), "utf8")).toContain("Stage");
});
