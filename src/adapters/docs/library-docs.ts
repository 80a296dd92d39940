import { tmpdir } from "node:os";
import { Client, type Tool } from "@modelcontextprotocol/client";
import { stopped } from "../model/stopped.ts";

const timeoutMs = 60_000;
/** More of an answer is not read. */
const mostLetters = 20_000;

export interface DocsServer {
  /** An http address, or a command in its words: started for each question, and ended after it. */
  address: string | readonly [string, ...string[]];
  signal: AbortSignal;
}

/**
 * What an MCP documentation server says of a library. It is sent the two words and nothing else. What goes wrong is a sentence;
 * being told to stop is a `Failure` (`interrupted`).
 * Servers differ in the names of their tools: one that looks documentation up is found by its name and its arguments, and one that
 * names libraries is asked before it where it wants such a name.
 */
export async function libraryDocs({ address, signal }: DocsServer, library: string, topic: string): Promise<string> {
  const client = new Client({ name: "codeflash-memory", version: "1" });
  const options = { signal, timeout: timeoutMs };
  try {
    await client.connect(await transportTo(address), options);
    const { tools } = await client.listTools(undefined, options);
    const lookup = tools.find((it) => /doc|search/i.test(it.name) && !naming.test(it.name));
    if (!lookup) return `The server has no tool that looks documentation up: ${tools.map((it) => it.name).join(", ") || "none"}.`;
    const call = async (tool: Tool, given: Given) => {
      const args = argumentsOf(tool, given);
      if (typeof args === "string") return { text: args, failed: true };
      const { content, isError } = await client.callTool({ name: tool.name, arguments: args }, options);
      const text = content.flatMap((it) => (it.type === "text" ? [it.text] : [])).join("\n");
      return { text: text.slice(0, mostLetters), failed: isError === true };
    };
    const names = tools.find((it) => naming.test(it.name));
    let id = library;
    if (names && wants(lookup, "id")) {
      const found = await call(names, { library, topic, id: library });
      const [named] = found.failed ? [] : (found.text.match(/(?<![\w:/.])\/[\w.-]+\/[\w.-]+(?:\/[\w.-]+)?/) ?? []);
      if (named === undefined) return `The server knows no library ${library}: ${found.text.slice(0, 300)}`;
      id = named;
    }
    const { text, failed } = await call(lookup, { library, topic, id });
    return failed ? `The server could not answer: ${text.slice(0, 300)}` : text;
  } catch (error) {
    if (signal.aborted) throw stopped();
    return `The documentation server did not answer: ${(error instanceof Error ? error.message : String(error)).slice(0, 300)}`;
  } finally {
    await client.close().catch(() => undefined);
  }
}

async function transportTo(address: DocsServer["address"]) {
  if (typeof address === "string") {
    const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
    return new StreamableHTTPClientTransport(new URL(address));
  }
  const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
  const [command, ...args] = address;
  // Its environment is the transport's short list of harmless names: no key of the user's is in it. It does not stand in the project.
  return new StdioClientTransport({ command, args, cwd: tmpdir(), stderr: "ignore" });
}

interface Given {
  library: string;
  topic: string;
  /** How the server itself names the library. */
  id: string;
}

const naming = /resolve|identif/i;

/** What an argument of a tool is, by its name. */
const roles: readonly (readonly [keyof Given, RegExp])[] = [
  ["id", /id$/i],
  ["library", /librar|package|module|project|name/i],
  ["topic", /topic|query|question|search|text/i],
];
const roleOf = (argument: string) => roles.find(([, names]) => names.test(argument))?.[0] ?? null;
const argumentNames = (tool: Tool): string[] => Object.keys(tool.inputSchema.properties ?? {});
const wants = (tool: Tool, role: keyof Given): boolean => argumentNames(tool).some((it) => roleOf(it) === role);

/** The arguments that can be filled; a sentence where one that is needed cannot. A tool with one text takes both words in it. */
function argumentsOf(tool: Tool, given: Given): Record<string, string> | string {
  const named = argumentNames(tool).flatMap((it) => {
    const role = roleOf(it);
    return role === null ? [] : [[it, role] as const];
  });
  const missing = (tool.inputSchema.required ?? []).find((it) => !named.some(([name]) => name === it));
  if (missing !== undefined) return `its tool ${tool.name} needs ${missing}, which is not known`;
  const [only] = named;
  if (only && named.length === 1 && only[1] === "topic") return { [only[0]]: `${given.library} ${given.topic}` };
  return Object.fromEntries(named.map(([name, role]) => [name, given[role]]));
}
