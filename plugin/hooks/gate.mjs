#!/usr/bin/env node
// Holds a host's own tools to the gates of an open session. Node's own modules only: it runs before every tool call.
import { appendFileSync, readFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";

const branch = "codeflash/optimize";

/** The repository around a folder: where its HEAD is, and what all of its worktrees share. Null: there is none. */
function repositoryOf(folder) {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const git = join(at, ".git");
    const text = read(git);
    if (text?.startsWith("gitdir:")) {
      const own = resolve(at, text.slice("gitdir:".length).trim());
      const shared = read(join(own, "commondir"));
      return { own, common: shared === null ? own : resolve(own, shared.trim()) };
    }
    if (read(join(git, "HEAD")) !== null) return { own: git, common: git };
    if (dirname(at) === at) return null;
  }
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** What the server says of its session; null: there is none, or its process has gone. */
function gateOf(repository) {
  try {
    const gate = JSON.parse(readFileSync(join(repository.common, "codeflash", "gate.json"), "utf8"));
    return alive(gate.process) ? gate : null;
  } catch {
    return null;
  }
}

function alive({ pid, startTime }) {
  const stat = read(`/proc/${pid}/stat`);
  if (stat !== null) return startTime === "" || stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] === startTime;
  if (read("/proc/self/stat") !== null) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** A Python file of the implementation as a path below the root; null: a test, a record, or none of the project's. */
function implementation(file, gate, cwd) {
  if (typeof file !== "string" || !file.endsWith(".py")) return null;
  const path = relative(gate.root, isAbsolute(file) ? file : resolve(cwd, file));
  if (path.startsWith("..") || path.startsWith(".codeflash")) return null;
  const test = /(^|\/)(tests?|testing)\//.test(path) || /^(test_.*|.*_test|conftest)\.py$/.test(basename(path));
  return test ? null : path;
}

const block = (reason) => ({ code: 2, error: `codeflash-memory: ${reason}` });
const add = (event, text) => ({ code: 0, output: { hookSpecificOutput: { hookEventName: event, additionalContext: text } } });
const pass = { code: 0 };

/** No edit before the table, none before the checklist. */
function beforeEdit(input, gate) {
  const { file_path, notebook_path } = input.tool_input ?? {};
  const file = implementation(file_path ?? notebook_path, gate, input.cwd);
  if (file === null || gate.phase === "finished") return pass;
  if (!gate.table) return block(`${file} is not edited before there is a per-stage table of this session. ${gate.next}`);
  if (gate.phase === "submit" || gate.phase === "repair") return pass;
  return block(`${file} is not edited before the checklist of an experiment was accepted. ${gate.next}`);
}

/** A read before the table cannot be prevented everywhere; it never goes unremarked. */
function beforeRead(input, gate) {
  const { file_path, path } = input.tool_input ?? {};
  const file = implementation(file_path ?? path, gate, input.cwd);
  if (file === null || gate.table || gate.phase === "finished") return pass;
  try {
    appendFileSync(gate.reads, `${file}\n`);
  } catch {
    // the session's folder has gone
  }
  return add(
    "PreToolUse",
    `codeflash-memory: ${file} is read before there is a per-stage table of this session. This is recorded. How source looks must not decide what is worked on. ${gate.next}`,
  );
}

const moving = /\bgit\b[^|;&]*\b(commit|merge|rebase|cherry-pick|revert|reset|am|pull|apply\s+--index)\b/;
const naming =
  /\bgit\b[^|;&]*\b(branch\s+(-f|-D|-M|--force|--delete)|update-ref|checkout\s+-B|switch\s+-C|push)\b[^|;&]*codeflash\/optimize/;

/** The branch holds nothing but what was measured and kept. */
function beforeShell(input, gate, repository) {
  const command = input.tool_input?.command;
  if (typeof command !== "string" || gate.phase === "finished") return pass;
  const here = read(join(repository.own, "HEAD"))?.trim() === `ref: refs/heads/${branch}`;
  const goesThere = new RegExp(`\\bgit\\b[^|;&]*\\b(checkout|switch)\\b[^|;&]*${branch}`).test(command);
  if (naming.test(command) || ((here || goesThere) && moving.test(command)))
    return block(
      `while a session is open only the harness commits on ${branch}: it holds what was measured and kept, and nothing else.`,
    );
  return pass;
}

/** Context is lost; the state is on the disk. */
function atStart(input, gate) {
  const words = [
    `A codeflash-memory session is open on \`${gate.target}\` (${gate.experiments} experiments, phase ${gate.phase}${gate.chosen ? `, at work on ${gate.chosen}` : ""}).`,
    `State comes from the records, never from recollection: read ${gate.handoff}, then call \`status\`.`,
    gate.next,
  ];
  return add(input.hook_event_name, words.join(" "));
}

const parts = [
  [/delta\s+mib/i, "the per-stage tables, baseline and after each keep"],
  [/discover/i, "the numbered key discoveries"],
  [/breakdown|irreducible/i, "the tier breakdown with reducibility"],
  [/discarded/i, "what was tried and discarded, with reasons"],
];

/** Who leads sees nothing but the last message: it has to be whole. Asked for once a session. */
function beforeStop(input, gate) {
  if (input.stop_hook_active === true || gate.phase !== "finished" || read(gate.told) !== null) return pass;
  const said = input.last_assistant_message ?? lastMessage(input.transcript_path);
  if (typeof said !== "string") return pass;
  const missing = parts.filter(([pattern]) => !pattern.test(said)).map(([, name]) => name);
  appendFileSync(gate.told, `${missing.length === 0 ? "whole" : "asked for"}\n`);
  if (missing.length === 0) return pass;
  return block(`the final summary lacks ${missing.join("; ")}. They are in ${join(dirname(gate.handoff), "summary.md")}.`);
}

/** The last text of the assistant in a transcript of JSON lines. */
function lastMessage(path) {
  const lines = typeof path === "string" ? (read(path)?.trimEnd().split("\n") ?? []) : [];
  for (const line of lines.reverse()) {
    try {
      const { type, message } = JSON.parse(line);
      const texts = (message?.content ?? []).filter((it) => it.type === "text").map((it) => it.text);
      if (type === "assistant" && texts.length > 0) return texts.join("\n");
    } catch {
      // half a line
    }
  }
  return null;
}

function decide(input) {
  const repository = repositoryOf(input.cwd ?? process.cwd());
  const gate = repository && gateOf(repository);
  if (!gate) return pass;
  const { hook_event_name: event, tool_name: tool } = input;
  if (event === "SessionStart") return atStart(input, gate);
  if (event === "Stop" || event === "SubagentStop") return beforeStop(input, gate);
  if (event !== "PreToolUse") return pass;
  if (/^(Edit|Write|MultiEdit|NotebookEdit)$/.test(tool)) return beforeEdit(input, gate);
  if (/^(Read|Grep|NotebookRead)$/.test(tool)) return beforeRead(input, gate);
  return tool === "Bash" ? beforeShell(input, gate, repository) : pass;
}

/** A hook that fails must never stand in a user's way: what it cannot read it lets pass. */
function main() {
  try {
    const { code, error, output } = decide(JSON.parse(readFileSync(0, "utf8")));
    if (error) process.stderr.write(`${error}\n`);
    if (output) process.stdout.write(`${JSON.stringify(output)}\n`);
    process.exitCode = code;
  } catch {
    process.exitCode = 0;
  }
}

main();
