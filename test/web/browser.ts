import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

/** Where Debian, Ubuntu and Fedora put it; another one by CODEFLASH_MEMORY_TEST_CHROMIUM. */
const known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const wanted = process.env["CODEFLASH_MEMORY_TEST_CHROMIUM"];
export const executable: string | null = (wanted ? [wanted] : known).find((it) => existsSync(it)) ?? null;

if (executable === null) console.log(`skipped: no Chromium (${known.join(", ")}); apt-get install chromium`);

/** As root there is no sandbox of its own: the pages that are opened are ours. */
export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: executable ?? "", args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });

/** What a page did that it should not: errors, complaints, requests to anywhere but the loopback address and itself. */
export interface Seen {
  errors: string[];
  strangers: string[];
  dialogs: string[];
}

export function watch(page: Page): Seen {
  const seen: Seen = { errors: [], strangers: [], dialogs: [] };
  page.on("console", (it) => {
    if (it.type() === "error" || it.type() === "warning") seen.errors.push(it.text());
  });
  page.on("pageerror", (it) => seen.errors.push(it.message));
  page.on("dialog", (it) => {
    seen.dialogs.push(it.message());
    it.dismiss().catch(() => undefined);
  });
  page.on("request", (it) => {
    if (!/^(file:|data:|http:\/\/127\.0\.0\.1:)/.test(it.url())) seen.strangers.push(it.url());
  });
  return seen;
}
