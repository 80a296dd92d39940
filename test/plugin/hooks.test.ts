import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { startTime } from "../../src/adapters/disk/lock.ts";
import type { Gate } from "../../src/entry/mcp/gate-file.ts";
import { userGit } from "../adapters/git/user-tree.ts";
import { repository } from "../entry/cli/program.ts";

const hook = resolve("plugin/hooks/gate.mjs");
const common = (root: string) => join(root, ".git", "codeflash");
let root = "";

/** The gate as a server writes it that lives (this process) or does not. */
function stands(gate: Partial<Gate>): void {
  const whole: Gate = {
    session: "s",
    root,
    target: "app.py",
    process: { pid: process.pid, startTime: startTime(process.pid) ?? "" },
    phase: "choose",
    table: true,
    chosen: null,
    experiments: 2,
    next: "Call `targets`.",
    handoff: join(root, ".codeflash", "HANDOFF.md"),
    reads: join(common(root), "reads.txt"),
    told: join(common(root), "summary-told"),
    ...gate,
  };
  mkdirSync(common(root), { recursive: true });
  writeFileSync(join(common(root), "gate.json"), JSON.stringify(whole));
}

/** One call as the host makes it. */
function call(event: string, more: Record<string, unknown> = {}, cwd = root) {
  const input = {
    session_id: "abc",
    transcript_path: join(root, "transcript.jsonl"),
    cwd,
    permission_mode: "default",
    hook_event_name: event,
    ...more,
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, [hook], { cwd, input: JSON.stringify(input), encoding: "utf8" });
  return { status, stdout, stderr };
}

const edit = (file: string) =>
  call("PreToolUse", { tool_name: "Edit", tool_input: { file_path: join(root, file), old_string: "a", new_string: "b" } });
const shell = (command: string) => call("PreToolUse", { tool_name: "Bash", tool_input: { command } });

beforeEach(() => {
  root = repository();
});

describe("the hooks", () => {
  it("let everything pass where no session is open, where its server has died, and where the input is no input", () => {
    expect(edit("work.py").status).toBe(0);
    stands({ table: false, process: { pid: 2 ** 22 - 1, startTime: "1" } });
    expect(edit("work.py").status).toBe(0);
    stands({ table: false, process: { pid: process.pid, startTime: "another one's" } });
    expect(edit("work.py").status).toBe(process.platform === "linux" ? 0 : 2);
    expect(spawnSync(process.execPath, [hook], { input: "no json", encoding: "utf8" }).status).toBe(0);
  });

  it("block an edit of the implementation before the table, and before the checklist", () => {
    stands({ table: false, phase: "stopped" });
    expect(edit("work.py")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("not edited before there is a per-stage table"),
    });
    expect(edit("test_work.py").status).toBe(0);
    expect(edit("README.md").status).toBe(0);
    stands({ phase: "check" });
    expect(edit("work.py")).toMatchObject({ status: 2, stderr: expect.stringContaining("before the checklist") });
    expect(edit(".codeflash/work/work.py").status).toBe(0);
    stands({ phase: "submit" });
    expect(edit("work.py").status).toBe(0);
  });

  it("remark and record a read of the implementation before the table", () => {
    stands({ table: false, phase: "stopped" });
    const read = call("PreToolUse", { tool_name: "Read", tool_input: { file_path: join(root, "work.py") } });
    expect(read.status).toBe(0);
    expect(JSON.parse(read.stdout).hookSpecificOutput).toMatchObject({
      hookEventName: "PreToolUse",
      additionalContext: expect.stringContaining("work.py is read before there is a per-stage table"),
    });
    expect(readFileSync(join(common(root), "reads.txt"), "utf8")).toBe("work.py\n");
    stands({});
    expect(call("PreToolUse", { tool_name: "Read", tool_input: { file_path: join(root, "work.py") } }).stdout).toBe("");
  });

  it("let nobody but the harness commit on codeflash/optimize", () => {
    stands({});
    expect(shell("git commit -am x").status).toBe(0);
    for (const command of [
      "git checkout codeflash/optimize && git commit -am x",
      "git branch -f codeflash/optimize HEAD",
      "git push --force origin codeflash/optimize",
    ])
      expect(shell(command), command).toMatchObject({ status: 2, stderr: expect.stringContaining("only the harness commits") });
    expect(shell("git log codeflash/optimize").status).toBe(0);
    userGit(root, "checkout", "-q", "-b", "codeflash/optimize");
    expect(shell("cd . && git commit -m 'x'").status).toBe(2);
    expect(shell("git status").status).toBe(0);
    stands({ phase: "finished" });
    expect(shell("git commit -m x").status).toBe(0);
  });

  it("find the session from a worktree and from a folder below", () => {
    stands({ table: false });
    const other = `${root}-other`;
    userGit(root, "worktree", "add", "-q", other, "-b", "side");
    mkdirSync(join(root, "deep", "er"), { recursive: true });
    for (const cwd of [join(root, "deep", "er"), other])
      expect(call("SessionStart", { source: "compact" }, cwd).stdout).toContain("session is open");
  });

  it("restore the context after a compaction", () => {
    stands({ phase: "submit", chosen: "work.py:main" });
    const { stdout } = call("SessionStart", { source: "compact" });
    const { additionalContext } = JSON.parse(stdout).hookSpecificOutput as { additionalContext: string };
    expect(additionalContext).toContain("phase submit, at work on work.py:main");
    expect(additionalContext).toContain("HANDOFF.md");
  });

  it("ask once for a whole summary before the agent stops", () => {
    stands({});
    expect(call("Stop", { stop_hook_active: false, last_assistant_message: "done" }).status).toBe(0);
    stands({ phase: "finished" });
    expect(call("SubagentStop", { stop_hook_active: true, last_assistant_message: "done" }).status).toBe(0);
    const asked = call("SubagentStop", { stop_hook_active: false, last_assistant_message: "Saved 4 MiB." });
    expect(asked).toMatchObject({ status: 2, stderr: expect.stringContaining("the per-stage tables") });
    expect(asked.stderr).toContain("what was tried and discarded");
    expect(call("Stop", { stop_hook_active: false, last_assistant_message: "done" }).status).toBe(0);
  });

  it("read the last message from the transcript where the host does not give it, and are content with a whole one", () => {
    stands({ phase: "finished" });
    const whole = "Stage Delta MiB\n## Key discoveries\n## Tier breakdown\n## Tried and discarded";
    const line = { type: "assistant", message: { content: [{ type: "text", text: whole }] } };
    writeFileSync(
      join(root, "transcript.jsonl"),
      `${JSON.stringify({ type: "user", message: { content: "x" } })}\n${JSON.stringify(line)}\n`,
    );
    expect(call("Stop", { stop_hook_active: false }).status).toBe(0);
    expect(existsSync(join(common(root), "summary-told"))).toBe(true);
  });
});
