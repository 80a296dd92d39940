// `npm run screenshots`: pictures of the report and of the live page for docs/, of the session that `npm run demo` left behind.
// `-- FOLDER` names another project. Needs Chromium (CODEFLASH_MEMORY_TEST_CHROMIUM, or /usr/bin/chromium).
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { reports } from "./report.mjs";
import { root } from "./setup.mjs";

const project = resolve(process.argv[2] ?? join(reports, "demo/sensor-pipeline"));
const out = join(root, "docs/pictures");
const executablePath = process.env["CODEFLASH_MEMORY_TEST_CHROMIUM"] ?? "/usr/bin/chromium";
const bin = join(root, "bin/codeflash-memory.js");
for (const [path, way] of [
  [project, "run `npm run demo` first, or name a project with a session"],
  [executablePath, "install Chromium, or name it by CODEFLASH_MEMORY_TEST_CHROMIUM"],
]) {
  if (existsSync(path)) continue;
  console.error(`There is no ${path}: ${way}.`);
  process.exit(2);
}

const page = join(mkdtempSync(join(tmpdir(), "screenshots-")), "report.html");
const written = spawnSync(process.execPath, [bin, "report", "--out", page], { cwd: project, encoding: "utf8" });
if (written.status !== 0) {
  console.error(written.stdout + written.stderr);
  process.exit(1);
}
mkdirSync(out, { recursive: true });
const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });

async function picture(name, { url, width, height, scheme, at }) {
  const shown = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
  await shown.goto(url);
  await shown.locator("#waterfall").waitFor();
  if (at) await shown.locator(at).evaluate((it) => scrollTo(0, it.getBoundingClientRect().top + scrollY - 60));
  await shown.waitForTimeout(300);
  const path = join(out, `${name}.png`);
  await shown.screenshot({ path });
  await shown.close();
  console.log(`${path}: ${Math.round(statSync(path).size / 1024)} KiB`);
}

const url = pathToFileURL(page).href;
for (const scheme of ["light", "dark"]) {
  await picture(`report-1280-${scheme}`, { url, width: 1280, height: 860, scheme });
  await picture(`report-360-${scheme}`, { url, width: 360, height: 780, scheme });
}
await picture("report-flame", { url, width: 1280, height: 760, scheme: "light", at: "#time" });
await picture("report-experiment", { url: `${url}#experiment-1`, width: 1280, height: 760, scheme: "light", at: "#experiments" });

const server = spawn(process.execPath, [bin, "serve", "--json"], { cwd: project, stdio: ["ignore", "pipe", "ignore"] });
const address = await new Promise((done) => {
  let text = "";
  server.stdout.on("data", (chunk) => {
    text += chunk;
    if (text.trimEnd().endsWith("}")) done(JSON.parse(text).url);
  });
});
await picture("dashboard", { url: address, width: 1280, height: 860, scheme: "light" });
server.kill("SIGTERM");
await browser.close();
