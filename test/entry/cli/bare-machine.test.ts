import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readJournal } from "../../../src/adapters/disk/journal.ts";
import { DoctorOutput, OptimizeOutput } from "../../../src/entry/output.ts";
import { snapshot } from "../../adapters/git/user-tree.ts";
import { type FakeServer, fakeServer } from "../../adapters/model/fake-server.ts";
import { aPython } from "../../pythons.ts";
import { Agent, begin } from "../mcp/agent.ts";
import { python, repository, start, tiny } from "./program.ts";

/** What starts a program as on a machine whose kernel has neither landlock nor namespaces for users. */
const bare = [aPython().executable, resolve("test/adapters/isolation/bare-kernel.py")];
const [command = "", ...words] = bare;
const isToBeHad = process.platform === "linux" && spawnSync(command, [...words, "true"]).status === 0;

/** What was found out of the machine as it is does not count there. */
const env = { XDG_CACHE_HOME: mkdtempSync(join(tmpdir(), "cache-")), ANTHROPIC_API_KEY: "k" };
const run = (args: readonly string[], cwd: string) => start([...args, "--python", python], cwd, env, bare).ended;

/** A project that says so where any of its code is run. */
function telling() {
  const told = join(mkdtempSync(join(tmpdir(), "told-")), "told");
  const code = `open(${JSON.stringify(told)}, "w").write("run")\n`;
  const root = repository({ ...tiny, "work.py": `${code}${tiny["work.py"]}`, "conftest.py": code });
  return { root, hasRun: () => existsSync(told) };
}

let server: FakeServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

describe.skipIf(!isToBeHad)("where neither namespaces nor landlock are to be had", () => {
  it("nothing that a model changes is run, and no model is asked", async () => {
    server = await fakeServer(() => ({ kind: "answer", calls: [{ name: "pass", input: { why: "no" } }] }));
    const { root, hasRun } = telling();
    const before = snapshot(root);
    const model = ["--model", "anthropic:claude-sonnet-4-5", "--base-url", `${server.url}/v1`];
    const ended = await run(["optimize", "app.py", ...model], root);
    expect(ended.exitCode).toBe(4);
    const [sentence, way] = ended.stderr.trim().split("\n");
    expect(sentence).toMatch(/^codeflash-memory: What a model changes is run only where.*\(namespaces: .*; landlock: .*\)\.$/);
    expect(way).toMatch(/`codeflash-memory doctor` shows what holds\. Or run it without, with --isolation process\.$/);
    expect([hasRun(), server.requests.length]).toEqual([false, 0]);
    expect(snapshot(root)).toBe(before);
    for (const rung of ["namespaces", "landlock"])
      expect(await run(["optimize", "app.py", "--isolation", rung], root)).toMatchObject({
        exitCode: 4,
        stderr: expect.stringMatching(/That isolation is not to be had here/),
      });
    expect(hasRun()).toBe(false);
  });

  it("nothing that an agent changes is run", async () => {
    const { root, hasRun } = telling();
    const agent = await Agent.overStdio(root, [], "legacy", { words: bare, env });
    expect(await agent.ask("start", begin)).toMatch(/What a model changes is run only where it can do no harm/);
    await agent.close();
    expect(hasRun()).toBe(false);
  });

  it("the catalogue's changes are run as a process, and the record says why", async () => {
    const root = repository(tiny);
    const ended = await run(["optimize", "app.py", "--pairs", "2", "--max-experiments", "1", "--json", "--full"], root);
    expect(ended.exitCode, ended.stderr).toBe(0);
    const { records } = OptimizeOutput.parse(JSON.parse(ended.stdout));
    const entries = (await readJournal(records.journal)).records.map((it) => it.entry);
    const isolated = entries.flatMap((it) => (it.kind === "isolated" ? [it.isolation] : []));
    expect(isolated).toMatchObject([
      { rung: "process", view: "guarded", why: expect.stringMatching(/namespaces: .*; landlock: /) },
    ]);
    expect(isolated[0]?.probes.filter((it) => it.open).length).toBeGreaterThan(0);
    expect(readFileSync(records.handoff, "utf8")).toContain("L1 process");
  });

  it("doctor says so, with what can be done, and does not call the machine unfit", async () => {
    const ended = await run(["doctor", "--json", "--full"], repository(tiny));
    expect(ended.exitCode).toBe(0);
    const { checks, fit } = DoctorOutput.parse(JSON.parse(ended.stdout));
    const said = (name: string) => checks.find((it) => it.name === name);
    expect(fit).toBe(true);
    expect(said("L3 namespaces")).toMatchObject({ ok: false, way: expect.stringMatching(/\S/) });
    expect(said("L2 landlock")).toMatchObject({ ok: false, found: expect.stringContaining("landlock is not to be had") });
    expect(said("run of a model's edits")).toMatchObject({ ok: false, way: expect.stringContaining("--isolation process") });
    expect(said("run of the catalogue's")).toMatchObject({ ok: true, found: "L1 process, network as it is" });
  });
});
