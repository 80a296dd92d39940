import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { repository, run } from "./program.ts";

const home = () => mkdtempSync(join(tmpdir(), "home "));
const env = (own: string) => ({ HOME: own, USERPROFILE: own, CODEX_HOME: "", CLAUDE_CONFIG_DIR: "", XDG_CONFIG_HOME: "" });
const install = (own: string, ...words: string[]) => run(["install", ...words], repository(), env(own));

/** Each host's own file, a text that is there already, and where our entry is in it. */
const cases: [host: string, path: string, before: string, entry: (text: string) => unknown][] = [
  [
    "claude-code",
    ".claude/settings.json",
    '{\n\t"model": "x"\n}\n',
    (it_) => JSON.parse(it_).enabledPlugins["codeflash-memory@codeflash-memory"],
  ],
  [
    "codex",
    ".codex/config.toml",
    '# mine\nmodel = "x"\n\n[mcp_servers.other]\ncommand = "o"\n',
    (it_) => (parse(it_) as { mcp_servers: Record<string, { args: string[] }> }).mcp_servers["codeflash-memory"]?.args.at(-1),
  ],
  [
    "gemini",
    ".gemini/settings.json",
    '{\n  "mcpServers": {\n    "other": {}\n  }\n}\n',
    (it_) => JSON.parse(it_).mcpServers["codeflash-memory"].args.at(-1),
  ],
  [
    "opencode",
    ".config/opencode/opencode.json",
    '{\n  "theme": "x"\n}\n',
    (it_) => JSON.parse(it_).mcp.servers["codeflash-memory"].command.at(-1),
  ],
  ["cursor", ".cursor/mcp.json", "", (it_) => JSON.parse(it_).mcpServers["codeflash-memory"].args.at(-1)],
  [
    "vscode",
    ".config/Code/User/mcp.json",
    '{\n    "servers": {}\n}\n',
    (it_) => JSON.parse(it_).servers["codeflash-memory"].args.at(-1),
  ],
];

describe("install", () => {
  it.each(cases.filter(([host]) => host !== "vscode" || process.platform === "linux"))(
    "%s: shows the change, writes it once, takes it out again to the letter",
    async (host, path, before, entry) => {
      const own = home();
      const file = join(own, path);
      mkdirSync(dirname(file), { recursive: true });
      if (before !== "") writeFileSync(file, before);
      const shown = await install(own, host);
      expect(shown.stdout).toContain("+++");
      expect(shown.stdout).toContain("codeflash-memory");
      expect(shown.stdout).toContain("--yes");
      expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe(before);
      expect((await install(own, host, "--yes")).exitCode).toBe(0);
      const written = readFileSync(file, "utf8");
      expect(["mcp", true]).toContainEqual(entry(written));
      expect((await install(own, host, "--yes")).stdout).toContain("nothing to do");
      expect(readFileSync(file, "utf8")).toBe(written);
      await install(own, host, "--undo", "--yes");
      const after = existsSync(file) ? readFileSync(file, "utf8") : "";
      if (host === "vscode") expect(after).toBe("");
      else expect(after).toBe(before);
    },
  );

  it("writes what is everybody's in the project, with a section in the file that the host reads", async () => {
    const root = repository();
    writeFileSync(join(root, "AGENTS.md"), "# Mine\n\nText.\n");
    await run(["install", "codex", "--project", "--yes"], root, env(home()));
    const text = readFileSync(join(root, "AGENTS.md"), "utf8");
    expect(text).toMatch(/^# Mine\n\nText\.\n\n<!-- codeflash-memory: begin -->/);
    expect(readFileSync(join(root, ".codex/config.toml"), "utf8")).toContain('command = "codeflash-memory"');
    expect((await run(["install", "cursor", "--project", "--yes"], root, env(home()))).stdout).not.toContain("AGENTS.md");
    await run(["install", "agents-md", "--project", "--undo", "--yes"], root, env(home()));
    expect(readFileSync(join(root, "AGENTS.md"), "utf8")).toBe("# Mine\n\nText.\n");
  });

  it("leaves alone what it cannot read or what somebody wrote, and says what to do", async () => {
    const own = home();
    mkdirSync(join(own, ".gemini"));
    writeFileSync(join(own, ".gemini/settings.json"), "{ // comment\n}\n");
    const commented = await install(own, "gemini", "--yes");
    expect(commented).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("no plain JSON") });
    expect(commented.stderr).toContain("mcpServers");
    mkdirSync(join(own, ".codex"));
    writeFileSync(join(own, ".codex/config.toml"), '[mcp_servers.codeflash-memory]\ncommand = "mine"\n');
    expect(await install(own, "codex", "--yes")).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("of its own") });
    expect(await install(own, "emacs")).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("Known hosts") });
  });
});
