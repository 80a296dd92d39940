import { join } from "node:path";
import { jsonWith } from "./json-file.ts";
import { agentsSection, withSection } from "./texts.ts";
import { tomlWith } from "./toml-file.ts";

export const hostNames = ["claude-code", "codex", "gemini", "opencode", "cursor", "vscode", "agents-md"] as const;
export type HostName = (typeof hostNames)[number];

/** Where an entry goes, and how the program is started from there. */
export interface Place {
  /** Of the project; null: the user's own files. */
  project: string | null;
  home: string;
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  /** The program and its first words. */
  program: readonly [string, ...string[]];
  /** The folder of the plugin. */
  plugin: string;
}

/** One file of a host: its text with our entry, or without it (`undo`). `""`: nothing is left in it. */
export interface HostFile {
  path: string;
  change(text: string, undo: boolean): string;
}

const name = "codeflash-memory";
/** Longer than a call waits for its job. */
const timeoutSeconds = 120;

const section = (path: string): HostFile => ({
  path,
  change: (text, undo) => withSection(text, undo ? null : agentsSection()),
});

const json = (path: string, keys: readonly string[], value: unknown): HostFile => ({
  path,
  change: (text, undo) => jsonWith(path, text, [[keys, undo ? undefined : value]]),
});

/** In the project the program is found by its name: the file is everybody's. */
const programOf = ({ project, program }: Place): readonly [string, ...string[]] => (project === null ? program : [name]);

function startedBy(place: Place): { command: string; args: string[] } {
  const [command, ...words] = programOf(place);
  return { command, args: [...words, "mcp"] };
}

const hosts: Record<HostName, (place: Place) => HostFile[]> = {
  "claude-code": (place) => {
    const { project, home, env, plugin } = place;
    if (project !== null)
      return [json(join(project, ".mcp.json"), ["mcpServers", name], startedBy(place)), section(join(project, "CLAUDE.md"))];
    const path = join(env["CLAUDE_CONFIG_DIR"] || join(home, ".claude"), "settings.json");
    const market = { source: { source: "directory", path: plugin } };
    const change = (text: string, undo: boolean) =>
      jsonWith(path, text, [
        [["extraKnownMarketplaces", name], undo ? undefined : market],
        [["enabledPlugins", `${name}@${name}`], undo ? undefined : true],
      ]);
    return [{ path, change }];
  },
  codex: (place) => {
    const { project, home, env } = place;
    const path = join(project === null ? env["CODEX_HOME"] || join(home, ".codex") : join(project, ".codex"), "config.toml");
    const { command, args } = startedBy(place);
    const table = { command, args, tool_timeout_sec: timeoutSeconds };
    const file: HostFile = { path, change: (text, undo) => tomlWith(path, text, ["mcp_servers", name], undo ? null : table) };
    return project === null ? [file] : [file, section(join(project, "AGENTS.md"))];
  },
  gemini: (place) => {
    const { project, home } = place;
    const path = join(project ?? home, ".gemini", "settings.json");
    const file = json(path, ["mcpServers", name], { ...startedBy(place), timeout: timeoutSeconds * 1000 });
    return project === null ? [file] : [file, section(join(project, "GEMINI.md"))];
  },
  opencode: (place) => {
    const { project, home, env } = place;
    const folder = project ?? join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "opencode");
    const path = join(folder, "opencode.json");
    const entry = { type: "local", command: [...programOf(place), "mcp"] };
    const change = (text: string, undo: boolean) =>
      jsonWith(path, text, [[listsServersBare(text) ? ["mcp", name] : ["mcp", "servers", name], undo ? undefined : entry]]);
    return project === null ? [{ path, change }] : [{ path, change }, section(join(project, "AGENTS.md"))];
  },
  cursor: (place) => {
    const { project, home } = place;
    const file = json(join(project ?? home, ".cursor", "mcp.json"), ["mcpServers", name], startedBy(place));
    return project === null ? [file] : [file, section(join(project, "AGENTS.md"))];
  },
  vscode: (place) => {
    const { project } = place;
    const path = project === null ? join(codeFolder(place), "User", "mcp.json") : join(project, ".vscode", "mcp.json");
    const file = json(path, ["servers", name], { type: "stdio", ...startedBy(place) });
    return project === null ? [file] : [file, section(join(project, "AGENTS.md"))];
  },
  "agents-md": ({ project, home }) => [section(join(project ?? home, "AGENTS.md"))],
};

/** Before its version 2, opencode had its servers right below `mcp`. */
function listsServersBare(text: string): boolean {
  const mcp = /"mcp"\s*:\s*\{\s*"([^"]+)"/.exec(text)?.[1];
  return mcp !== undefined && mcp !== "servers";
}

function codeFolder({ home, platform, env }: Place): string {
  if (platform === "darwin") return join(home, "Library", "Application Support", "Code");
  if (platform === "win32") return join(env["APPDATA"] || join(home, "AppData", "Roaming"), "Code");
  return join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "Code");
}

export const filesOf = (host: HostName, place: Place): HostFile[] => hosts[host](place);
