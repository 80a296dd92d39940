import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { agentText, commandsPage } from "../../src/entry/install/texts.ts";
import { tools } from "../../src/entry/mcp/tools.ts";

const read = (path: string) => readFileSync(join("plugin", path), "utf8");
const kebab = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/);
const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

/** The keys of a page's frontmatter with their text; lists and blocks as they stand. */
function frontmatter(text: string): { keys: Map<string, string>; body: string } {
  const found = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text);
  const keys = new Map<string, string>();
  for (const part of (found?.[1] ?? "").split(/\n(?=\S)/)) {
    const at = part.indexOf(":");
    keys.set(part.slice(0, at), part.slice(at + 1).trim());
  }
  return { keys, body: found?.[2] ?? "" };
}

describe("the plugin", () => {
  it("is up to date where it lists commands and tools (`npx vitest run test/plugin -u` writes it)", async () => {
    await expect(agentText()).toMatchFileSnapshot("../../plugin/agents/codeflash-memory.md");
    await expect(commandsPage()).toMatchFileSnapshot("../../plugin/skills/memray-profiling/references/commands.md");
  });

  it("has a manifest and a marketplace of the documented form", () => {
    const Author = z.strictObject({ name: z.string(), email: z.email().optional(), url: z.url().optional() });
    const Manifest = z.strictObject({
      name: kebab,
      displayName: z.string(),
      version: z.string().regex(/^\d+\.\d+\.\d+/),
      description: z.string(),
      author: Author,
      homepage: z.url().optional(),
      repository: z.url().optional(),
      license: z.string(),
      keywords: z.array(z.string()),
    });
    expect(Manifest.parse(JSON.parse(read(".claude-plugin/plugin.json")))).toMatchObject({ name: "codeflash-memory", version });
    const Marketplace = z.strictObject({
      name: kebab,
      owner: Author,
      plugins: z.array(z.strictObject({ name: kebab, source: z.string().startsWith("./"), description: z.string() })).min(1),
    });
    const market = Marketplace.parse(JSON.parse(read(".claude-plugin/marketplace.json")));
    for (const it_ of market.plugins) expect(existsSync(join("plugin", it_.source, ".claude-plugin/plugin.json"))).toBe(true);
    const Servers = z.strictObject({
      mcpServers: z.record(z.string(), z.strictObject({ command: z.string(), args: z.array(z.string()) })),
    });
    expect(Servers.parse(JSON.parse(read(".mcp.json"))).mcpServers["codeflash-memory"]).toEqual({
      command: "codeflash-memory",
      args: ["mcp"],
    });
  });

  it("has hooks of the documented form whose programs are there", () => {
    const Command = z.strictObject({ type: z.literal("command"), command: z.string(), timeout: z.number() });
    const Group = z.strictObject({ matcher: z.string().optional(), hooks: z.array(Command).min(1) });
    const events = ["PreToolUse", "PostToolUse", "SessionStart", "PreCompact", "Stop", "SubagentStop"] as const;
    const Hooks = z.strictObject({ description: z.string(), hooks: z.partialRecord(z.enum(events), z.array(Group)) });
    const { hooks } = Hooks.parse(JSON.parse(read("hooks/hooks.json")));
    expect(Object.keys(hooks).sort()).toEqual(["PreToolUse", "SessionStart", "Stop", "SubagentStop"]);
    for (const { command } of Object.values(hooks).flatMap((groups) => groups.flatMap((it_) => it_.hooks))) {
      const [, path = ""] = /\$\{CLAUDE_PLUGIN_ROOT\}\/(\S+?)"/.exec(command) ?? [];
      expect(existsSync(join("plugin", path)), command).toBe(true);
    }
  });

  it("has the agent as it was described: name, triggers, colour, memory, skill, all of its tools and ours", () => {
    const { keys, body } = frontmatter(read("agents/codeflash-memory.md"));
    expect([...keys.keys()]).toEqual(["name", "description", "color", "memory", "skills", "tools"]);
    expect(keys.get("name")).toBe("codeflash-memory");
    expect([keys.get("color"), keys.get("memory"), keys.get("skills")]).toEqual(["yellow", "project", "- memray-profiling"]);
    for (const word of [
      "reduce peak memory",
      "fix OOM errors",
      "detect memory leaks",
      "test_process_large_file is using 3GB",
      "runs out of memory on large PDFs",
    ])
      expect(keys.get("description")).toContain(word);
    const listed = (keys.get("tools") ?? "").split("\n").map((it_) => it_.trim().replace(/^- /, ""));
    for (const it_ of [
      "Read",
      "Edit",
      "Write",
      "Bash",
      "Grep",
      "Glob",
      "SendMessage",
      "TaskList",
      "TaskUpdate",
      "mcp__context7__query-docs",
    ])
      expect(listed).toContain(it_);
    for (const { name } of tools) expect(listed).toContain(`mcp__plugin_codeflash-memory_codeflash-memory__${name}`);
    expect(body).toContain("eight answers");
  });

  it("has a skill that the Agent Skills specification accepts, its pages one level deep and all of them linked", () => {
    const folder = "skills/memray-profiling";
    const { keys, body } = frontmatter(read(join(folder, "SKILL.md")));
    const allowed = ["name", "description", "license", "compatibility", "metadata", "allowed-tools"];
    for (const key of keys.keys()) expect(allowed).toContain(key);
    expect(kebab.max(64).parse(keys.get("name"))).toBe("memray-profiling");
    const description = keys.get("description") ?? "";
    expect(description.length).toBeGreaterThan(0);
    expect(description.length).toBeLessThanOrEqual(1024);
    expect(description).not.toMatch(/[<>]/);
    expect((keys.get("compatibility") ?? "").length).toBeLessThanOrEqual(500);
    expect(body.split("\n").length).toBeLessThan(500);
    expect(body.length / 4).toBeLessThan(5000);
    const pages = readdirSync(join("plugin", folder, "references"), { withFileTypes: true });
    expect(pages.every((it_) => it_.isFile())).toBe(true);
    const linked = (path: string) =>
      [...read(path).matchAll(/\]\(([^)#]+\.md)\)/g)].map((it_) => join(dirname(path), it_[1] as string));
    const all = new Set([join(folder, "SKILL.md"), ...pages.map((it_) => join(folder, "references", it_.name))]);
    const links = [...all].flatMap(linked);
    for (const it_ of links) expect(all, it_).toContain(it_);
    for (const it_ of all) if (!it_.endsWith("SKILL.md")) expect(links).toContain(it_);
    for (const name of [
      "base-protocol",
      "experiment-loop",
      "guide",
      "reference",
      "handoff-template",
      "e2e-benchmarks",
      "pr-preparation",
    ])
      expect(all).toContain(join(folder, "references", `${name}.md`));
  });
});
