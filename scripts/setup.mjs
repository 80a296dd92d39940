// Sets up a checkout: npm packages, the build, a virtual environment with pytest for the example and the tests.
// Skipped part by part when its stamp matches, so that it works twice and without a network. Node's own library only.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, ".setup");
const stampPath = join(folder, "stamp.json");
/** What the example's tests and ours need in Python. */
const requirements = ["pytest>=8,<10"];

/** The interpreter of the virtual environment that the demo and the tests use. */
export const python = join(folder, "venv", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");

class SetupError extends Error {}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampPath, "utf8"));
  } catch {
    return {};
  }
}

function writeStamp(part, value) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(stampPath, `${JSON.stringify({ ...readStamp(), [part]: value }, null, 2)}\n`);
}

function hash(paths) {
  const sum = createHash("sha256");
  for (const path of paths)
    sum
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update("\0");
  return sum.digest("hex");
}

function run(command, args, what) {
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (done.error) throw new SetupError(`${what}: ${command} cannot be started (${done.error.message}).`);
  if (done.status !== 0) throw new SetupError(`${what} failed (see above).`);
}

function packages() {
  const wanted = `${hash(["package-lock.json"])} node ${process.versions.node}`;
  if (readStamp().packages === wanted && existsSync(join(root, "node_modules"))) return;
  console.error("[setup] npm packages");
  run("npm", ["ci", "--no-audit", "--no-fund"], "Installing the npm packages");
  writeStamp("packages", wanted);
}

async function build() {
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .map((file) => join("src", file));
  const wanted = hash(["package.json", "scripts/build.mjs", ...sources]);
  if (readStamp().build === wanted && existsSync(join(root, "dist/main.js"))) return;
  console.error("[setup] build");
  const { build: make } = await import(pathToFileURL(join(root, "scripts/build.mjs")).href);
  await make();
  writeStamp("build", wanted);
}

/** The newest Python from 3.9 on that can make a virtual environment. */
function findPython() {
  const names = ["python3.13", "python3.12", "python3.11", "python3", "python3.10", "python3.9", "python"];
  for (const name of names) {
    try {
      const question = "import sys, venv, ensurepip; print(sys.version_info >= (3, 9))";
      if (execFileSync(name, ["-c", question], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim() === "True")
        return name;
    } catch {
      // not there, or without venv
    }
  }
  throw new SetupError(
    "No Python 3.9 or newer with pip and venv was found. Install one (Debian: apt-get install python3-venv) and run again.",
  );
}

function environment() {
  const wanted = `${requirements.join(" ")} ${root}`;
  if (readStamp().python === wanted && existsSync(python)) return;
  console.error("[setup] Python environment with pytest");
  rmSync(join(folder, "venv"), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run(findPython(), ["-m", "venv", join(folder, "venv")], "Making the virtual environment");
  run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...requirements], "Installing pytest");
  writeStamp("python", wanted);
}

export async function setup() {
  packages();
  await build();
  environment();
}

/** Runs a script's main part after the set-up; a set-up that fails says why and how to go on. */
export async function afterSetup(main) {
  try {
    await setup();
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`[setup] ${error.message}`);
    process.exitCode = 4;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await afterSetup(async () => 0);
