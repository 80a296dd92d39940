// Sets up a checkout: npm packages, the build, a virtual environment with pytest for the example and the tests.
// Skipped part by part when its stamp matches, so that it works twice and without a network. Node's own library only.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, ".setup");
const stampPath = join(folder, "stamp.json");
/** What the example's tests and ours need in Python. */
const requirements = ["pytest>=8,<10"];
/** What checks the types and the style of our own Python. */
const checkers = ["mypy>=2,<3", "ruff>=0.15,<1", "pytest>=8,<10"];

const inVenv = (name, program) => join(folder, name, process.platform === "win32" ? `Scripts/${program}.exe` : `bin/${program}`);

/** The interpreter of the virtual environment that the demo and the tests use. */
export const python = inVenv("venv", "python");

/** A program that checks our Python, in an environment of its own. */
export const pythonTool = (name) => inVenv("tools", name);

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

/** Does one part unless its stamp says that it is done; a part that is interrupted has no stamp. */
async function once(part, wanted, done, what, work) {
  if (done && readStamp()[part] === wanted) return;
  console.error(`[setup] ${what}`);
  writeStamp(part, undefined);
  await work();
  writeStamp(part, wanted);
}

/** One sum over files, named from the repository's root, and their contents. */
export function hash(paths) {
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

/** Whether node_modules holds what the lock file asks for, by npm's own account, which npm writes last. */
export function installed(folder) {
  try {
    const read = (path) => JSON.parse(readFileSync(join(folder, path), "utf8")).packages;
    const wanted = read("package-lock.json");
    const there = read("node_modules/.package-lock.json");
    const same = ([path, it]) => isDeepStrictEqual(it, wanted[path]);
    const needed = Object.keys(wanted).filter((path) => path !== "" && !wanted[path].optional);
    return needed.every((path) => path in there) && Object.entries(there).every(same);
  } catch {
    return false;
  }
}

async function packages() {
  const wanted = `${hash(["package-lock.json"])} node ${process.versions.node}`;
  const complete = installed(root);
  if (complete && readStamp().packages === undefined) writeStamp("packages", wanted);
  await once("packages", wanted, complete, "npm packages", () =>
    run("npm", ["ci", "--no-audit", "--no-fund"], "Installing the npm packages"),
  );
}

async function build() {
  const sources = ["src", "web"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.(tsx?|css)$/.test(file))
      .sort()
      .map((file) => join(folder, file)),
  );
  const wanted = hash(["package.json", "scripts/build.mjs", ...sources]);
  await once("build", wanted, existsSync(join(root, "dist/main.js")), "build", async () => {
    const { build: make } = await import(pathToFileURL(join(root, "scripts/build.mjs")).href);
    await make();
  });
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

/** Types and lint of our Python; only the tests need them. */
export async function pythonTools() {
  const wanted = `${checkers.join(" ")} ${root}`;
  await once("tools", wanted, existsSync(pythonTool("mypy")), "Python checkers", () => {
    rmSync(join(folder, "tools"), { recursive: true, force: true });
    run(findPython(), ["-m", "venv", join(folder, "tools")], "Making the virtual environment");
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    run(pythonTool("python"), [...pip, ...checkers], "Installing the Python checkers");
  });
}

async function environment() {
  const wanted = `${requirements.join(" ")} ${root}`;
  await once("python", wanted, existsSync(python), "Python environment with pytest", () => {
    rmSync(join(folder, "venv"), { recursive: true, force: true });
    run(findPython(), ["-m", "venv", join(folder, "venv")], "Making the virtual environment");
    run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...requirements], "Installing pytest");
  });
}

function node() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new SetupError(`Node 20.19 or newer is needed, this is ${process.versions.node}.`);
}

/** memray for the environment's interpreter, beside it and not in it. Without a network there is none, and tracemalloc must do. */
async function overlay() {
  const wanted = `memray ${root}`;
  await once("overlay", wanted, true, "Python overlay with memray", () => {
    const fetch = ["bin/codeflash-memory.js", "doctor", "--allow", "net", "--python", python];
    spawnSync(process.execPath, fetch, { cwd: root, stdio: "ignore" });
  });
}

export async function setup() {
  node();
  await packages();
  await build();
  await environment();
  await overlay();
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
