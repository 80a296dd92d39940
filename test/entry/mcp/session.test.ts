import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { snapshot, userGit } from "../../adapters/git/user-tree.ts";
import { repository } from "../cli/program.ts";
import { Agent, begin, change, checklist, httpServer, passed } from "./agent.ts";

const open: Agent[] = [];
const opened = (agent: Agent): Agent => {
  open.push(agent);
  return agent;
};
afterEach(async () => {
  for (const agent of open.splice(0)) await agent.close().catch(() => undefined);
});

/** The hook of the plugin, asked about an edit in the host's own tree. */
const hookOn = (root: string, file: string) =>
  spawnSync(process.execPath, ["plugin/hooks/gate.mjs"], {
    input: JSON.stringify({
      cwd: root,
      hook_event_name: "PreToolUse",
      tool_name: "Edit",
      tool_input: { file_path: join(root, file) },
    }),
    encoding: "utf8",
  });

/** From the start to the plateau, in the order of the method. */
async function wholeSession(agent: Agent, root: string): Promise<void> {
  const started = await agent.must("start", begin);
  expect(started.phase).toBe("choose");
  expect(agent.told.join("\n")).toContain("Delta MiB");
  const { targets } = (await agent.must("targets")) as unknown as { targets: { id: string; bytes: number }[] };
  expect(targets[0]?.id).toBe("work.py:main");
  const chosen = await agent.must("choose_target", { target: "work.py:main" });
  expect(chosen["source"]).toContain("pairs = lengths(lines)");
  expect((chosen["evidence"] as string[]).join("\n")).toContain("lines (list) is dead at the peak");
  await agent.must("open_experiment", checklist);
  const micro = await agent.must("micro_benchmark", {
    setup: "n = 10**5",
    a: "sum([i * i for i in range(n)])",
    b: "sum(i * i for i in range(n))",
    pairs: 2,
  });
  expect(micro["result"]).toMatchObject({ equal: true, counts: true });
  const kept = await agent.must("submit", change);
  expect(kept, JSON.stringify(kept)).toMatchObject({ phase: "choose", experiment: 1, status: "keep" });
  expect(kept["heapDeltaBytes"] as number).toBeLessThan(-3 * 1024 * 1024);
  const done = await agent.must("finish", {
    why: "what remains is the working data",
    passed,
    sweep: "no classes, no copies, no JSON, no log calls in work.py",
  });
  expect(done.phase, JSON.stringify(done)).toBe("finished");
  const summary = readFileSync(done["summary"] as string, "utf8");
  for (const part of [
    "Delta MiB",
    "Key discoveries",
    "Tier breakdown",
    "Tried and discarded",
    "was passed over",
    "NO — its rows are the working data",
  ])
    expect(summary).toContain(part);
  expect(userGit(root, "show", "codeflash/optimize:work.py")).toContain("del lines");
  expect(userGit(root, "log", "-1", "--format=%s", "codeflash/optimize").trim()).toBe(
    "mem: Free the lines before the table is built",
  );
}

describe("an agent over MCP", () => {
  it("takes a session from its start to its plateau over stdio, in the previous protocol, without touching the user's tree", async () => {
    const root = repository();
    const before = snapshot(root);
    const agent = opened(await Agent.overStdio(root));
    await wholeSession(agent, root);
    expect(agent.progress.join("\n")).toContain("[experiment 1] Implementing: Free the lines");
    expect(snapshot(root)).toBe(before);
    const resources = await Promise.all(
      ["handoff", "results", "tables", "summary"].map((it_) => agent.client.readResource({ uri: `codeflash-memory://${it_}` })),
    );
    for (const { contents } of resources) expect((contents[0] as { text: string }).text).toMatch(/MiB|target_mb/);
    for (const [tool, size] of agent.sizes) expect(size, tool).toBeLessThanOrEqual(3000);
    const again = await agent.must("start", begin);
    expect(again.lines.join("\n")).toContain("at its plateau");
  });

  it("does the same over HTTP in the current protocol, polling its jobs", async () => {
    const root = repository();
    const server = await httpServer(root, ["--wait", "1"]);
    try {
      const agent = opened(await Agent.overHttp(server, "auto"));
      await wholeSession(agent, root);
      expect(agent.progress.join("\n")).toContain("[tests]");
    } finally {
      server.child.kill("SIGTERM");
    }
  });

  it("is refused with a sentence wherever it leaves a gate out", async () => {
    const root = repository();
    const agent = opened(await Agent.overStdio(root));
    for (const [tool, args] of [
      ["targets", {}],
      ["choose_target", { target: "work.py:main" }],
      ["open_experiment", checklist],
      ["submit", change],
      ["finish", { why: "it is all fine" }],
    ] as const)
      expect(await agent.ask(tool, args), tool).toMatch(/no per-stage table.*Call `start` first/);
    await agent.must("start", begin);
    const refusal = async (tool: string, args: Record<string, unknown>) => {
      const said = await agent.ask(tool, args);
      expect(typeof said, JSON.stringify(said)).toBe("string");
      return said as string;
    };
    expect(hookOn(root, "work.py")).toMatchObject({ status: 2, stderr: expect.stringContaining("before the checklist") });
    const [session = ""] = readdirSync(join(root, ".git/codeflash/sessions"));
    writeFileSync(join(root, ".git/codeflash/sessions", session, "reads.txt"), "work.py\nwork.py\n");
    expect(await refusal("open_experiment", checklist)).toContain("no target is chosen");
    expect(readFileSync(join(root, ".codeflash/HANDOFF.md"), "utf8")).toContain(
      "host read work.py before there was a per-stage table",
    );
    expect(await refusal("submit", change)).toContain("no experiment is open: choose a target first");
    expect(await refusal("choose_target", { target: "work.py:load" })).toContain(
      "targets go in measured order, and work.py:main",
    );
    expect(
      await refusal("choose_target", { target: "work.py:load", passed: [{ target: "work.py:main", why: "not sure" }] }),
    ).toContain("passed over must be said");
    expect(await refusal("choose_target", { target: "work.py:nowhere" })).toContain("holds nothing at the peak");
    expect(await refusal("finish", { why: "nothing more is possible" })).toContain("secondary sweep is open");
    expect(
      await refusal("finish", { why: "nothing more is possible", sweep: "looked at work.py, none of the four is there" }),
    ).toContain("not tried yet: work.py:main");
    await agent.must("choose_target", { target: "work.py:main" });
    expect(await refusal("submit", change)).toContain("checklist was not accepted yet");
    expect(await refusal("open_experiment", { ...checklist, mechanism: "unknown" })).toContain(
      'answer "mechanism" is not concrete',
    );
    expect(await refusal("open_experiment", { ...checklist, expectedMib: 40 })).toContain(
      "it expects 40.0 MiB, and work.py:main holds",
    );
    expect(await refusal("open_experiment", { ...checklist, summary: "Free the lines and pack the table" })).toContain(
      "says two things",
    );
    await agent.must("open_experiment", checklist);
    const elsewhere = {
      file: "work.py",
      search: "    return [(len(line), line[5:12]) for line in lines]",
      replace: "    return []",
    };
    expect(await refusal("submit", { blocks: [elsewhere] })).toContain("touches lengths, which is not in the scope");
    expect(await refusal("submit", { blocks: [{ file: "test_work.py", search: "a", replace: "b" }] })).toContain("is a test");
    expect(await refusal("submit", { blocks: [{ ...change.blocks[0], search: "not there" }] })).toContain(
      "the search text is not in work.py",
    );
    expect(await refusal("submit", { ...change, copy: "work.py" })).toContain("One of blocks, copy and giveUp");
    expect(hookOn(root, "work.py").status).toBe(0);
    const journalled = await agent.must("status");
    expect(journalled).toMatchObject({ phase: "submit", chosen: "work.py:main" });
  });

  it("loses nothing when server or client are killed: target and checklist are there again, and the change is measured", async () => {
    const root = repository();
    const first = opened(await Agent.overStdio(root));
    await first.must("start", begin);
    await first.must("choose_target", { target: "work.py:main" });
    first.kill();
    const second = opened(await Agent.overStdio(root));
    expect(await second.must("start")).toMatchObject({ phase: "check" });
    expect(await second.must("status")).toMatchObject({ chosen: "work.py:main" });
    await second.must("open_experiment", checklist);
    await second.close(); // the client goes away
    const third = opened(await Agent.overStdio(root, ["--wait", "0"]));
    expect(await third.must("start")).toMatchObject({ phase: "submit" });
    const job = await third.client.callTool({ name: "submit", arguments: change });
    expect(job.structuredContent).toMatchObject({ phase: "working" });
    expect(await third.ask("choose_target", { target: "work.py:main" })).toMatch(/Job job-\d+ \(submit\) is under way/);
    while (!third.told.join("\n").includes("Implementing")) {
      await third.must("status");
      await sleep(50);
    }
    third.kill(); // in the middle of the measurements
    const fourth = opened(await Agent.overStdio(root));
    expect(await fourth.must("start")).toMatchObject({ phase: "choose" });
    const results = readFileSync(join(root, ".codeflash", "results.tsv"), "utf8");
    expect(results.split("\n").filter((it_) => it_.includes("\tkeep\t"))).toHaveLength(1);
  });

  it("may cancel a job, repair what broke, submit an edited copy, and hears what a discard taught", async () => {
    const root = repository();
    const agent = opened(await Agent.overStdio(root, ["--wait", "0"]));
    const started = await agent.client.callTool({ name: "start", arguments: begin });
    const { job } = started.structuredContent as { job: string };
    const ended = (await agent.must("job", { id: job, cancel: true })) as Record<string, unknown>;
    expect(ended).toMatchObject({ ended: true, phase: "none" });
    await agent.must("start", begin);
    const chosen = await agent.must("choose_target", { target: "work.py:main" });
    const copy = chosen["workingCopy"] as string;
    const text = readFileSync(copy, "utf8");
    writeFileSync(copy, `# edited too early\n${text}`);
    expect(await agent.must("open_experiment", checklist)).toMatchObject({ workingCopies: [copy] });
    expect(readFileSync(copy, "utf8")).toContain("# edited too early");
    writeFileSync(
      copy,
      text.replace("    pairs = lengths(lines)\n", "    pairs = lengths(lines)\n    del lines\n    pairs = pairs[1:]\n"),
    );
    const broken = await agent.must("submit", { copy });
    expect(broken, JSON.stringify(broken)).toMatchObject({ phase: "repair", experiment: 1 });
    expect(await agent.ask("choose_target", { target: "work.py:main" })).toContain("submit a repair, or give it up");
    writeFileSync(copy, text.replace("    pairs = lengths(lines)\n", "    pairs = lengths(lines)\n    del lines\n"));
    expect(await agent.must("submit", { copy })).toMatchObject({ phase: "choose", experiment: 1, status: "keep" });
    expect(await agent.ask("choose_target", { target: "work.py:main" })).toMatchObject({ phase: "check" });
    await agent.must("open_experiment", { ...checklist, subject: "pairs", summary: "Free the pairs", technique: "free-pairs" });
    expect(await agent.ask("submit", { copy: "work.py" })).toContain("was changed by an earlier keep");
  });
});
