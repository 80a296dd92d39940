import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { OptimizeOutput } from "../../../src/entry/output.ts";
import { snapshot, userGit } from "../../adapters/git/user-tree.ts";
import { type FakeServer, fakeServer } from "../../adapters/model/fake-server.ts";
import { python, run, said, start } from "./program.ts";

/** An example as a repository of its own. */
function example(name: string): string {
  const root = join(mkdtempSync(join(tmpdir(), "model-")), name);
  cpSync(join("examples", name), root, { recursive: true, filter: (path) => !/__pycache__|\.pytest_cache/.test(path) });
  userGit(root, "init", "-q", "-b", "main");
  userGit(root, "add", "-A");
  userGit(root, "commit", "-q", "-m", "start");
  return root;
}
const optimize = (target: string, ...more: string[]) => [
  ...["optimize", target, "--python", python, "--pairs", "2", "--allow", "slow,api", "--json", "--full"],
  ...more,
];
const recording = ["--model", "replay:conversation.jsonl"];

let server: FakeServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

/** The calls of a recording, for a server that plays it by what it is asked. */
function recordedCalls(name: string): { name: string; input: unknown }[][] {
  const lines = readFileSync(join("examples", name, "conversation.jsonl"), "utf8")
    .trimEnd()
    .split("\n");
  return lines
    .map((it) => JSON.parse(it))
    .filter((it) => it.call === "draft-1")
    .map((it) => it.answer.calls);
}

describe("optimize --model", () => {
  it("goes on where the catalogue stops: two functions become a stream", async () => {
    const root = example("streaming-rewrite");
    const before = snapshot(root);
    const alone = OptimizeOutput.parse(JSON.parse((await run(optimize("orders.py"), root)).stdout));
    expect(alone.experiments.filter((it) => it.status === "keep" && it.technique === "stream-rows")).toEqual([]);
    const ended = await run(optimize("orders.py", "--fresh", ...recording), root);
    const answer = OptimizeOutput.parse(JSON.parse(ended.stdout));
    expect(answer.experiments, ended.stderr).toMatchObject([{ technique: "stream-rows", status: "keep" }]);
    expect(answer.heapPeakBytes.after ?? 0).toBeLessThan((answer.heapPeakBytes.before ?? 0) * 0.1);
    expect(answer.model).toMatchObject({ models: ["replay:conversation.jsonl"], costUsd: 0 });
    expect(ended.stderr).toContain("evidence of orders.py:read_orders");
    expect(ended.stderr).toContain("doubts: a caller outside of this file");
    expect(snapshot(root)).toBe(before);
  }, 300_000);

  it("goes on where the catalogue stops: another record type", async () => {
    const root = example("record-type");
    const ended = await run(optimize("telemetry.py", ...recording), root);
    const answer = OptimizeOutput.parse(JSON.parse(ended.stdout));
    expect(answer.experiments, ended.stderr).toMatchObject([{ technique: "compact-record", status: "keep" }]);
  }, 240_000);

  it("asks nothing twice after kill -9, wherever it was ended, and says what it cost", async () => {
    const calls = recordedCalls("streaming-rewrite");
    // Answers are chosen by the turn that is asked, so that one that was under way at a kill may come again.
    const turnOf = (body: Record<string, unknown>) =>
      /"doubts"|1\. keep/.test(JSON.stringify(body)) ? "later" : String((body["messages"] as unknown[]).length);
    server = await fakeServer(({ body }) => {
      if (JSON.stringify(body["tools"]).includes('"doubts"'))
        return { kind: "answer", calls: [{ name: "doubts", input: { doubts: [] } }] };
      const next = turnOf(body) === "later" ? undefined : calls[(Number(turnOf(body)) - 1) / 2];
      return { kind: "answer", calls: next ?? [{ name: "pass", input: { why: "nothing reducible is left" } }] };
    });
    const root = example("streaming-rewrite");
    const env = { ANTHROPIC_API_KEY: "test-key" };
    const asked = optimize(
      "orders.py",
      "--no-catalogue",
      "--model",
      "anthropic:claude-sonnet-4-5",
      "--base-url",
      `${server.url}/v1`,
    );
    for (const after of ["[model] draft-1.0", "[model] draft-1.2", "[experiment 1] Implementing"]) {
      const { child, ended } = start(asked, root, env);
      await said(child, after);
      child.kill("SIGKILL");
      await ended;
    }
    const ended = await run([...asked, "--max-cost", "5"], root, env);
    const answer = OptimizeOutput.parse(JSON.parse(ended.stdout));
    expect(answer.experiments, ended.stderr).toMatchObject([{ technique: "stream-rows", status: "keep", model: { answers: 3 } }]);
    const times = (turn: string) => server?.requests.filter((it) => turnOf(it.body) === turn).length ?? 0;
    expect([times("1"), times("5")]).toEqual([1, 1]); // in the journal before the kills
    expect(server.requests.length - (answer.model?.answers ?? 0)).toBe(times("3") - 1); // the one that may have been under way
    expect(answer.model?.costUsd).toBeGreaterThan(0);
    expect(answer.model?.costPerMibUsd).toBeGreaterThan(0);
    expect(ended.stderr).toContain("per MiB saved");
  }, 300_000);

  it("stops at --max-cost with exit code 3, and ends with a sentence where it cannot begin", async () => {
    const root = example("record-type");
    const quick = (...more: string[]) =>
      run(optimize("telemetry.py", "--no-catalogue", ...more), root, { ANTHROPIC_API_KEY: "" });
    const noKey = await quick("--model", "anthropic:claude-sonnet-4-5");
    expect(noKey).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("ANTHROPIC_API_KEY is not set") });
    const noPrice = await quick("--model", "openai-compatible:mine", "--base-url", "http://127.0.0.1:9/v1", "--max-cost", "1");
    expect(noPrice).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("price of openai-compatible:mine is not known"),
    });
    server = await fakeServer([{ kind: "answer", text: "I would rather talk." }]);
    const priced = [
      "--model",
      "openai-compatible:mine",
      "--base-url",
      `${server.url}/v1`,
      "--price",
      "1000,1000",
      "--max-cost",
      "1",
    ];
    const ended = await quick(...priced);
    expect(ended.exitCode, ended.stderr).toBe(3);
    expect(ended.stderr).toContain("US dollars (--max-cost)");
    expect(server.requests).toHaveLength(1);
    const doctor = await run(["doctor", "--python", python, ...priced.slice(0, 4)], root);
    expect(doctor.stdout + doctor.stderr).toContain("without calling the tool");
    rmSync(root, { recursive: true, force: true });
  }, 240_000);
});
