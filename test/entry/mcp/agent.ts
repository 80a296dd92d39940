import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { apart, python } from "../cli/program.ts";

const bin = resolve("bin/codeflash-memory.js");
export type Answer = Record<string, unknown> & { phase: string; next: string; lines: string[]; job: string | null };

/** A scripted agent at the other end of the built server. */
export class Agent {
  readonly client: Client;
  readonly progress: string[] = [];
  /** All lines of all answers. */
  readonly told: string[] = [];
  /** Characters of each answer's text, by tool, largest. */
  readonly sizes = new Map<string, number>();
  private readonly end: () => Promise<void>;
  readonly kill: () => void;

  private constructor(client: Client, end: () => Promise<void>, kill: () => void) {
    this.client = client;
    this.end = end;
    this.kill = kill;
  }

  /** `under`: a command that starts the server, on a machine of its own kind. */
  static async overStdio(
    cwd: string,
    args: string[] = [],
    mode: "auto" | "legacy" = "legacy",
    under?: { words: readonly string[]; env: Record<string, string> },
  ): Promise<Agent> {
    const [command = "", ...words] = [...(under?.words ?? []), process.execPath, bin, "mcp"];
    const transport = new StdioClientTransport({
      command,
      args: [...words, ...(under ? [] : apart), ...args],
      cwd,
      env: { ...(process.env as Record<string, string>), VIRTUAL_ENV: "", CLAUDE_PROJECT_DIR: "", ...under?.env },
      stderr: "ignore",
    });
    const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
    await client.connect(transport);
    return new Agent(
      client,
      () => client.close(),
      () => void (transport.pid && process.kill(transport.pid, "SIGKILL")),
    );
  }

  static async overHttp(server: HttpServer, mode: "auto" | "legacy"): Promise<Agent> {
    const requestInit = { headers: { authorization: `Bearer ${server.token}` } };
    const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(new URL(server.url), { requestInit }));
    return new Agent(
      client,
      () => client.close(),
      () => server.child.kill("SIGKILL"),
    );
  }

  /** The answer, or the sentence that refuses; what takes longer is waited for. */
  async ask(name: string, args: Record<string, unknown> = {}): Promise<Answer | string> {
    const options = {
      timeout: 110_000,
      onprogress: (it: { message?: string | undefined }) => void this.progress.push(it.message ?? ""),
    };
    const result = await this.client.callTool({ name, arguments: args }, options);
    const text = (result.content[0] as { text: string }).text;
    this.sizes.set(name, Math.max(this.sizes.get(name) ?? 0, text.length));
    if (result.isError) return text;
    const answer = result.structuredContent as Answer;
    this.told.push(...answer.lines);
    if (answer.phase !== "working" || name === "status") return answer;
    const ended = (await this.ask("job", { id: answer.job })) as Answer & { answer: object | null };
    return typeof ended === "string" || ended.answer === null ? ended : { ...ended, ...ended.answer };
  }

  async must(name: string, args: Record<string, unknown> = {}): Promise<Answer> {
    const answer = await this.ask(name, args);
    if (typeof answer === "string") throw new Error(`${name}: ${answer}`);
    return answer;
  }

  close = (): Promise<void> => this.end();
}

export interface HttpServer {
  child: ChildProcess;
  url: string;
  token: string;
}

export async function httpServer(cwd: string, args: string[] = []): Promise<HttpServer> {
  const child = spawn(process.execPath, [bin, "mcp", "--http", ...apart, ...args], {
    cwd,
    env: { ...process.env, VIRTUAL_ENV: "", CLAUDE_PROJECT_DIR: "" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  return new Promise((done, fail) => {
    child.stderr.on("data", (chunk) => {
      said += chunk;
      const [, url] = /\[mcp\] (http\S+)/.exec(said) ?? [];
      const [, token] = /Bearer (\S+)/.exec(said) ?? [];
      if (url && token && said.includes("Ctrl-C")) done({ child, url, token });
    });
    child.once("close", () => fail(new Error(`the server ended: ${said}`)));
  });
}

/** How the wasteful program is begun, quickly and without the catalogue. */
export const begin = { target: "app.py", python, pairs: 2, allow: ["slow"], catalogue: false };

/** The eight answers about freeing the lines of the wasteful program. */
export const checklist = {
  technique: "free-dead-local",
  strategy: "allocations",
  subject: "lines",
  summary: "Free the lines before the table is built",
  expectedMib: 4,
  category: "data-structures",
  visible: "inside the target: main builds the table while lines is alive",
  reducible: "lines can go before the table: 4.1 MiB",
  persistent: "lines is dead at the peak and still holds 4.1 MiB",
  exercised: "work.py:11 runs once with 40000 lines",
  mechanism: "lines goes before the loop fills table: 4.1 MiB less at the peak",
  productionSafe: "lines is made here and nobody else has it",
  verifyCheaply: "a micro-benchmark of both ways takes a second",
};

export const change = {
  blocks: [{ file: "work.py", search: "    pairs = lengths(lines)\n", replace: "    pairs = lengths(lines)\n    del lines\n" }],
};

/** Why the rest of the wasteful program stays. */
export const passed = ["work.py:main", "work.py:lengths", "work.py:load"].map((target) => ({
  target,
  why: "its rows are the working data of the table, which the result is made from",
}));
