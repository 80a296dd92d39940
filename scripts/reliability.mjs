// `npm run reliability [-- R2 R3… --short]`: puts each promise about safety to the test and prints the figure that is reached.
// `-- --soak MINUTES` disturbs sessions by chance for so long and prints its seed.
// A figure is a module reliability/r<N>-….ts (see reliability/figure.ts). Those that must hold for every user are taken twice when
// root runs this: as root, and as a user who may do nothing; else the half that cannot be tried is named.
import { spawn } from "node:child_process";
import { chmodSync, chownSync, cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { conclude } from "./report.mjs";
import { afterSetup, python, root } from "./setup.mjs";

const soak = "soak.mjs";

/** A user who owns nothing. */
const nobody = 65534;
const isRoot = process.getuid?.() === 0;

/** All figures, made into files that plain Node runs, in a folder that every user can read. */
async function bundle(folder) {
  const esbuild = await import("esbuild");
  const files = readdirSync(join(root, "reliability")).filter((it) => /^(r\d+-.*|soak)\.ts$/.test(it));
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: files.map((it) => join("reliability", it)),
    outdir: join(folder, "figures"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    banner: {
      js: 'import { createRequire as __makeRequire } from "node:module"; const require = __makeRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  cpSync(join(root, "python"), join(folder, "python"), { recursive: true });
  cpSync(join(root, "scripts/measure-figure.mjs"), join(folder, "measure-figure.mjs"));
  return files.map((it) => join(folder, "figures", basename(it, ".ts").concat(".mjs")));
}

/** What a user's process prints as its last line; what went wrong where it prints none. */
function measure(folder, path, scope, user) {
  const home = mkdtempSync(join(folder, "home-"));
  const words = [process.execPath, join(folder, "measure-figure.mjs"), path, scope];
  let argv = words;
  let env = { ...process.env, CODEFLASH_MEMORY_ROOT: root, CODEFLASH_MEMORY_TEST_PYTHON: python };
  if (user === "not root" && isRoot) {
    argv = ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", ...words];
    env = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: home, TMPDIR: home };
    chownSync(home, nobody, nobody);
  }
  return new Promise((done) => {
    const child = spawn(argv[0], argv.slice(1), {
      cwd: user === "not root" ? home : root,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
      if (path.endsWith(soak)) process.stderr.write(chunk);
    });
    const broken = (why) => done({ reached: "-", shortfalls: [`it could not be tried: ${why}`], skipped: [], details: null });
    child.once("error", (error) => broken(error.message));
    child.once("close", (exitCode) => {
      try {
        done(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));
      } catch {
        broken(stderr.trim().split("\n").slice(-12).join("\n") || `exit code ${exitCode}`);
      }
    });
  });
}

/** The users whom a figure is taken as, and the one whom it cannot be taken as. */
function usersOf(figure) {
  if (!figure.bothUsers) return { users: [isRoot ? "root" : "not root"], missing: null };
  return isRoot ? { users: ["root", "not root"], missing: null } : { users: ["not root"], missing: "root" };
}

async function main() {
  const words = process.argv.slice(2);
  const scope = words.includes("--short") ? "short" : "full";
  const [, minutes] = words.includes("--soak") ? words.splice(words.indexOf("--soak"), 2) : [];
  if (minutes !== undefined) process.env.CODEFLASH_MEMORY_SOAK_MINUTES = minutes;
  const wanted = words.filter((it) => !it.startsWith("--")).map((it) => it.toUpperCase());
  const folder = mkdtempSync(join(tmpdir(), "reliability-"));
  chmodSync(folder, 0o755);
  try {
    const found = await Promise.all((await bundle(folder)).map(async (path) => ({ path, ...(await import(path)).figure })));
    const all = found.filter(({ path }) => path.endsWith(soak) === (minutes !== undefined));
    const unknown = wanted.filter((it) => all.every(({ id }) => id !== it));
    if (unknown.length > 0) {
      console.error(`There is no figure ${unknown.join(", ")}. There are: ${all.map((it) => it.id).join(", ")}.`);
      return 2;
    }
    const chosen = all.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
    chosen.sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
    const rows = [];
    for (const figure of chosen) {
      console.log(`${figure.id.padEnd(4)} ${figure.what}; goal: ${figure.goal}`);
      const { users, missing } = usersOf(figure);
      if (missing) console.log(`     skipped as ${missing}: this is not ${missing}`);
      for (const user of users) {
        const began = performance.now();
        const found = await measure(folder, figure.path, scope, user);
        const seconds = (performance.now() - began) / 1000;
        rows.push({ id: figure.id, what: figure.what, goal: figure.goal, user, seconds, ...found });
        const who = figure.bothUsers ? `as ${user}: ` : "";
        console.log(`     ${found.shortfalls.length === 0 ? "ok  " : "SHORT"} ${who}${found.reached} (${seconds.toFixed(1)} s)`);
        for (const it of found.skipped) console.log(`     skipped: ${it}`);
      }
    }
    const failures = rows.flatMap((it) => it.shortfalls.map((why) => `${it.id} as ${it.user}: ${why}`));
    const good = chosen.filter(({ id }) => rows.every((it) => it.id !== id || it.shortfalls.length === 0)).length;
    return conclude("reliability", { scope, rows }, failures, `${good} of ${chosen.length} figures reached`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await afterSetup(main);
