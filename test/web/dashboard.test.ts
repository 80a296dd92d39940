import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { JournalFile } from "../../src/adapters/disk/journal.ts";
import { type Dashboard, dashboard } from "../../src/entry/dashboard/server.ts";
import type { Told } from "../../src/vocabulary/live.ts";
import { entriesOf, hostile } from "./a-session.ts";
import { executable, launch, watch } from "./browser.ts";

const all = entriesOf({ experiments: 4 });
let root: string;
let served: Dashboard;
let journal: JournalFile;
const pathOf = (id: string) => join(root, ".git", "codeflash", "sessions", id, "journal.jsonl");

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "served "));
  journal = await JournalFile.open(pathOf("s1"), Date.now);
  for (const entry of all.slice(0, 8)) await journal.append(entry);
  served = await dashboard({ root, commonDir: join(root, ".git"), project: hostile.text, port: 0 });
});
afterEach(async () => {
  await served.close();
  await journal.close();
});

const base = () => served.url.slice(0, served.url.indexOf("/?"));
const token = () => served.url.slice(served.url.indexOf("token=") + 6);
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${base()}${path}`, { headers: { authorization: `Bearer ${token()}`, ...headers }, redirect: "manual" });

/** Events of the stream until `enough` of them were told. */
async function listen(enough: number, lastId?: number): Promise<Told[]> {
  const abort = new AbortController();
  const headers = { authorization: `Bearer ${token()}`, ...(lastId === undefined ? {} : { "last-event-id": String(lastId) }) };
  const answer = await fetch(`${base()}/api/events?session=s1`, { headers, signal: abort.signal });
  const told: Told[] = [];
  let text = "";
  for await (const chunk of answer.body ?? []) {
    text += Buffer.from(chunk).toString("utf8");
    const whole = text.split("\n\n");
    text = whole.pop() ?? "";
    for (const event of whole)
      if (event.includes("event: told")) told.push(JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? "null"));
    if (told.length >= enough) break;
  }
  abort.abort();
  return told;
}

describe("the server of the live page", () => {
  it("refuses who has no token, asks for another name, or comes from another page", async () => {
    expect((await fetch(`${base()}/`)).status).toBe(403);
    expect((await fetch(`${base()}/api/sessions`)).status).toBe(403);
    expect((await get("/api/sessions")).status).toBe(200);
    expect((await get("/api/sessions", { origin: "http://evil.example" })).status).toBe(403);
    const post = (origin?: string) =>
      fetch(`${base()}/api/stop`, {
        method: "POST",
        body: '{"stop":true}',
        headers: { authorization: `Bearer ${token()}`, ...(origin ? { origin } : {}) },
      });
    expect((await post()).status).toBe(403);
    expect((await post("http://evil.example")).status).toBe(403);
    expect((await post(base())).status).toBe(200);
    expect(readFileSync(join(root, ".codeflash", "guidance.md"), "utf8")).toContain("stop = true");
    const opened = await get(`/?token=${token()}`);
    expect([opened.status, opened.headers.get("location")]).toEqual([303, "/"]);
    expect(opened.headers.get("set-cookie")).toMatch(/HttpOnly.*SameSite=Strict|SameSite=Strict.*HttpOnly/);
    expect(opened.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  });

  it("tells each entry once, and after a break all that came after the last one seen", async () => {
    const first = await listen(8);
    expect(first.map((it) => it.seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    for (const entry of all.slice(8, 14)) await journal.append(entry);
    const later = await listen(6, 7);
    expect(later.map((it) => it.seq)).toEqual([8, 9, 10, 11, 12, 13]);
    expect(later.flatMap((it) => it.lines).join("\n")).toContain("heap peak");
  });

  it("leaves guidance.md alone where somebody changed it meanwhile, and says so where a journal is damaged", async () => {
    const save = (text: string, was: string) =>
      fetch(`${base()}/api/guidance`, {
        method: "POST",
        body: JSON.stringify({ text, was }),
        headers: { authorization: `Bearer ${token()}`, origin: base() },
      });
    expect((await save("mind the cache", "")).status).toBe(200);
    writeFileSync(join(root, ".codeflash", "guidance.md"), "my own words");
    expect((await save("other words", "mind the cache")).status).toBe(409);
    expect(readFileSync(join(root, ".codeflash", "guidance.md"), "utf8")).toBe("my own words");
    expect((await save("x".repeat(200_000), "my own words")).status).toBe(413);
    mkdirSync(dirname(pathOf("s2")), { recursive: true });
    appendFileSync(pathOf("s2"), '{"v":1}\n');
    await expect
      .poll(async () => ((await (await get("/api/sessions")).json()) as { problem: string | null }[])[0]?.problem)
      .toContain("damaged");
    expect((await get("/api/sessions/s1/report")).status).toBe(200);
    expect((await get("/api/sessions/none/report")).status).toBe(404);
  });
});

describe.skipIf(executable === null)("the live page in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  it("follows a session, comes again after a break without loss, shows others, stops and guides", async () => {
    const page = await browser.newPage();
    const seen = watch(page);
    await page.goto(served.url);
    await page.locator("[data-connection=open]").waitFor();
    await page.getByText("unchanged so far").waitFor();
    for (const entry of all.slice(8, 16)) await journal.append(entry);
    await page.locator("#experiment-1").waitFor();
    await page.getByText(/^Output/).click();
    await expect.poll(() => page.locator("[data-output]").innerText()).toContain("[experiment 1] KEEP");
    // The connection breaks; the browser comes again by itself.
    const lost = page.locator("[data-connection=lost]").waitFor();
    served.hangUp();
    await lost;
    for (const entry of all.slice(16)) await journal.append(entry);
    await page.locator("#experiment-4").waitFor({ timeout: 60_000 });
    await page.getByText("finished: nothing is left").waitFor();
    const lines = await page.locator("[data-output]").innerText();
    for (const number of [1, 2, 3, 4]) expect(lines.split(`[experiment ${number}] Target:`).length, `${number}`).toBe(2);
    const other = await JournalFile.open(pathOf("s2"), Date.now);
    for (const entry of entriesOf({ experiments: 1, text: hostile.text, root: hostile.root }).slice(0, 8))
      await other.append(entry);
    await other.close();
    await expect.poll(() => page.locator(".sessions option").count()).toBe(2);
    await expect.poll(() => page.locator(".where").innerText()).toContain(hostile.text);
    await page.getByText("Guide it").click();
    await page.getByLabel("guidance.md").fill("Mind the cache.");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved.").waitFor();
    expect(readFileSync(join(root, ".codeflash", "guidance.md"), "utf8")).toBe("Mind the cache.");
    expect(seen.dialogs).toEqual([]);
    expect(seen.strangers).toEqual([]);
    expect(seen.errors.filter((it) => !it.includes("net::ERR_"))).toEqual([]);
    await page.close();
  });
});
