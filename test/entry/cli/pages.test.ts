import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { OptimizeOutput, ReportOutput, ServeOutput } from "../../../src/entry/output.ts";
import { python, repository, run, start } from "./program.ts";

describe("report and serve", () => {
  it("show what optimize left behind, from its journal alone", async () => {
    const root = repository();
    const ended = await run(
      ["optimize", "app.py", "--python", python, "--pairs", "2", "--allow", "slow", "--json", "--full"],
      root,
    );
    expect(ended.exitCode, ended.stderr).toBe(0);
    const optimized = OptimizeOutput.parse(JSON.parse(ended.stdout));
    const path = join(root, ".codeflash", "report.html");
    const page = readFileSync(path, "utf8");
    expect(page).toContain('id="data"');
    const told = await run(["report", "--json", "--full"], root);
    const { report } = ReportOutput.parse(JSON.parse(told.stdout));
    expect(readFileSync(path, "utf8")).toBe(page);
    expect(report.heap).toEqual(optimized.heapPeakBytes);
    expect(report.counts.experiments).toBe(optimized.experiments.length);
    const [first, last] = [report.profiles[0], report.profiles.at(-1)];
    for (const it of [first, last]) {
      const points = it?.timeline?.points ?? [];
      expect(Math.max(...points.map((point) => point[1]))).toBeGreaterThan(8 * 1024 * 1024);
      const names = it?.flame?.names ?? [];
      expect(names).toContain("main");
      expect(it?.held?.types.length).toBeGreaterThan(3);
    }
    expect(first?.timeline?.spans.length).toBeGreaterThan(1);
    const spans = first?.timeline?.spans ?? [];
    expect(spans.every((it) => it.fromMs >= 0 && it.toMs >= it.fromMs)).toBe(true);
    const command =
      report.commands
        .find((it) => it.command.includes("compare"))
        ?.command.split(" ")
        .slice(1) ?? [];
    expect(command.slice(1, 3)).toEqual([optimized.base, optimized.head]);
    await served(root, optimized.session);
  }, 240_000);

  it("say what to do where there is nothing to show", async () => {
    const root = repository();
    const none = await run(["report"], root);
    expect([none.exitCode, none.stderr]).toEqual([2, expect.stringContaining("There is no session yet")]);
    const unknown = await run(["serve", "--port", "70000"], root);
    expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining("is no port")]);
  });
});

async function served(root: string, session: string): Promise<void> {
  const { child, ended } = start(["serve", "--json"], root);
  const url = await new Promise<string>((done, fail) => {
    let text = "";
    child.stdout?.on("data", (chunk) => {
      text += chunk;
      if (text.trimEnd().endsWith("}")) done(ServeOutput.parse(JSON.parse(text)).url);
    });
    child.once("close", () => fail(new Error(`serve ended: ${text}`)));
  });
  const { origin, searchParams } = new URL(url);
  const headers = { authorization: `Bearer ${searchParams.get("token")}` };
  const rows = await (await fetch(`${origin}/api/sessions`, { headers })).json();
  expect(rows).toMatchObject([{ session, outcome: "plateau", running: false, problem: null }]);
  child.kill("SIGINT");
  expect((await ended).exitCode).toBe(0);
}
