import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "../disk/cache.ts";
import { type Interpreter, plainly } from "./interpreter.ts";

/** Where memray can be had for an interpreter: in its own environment (no folder), in an overlay, or not at all. */
export type Memray = { kind: "there"; overlay: string | null } | { kind: "none"; why: string };

/** Big enough for all that memray needs; a failed attempt is not repeated for a day. */
const again = 24 * 60 * 60 * 1000;

const overlays = () => cacheFolder("overlays");

const ask = (
  executable: string,
  args: readonly string[],
  timeoutMs: number,
  cwd?: string,
): Promise<{ ok: boolean; text: string }> =>
  new Promise((done) => {
    const env = { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_NO_INPUT: "1", PYTHONDONTWRITEBYTECODE: "1" };
    const options = { timeout: timeoutMs, encoding: "utf8" as const, env, cwd, maxBuffer: 1 << 26 };
    execFile(executable, [...args], options, (error, stdout, stderr) =>
      done({ ok: error === null, text: error ? stderr || error.message : stdout }),
    );
  });

/** Whether a folder of packages has memray with its compiled part. Nothing is imported: this is no run. */
function holdsMemray(folder: string): boolean {
  try {
    return readdirSync(join(folder, "memray")).some((it) => it.startsWith("_memray."));
  } catch {
    return false;
  }
}

/** Names the ABI: what was made for one interpreter fits every other of the same name. */
const abi = `import sysconfig, platform; print(sys.implementation.cache_tag + '-' + sysconfig.get_platform() + '-' + (platform.libc_ver()[0] or 'libc'))`;

/**
 * memray for this interpreter. Nothing is ever installed in the user's environment; only with `fetch` (the user's leave to use
 * the network) an overlay that is not there yet is filled, once, from the package index.
 */
export async function findMemray(interpreter: Interpreter, options: { fetch: boolean }): Promise<Memray> {
  if (process.platform === "win32") return { kind: "none", why: "memray does not run on Windows" };
  if (interpreter.searched.some(holdsMemray)) return { kind: "there", overlay: null };
  const named = await ask(interpreter.executable, plainly(abi), 30_000);
  if (!named.ok) return { kind: "none", why: `${interpreter.executable} does not answer` };
  const folder = join(overlays(), named.text.trim().replaceAll(/[^\w.-]/g, "_"));
  if (existsSync(join(folder, "memray"))) return { kind: "there", overlay: folder };
  const failed = await lastFailure(folder);
  if (failed !== null) return { kind: "none", why: failed };
  if (!options.fetch)
    return { kind: "none", why: "memray is not there; --allow net fetches it once, outside of your environment (36 MiB)" };
  return fill(interpreter, folder);
}

async function lastFailure(folder: string): Promise<string | null> {
  const path = `${folder}.failed`;
  const made = await stat(path).catch(() => null);
  return made && Date.now() - made.mtimeMs < again ? await readFile(path, "utf8") : null;
}

/** Filled beside its place and moved there when complete: a killed run leaves nothing half made behind that name. */
async function fill(interpreter: Interpreter, folder: string): Promise<Memray> {
  await mkdir(overlays(), { recursive: true });
  const made = await mkdtemp(join(overlays(), "new-"));
  try {
    const install = ["install", "--quiet", "--target", made, "--only-binary", ":all:", "memray"];
    const ways: [string, string[]][] = [
      [interpreter.executable, ["-m", "pip", ...install]],
      ["python3", ["-m", "pip", "--python", interpreter.executable, ...install]],
      ["uv", ["pip", ...install, "--python", interpreter.executable]],
    ];
    let why = "";
    for (const [command, args] of ways) {
      const done = await ask(command, args, 300_000, made);
      const tried = plainly("sys.path.append(sys.argv[1]); import memray", made);
      if (done.ok && (await ask(interpreter.executable, tried, 30_000)).ok) {
        await rename(made, folder).catch(() => undefined); // another run was first: its folder is as good
        return { kind: "there", overlay: folder };
      }
      why ||= done.text.trim().split("\n").at(-1) ?? "";
    }
    const told = `memray could not be fetched (${why.slice(0, 200)})`;
    await writeFile(`${folder}.failed`, told);
    return { kind: "none", why: told };
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}
