import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { localhostHostValidation, localhostOriginValidation, toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { Failure } from "../../vocabulary/failure.ts";
import type { House } from "./house.ts";
import { mcpServer } from "./server.ts";

/** Serves over this process's own stdin and stdout, until the host closes them. */
export async function overStdio(house: House): Promise<void> {
  const ended = new Promise<void>((done) => {
    process.stdin.once("end", done);
    process.stdin.once("close", done);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => done());
  });
  const server = serveStdio(() => mcpServer(house), { onerror: tell });
  await ended;
  await house.close();
  await server.close();
}

const tell = (error: Error): void => void process.stderr.write(`[mcp] ${error.message}\n`);

export interface Listening {
  url: string;
  token: string;
  closed: Promise<void>;
}

/** Serves streamable HTTP on the loopback address: only this machine, only who has the token, no page of another site. */
export async function overHttp(house: House, options: { port: number; token: string | null }): Promise<Listening> {
  const token = options.token ?? randomBytes(24).toString("base64url");
  const handler = createMcpHandler(() => mcpServer(house), { onerror: tell });
  const handle = toNodeHandler(handler, { onerror: tell });
  const [hostIsOurs, originIsOurs] = [localhostHostValidation(), localhostOriginValidation()];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (!hostIsOurs(request, response) || !originIsOurs(request, response)) return;
    if (request.url?.split("?")[0] !== "/mcp") return refuse(response, 404, "There is only /mcp here.");
    if (!same(request.headers.authorization ?? "", `Bearer ${token}`))
      return refuse(
        response,
        401,
        "The token is missing or wrong: send `Authorization: Bearer <token>` as the server printed it.",
      );
    handle(request as Parameters<typeof handle>[0], response).catch(tell);
  });
  await new Promise<void>((done, fail) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      fail(
        new Failure(
          "unwritable",
          `Port ${options.port} cannot be used: ${error.code ?? error.message}.`,
          "Give --port another number, or leave it out for a free one.",
        ),
      ),
    );
    server.listen(options.port, "127.0.0.1", done);
  });
  const { port } = server.address() as AddressInfo;
  const closed = new Promise<void>((done) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.once(signal, async () => {
        await house.close();
        await handler.close();
        server.close(() => done());
        server.closeAllConnections();
      });
  });
  return { url: `http://127.0.0.1:${port}/mcp`, token, closed };
}

function refuse(response: ServerResponse, status: number, text: string): void {
  const challenge = status === 401 ? { "www-authenticate": "Bearer" } : {};
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...challenge }).end(`${text}\n`);
}

/** Takes the same time whatever differs. */
function same(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
