import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getCookie, setCookie } from "hono/cookie";
import { streamSSE } from "hono/streaming";
import { z } from "zod";
import { Failure } from "../../vocabulary/failure.ts";
import { page } from "../report/page.ts";
import { refusal } from "./guard.ts";
import { LiveSessions } from "./sessions.ts";
import { currentGuidance, withStop, writeGuidance } from "./steer.ts";

/** How often the journals are looked at, and how often a silent stream says that it lives. */
const lookEveryMs = 300;
const aliveEveryMs = 15_000;
const mostBytes = 100_000;

export interface Dashboard {
  url: string;
  /** Ends every connection; who still wants to look comes again. */
  hangUp(): void;
  close(): Promise<void>;
}

interface Options {
  root: string;
  commonDir: string;
  project: string;
  /** 0: a free one. */
  port: number;
}

/** Serves the live page on the loopback address until it is closed. Fails with `wrong-use` where the port is taken. */
export async function dashboard(options: Options): Promise<Dashboard> {
  const live = new LiveSessions(options.commonDir);
  const token = randomBytes(24).toString("base64url");
  const own = { token, port: options.port, closed: false };
  const app = await routes(options, live, own);
  const server = await listen(app, options.port);
  own.port = (server.address() as AddressInfo).port;
  await live.refresh();
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(() => live.refresh());
  }, lookEveryMs);
  return {
    url: `http://127.0.0.1:${own.port}/?token=${token}`,
    hangUp: () => server.closeAllConnections(),
    close: async () => {
      own.closed = true;
      clearInterval(timer);
      live.wakeAll();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function listen(app: Hono, port: number): Promise<Server> {
  return new Promise((done, fail) => {
    const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port }, () => done(server as Server));
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES")
        fail(
          new Failure("wrong-use", `Port ${port} cannot be had (${error.code}).`, "Name another with --port, or leave it out."),
        );
      else fail(error);
    });
  });
}

async function routes(
  options: Options,
  live: LiveSessions,
  own: { token: string; port: number; closed: boolean },
): Promise<Hono> {
  const { html, policy } = await page({
    program: "dashboard",
    title: `${options.project}: codeflash-memory`,
    data: { project: options.project },
    connects: true,
    without: "<p>This page needs scripts. <code>codeflash-memory status</code> says the same in the terminal.</p>",
  });
  const app = new Hono();
  app.use(async (c, next) => {
    headers(c, policy);
    const why = refusal(asking(c, own.port), own);
    return why === null ? next() : c.text(`${why}\n`, 403);
  });
  app.get("/", (c) => {
    if (c.req.query("token") === undefined) return c.html(html);
    setCookie(c, cookieName(own.port), own.token, { httpOnly: true, sameSite: "Strict", path: "/" });
    return c.redirect("/", 303);
  });
  app.get("/api/sessions", (c) => c.json(live.rows()));
  app.get("/api/sessions/:id/report", (c) => {
    const report = live.report(c.req.param("id"));
    return report ? c.json(report) : c.json({ error: "There is no such session, or it has not begun." }, 404);
  });
  app.get("/api/events", (c) => events(c, live, own));
  steering(app, options.root);
  return app;
}

const cookieName = (port: number): string => `codeflash-memory-${port}`;

function asking(c: Context, port: number) {
  const bearer = c.req.header("authorization")?.match(/^Bearer (.+)$/)?.[1];
  return {
    method: c.req.method,
    host: c.req.header("host"),
    origin: c.req.header("origin"),
    site: c.req.header("sec-fetch-site"),
    token: c.req.query("token") ?? bearer ?? getCookie(c, cookieName(port)),
  };
}

function headers(c: Context, policy: string): void {
  c.header("Content-Security-Policy", `${policy}; frame-ancestors 'none'`);
  c.header("X-Content-Type-Options", "nosniff");
  c.header("X-Frame-Options", "DENY");
  c.header("Referrer-Policy", "no-referrer");
  c.header("Cross-Origin-Resource-Policy", "same-origin");
  c.header("Cache-Control", "no-store");
}

/**
 * Every entry of one session, each with its number as the event's id: who comes again with the last number that he saw is told
 * all that came after it. The list of sessions is told whenever it has changed.
 */
function events(c: Context, live: LiveSessions, own: { closed: boolean }): Response {
  const id = c.req.query("session") ?? "";
  const last = Number(c.req.header("last-event-id") ?? c.req.query("after") ?? -1);
  let seq = Number.isInteger(last) ? last : -1;
  return streamSSE(c, async (stream) => {
    let gone = false;
    let rows = "";
    stream.onAbort(() => {
      gone = true;
      live.wakeAll();
    });
    while (!gone && !own.closed) {
      const now = JSON.stringify(live.rows());
      if (now !== rows) await stream.writeSSE({ event: "sessions", data: now });
      rows = now;
      for (const told of live.after(id, seq)) {
        await stream.writeSSE({ event: "told", id: String(told.seq), data: JSON.stringify(told) });
        seq = told.seq;
        if (gone) return;
      }
      const began = Date.now();
      await live.changed(aliveEveryMs);
      if (!gone && Date.now() - began >= aliveEveryMs) await stream.writeSSE({ event: "alive", data: "" });
    }
  });
}

const Words = z.strictObject({ text: z.string(), was: z.string() });
const Stop = z.strictObject({ stop: z.boolean() });

/** What the page may change: guidance.md, which a running session reads before each experiment. */
function steering(app: Hono, root: string): void {
  app.use("/api/*", bodyLimit({ maxSize: mostBytes, onError: (c) => c.json({ error: "That is too long." }, 413) }));
  app.get("/api/guidance", async (c) => c.json(await currentGuidance(root)));
  app.post("/api/guidance", async (c) => {
    const words = Words.safeParse(await c.req.json().catch(() => null));
    if (!words.success) return c.json({ error: "text and was are needed." }, 400);
    if (!(await writeGuidance(root, words.data.text, words.data.was)))
      return c.json({ error: "guidance.md was changed meanwhile: look at it again." }, 409);
    return c.json(await currentGuidance(root));
  });
  app.post("/api/stop", async (c) => {
    const wanted = Stop.safeParse(await c.req.json().catch(() => null));
    if (!wanted.success) return c.json({ error: "stop is needed." }, 400);
    const { text } = await currentGuidance(root);
    await writeGuidance(root, withStop(text, wanted.data.stop), text);
    return c.json(await currentGuidance(root));
  });
}
