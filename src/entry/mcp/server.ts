import { type CallToolResult, McpServer, type ServerContext } from "@modelcontextprotocol/server";
import { Failure } from "../../vocabulary/failure.ts";
import type { House, Progress } from "./house.ts";
import { addPrompts } from "./prompts.ts";
import { addResources } from "./resources.ts";
import type { Tool } from "./tool.ts";
import { tools } from "./tools.ts";

const instructions =
  "Lowers the peak memory of Python programs. You propose, the harness measures, decides, records and commits. Order: start, targets, choose_target, open_experiment, submit, and again until finish. Every answer says in `next` what to do. Edit only the working copies that you are given; figures are bytes.";

/** A server over the house: one for each connection, all of them see the same session. */
export function mcpServer(house: House): McpServer {
  const server = new McpServer(
    { name: "codeflash-memory", version: house.version },
    { instructions, capabilities: { tools: {}, resources: {}, prompts: {} } },
  );
  for (const tool of tools) addTool(server, house, tool);
  addResources(server, house);
  addPrompts(server);
  return server;
}

function addTool(server: McpServer, house: House, tool: Tool): void {
  const { name, title, description, input, output, annotations } = tool;
  server.registerTool(
    name,
    { title, description, inputSchema: input, outputSchema: output, annotations },
    async (args: Record<string, unknown>, context: ServerContext): Promise<CallToolResult> => {
      try {
        const answer = await tool.run(house, args, progressOf(context));
        return { content: [{ type: "text", text: JSON.stringify(answer) }], structuredContent: answer };
      } catch (error) {
        return { content: [{ type: "text", text: sentence(error) }], isError: true };
      }
    },
  );
}

/** A user's or an agent's mistake is a sentence and a way forward; anything else is our own, and says so. */
function sentence(error: unknown): string {
  if (error instanceof Failure) return `${error.message} ${error.wayForward}`.trim();
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  return `Something in codeflash-memory itself went wrong: ${error instanceof Error ? error.message : error}. Call \`status\`; nothing that was recorded is lost.`;
}

/** Progress goes to whoever asked for it; it only ever grows. A client that went away is no reason to stop. */
function progressOf({ mcpReq }: ServerContext): Progress {
  const progressToken = mcpReq._meta?.progressToken;
  let progress = 0;
  return (message) => {
    if (progressToken === undefined || message.trim() === "") return;
    progress += 1;
    const params = { progressToken, progress, message: message.trim() };
    mcpReq.notify({ method: "notifications/progress", params }).catch(() => undefined);
  };
}
