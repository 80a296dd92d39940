import { statSync } from "node:fs";
import { resolve } from "node:path";
import { Failure } from "../../vocabulary/failure.ts";
import type { Invocation } from "../invocation.ts";
import { House } from "../mcp/house.ts";
import { overHttp, overStdio } from "../mcp/serve.ts";

/** Below the time after which most hosts give a call up. */
const waitSeconds = 45;

/** `mcp`: serves a coding agent over stdin and stdout, or over HTTP on this machine. Stdout belongs to the protocol: all talk goes to stderr. */
export async function run({ cwd, flags, version }: Invocation): Promise<number> {
  const given = flags["project"] ?? process.env["CLAUDE_PROJECT_DIR"];
  const folder = typeof given === "string" && given !== "" ? resolve(cwd, given) : cwd;
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Failure("wrong-use", `${folder} is no folder.`, "Name the project's folder: codeflash-memory mcp --project PATH");
  const wait = typeof flags["wait"] === "number" && flags["wait"] >= 0 ? flags["wait"] : waitSeconds;
  const { isolation, expose, allowNet, memoryLimit } = flags;
  const said = Object.fromEntries(
    Object.entries({ isolation, expose, allowNet, memoryLimit }).filter(([, value]) => value !== undefined),
  );
  const house = new House({ cwd: folder, version, waitMs: wait * 1000, said });
  if (flags["http"] !== true) {
    await overStdio(house);
    return 0;
  }
  const port = typeof flags["port"] === "number" ? flags["port"] : 0;
  const server = await overHttp(house, { port, token: process.env["CODEFLASH_MEMORY_MCP_TOKEN"] || null });
  process.stderr.write(
    `[mcp] ${server.url}\n[mcp] Authorization: Bearer ${server.token}\n[mcp] project ${folder}; Ctrl-C ends it\n`,
  );
  await server.closed;
  return 0;
}
