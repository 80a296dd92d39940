import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { Failure } from "../../vocabulary/failure.ts";

const Facts = z.object({
  executable: z.string(),
  version: z.tuple([z.int(), z.int(), z.int()]),
  implementation: z.string(),
  prefix: z.string(),
  basePrefix: z.string(),
  packages: z.array(z.string()),
  pytest: z.string().nullable(),
  searched: z.array(z.string()).default([]),
});

/**
 * A Python that answered. Paths are absolute; `packages` are its site-packages folders, `searched` all that it imports from, editable
 * installs of other projects included.
 */
export interface Interpreter extends z.infer<typeof Facts> {
  /** How it was found: `--python`, `VIRTUAL_ENV`, `.venv`, `uv`, `poetry`, `conda`, `PATH`. */
  runner: string;
}

/** Works on every Python from 2.7 on, so that an old one can be named instead of failing. */
const question = `
import json, sys
v = list(sys.version_info[:3])
out = {"executable": sys.executable, "version": v, "implementation": getattr(getattr(sys, "implementation", None), "name", "old"), "prefix": sys.prefix, "basePrefix": getattr(sys, "base_prefix", sys.prefix), "packages": [], "pytest": None}
if v >= [3, 8]:
    import sysconfig
    out["packages"] = sorted({sysconfig.get_paths()["purelib"], sysconfig.get_paths()["platlib"]})
    out["searched"] = [it for it in sys.path if it]
    for name, module in list(sys.modules.items()):
        if name.startswith("__editable__"):
            found = list(getattr(module, "MAPPING", {}).values())
            found += [it for them in getattr(module, "NAMESPACES", {}).values() for it in them]
            out["searched"] += [it for it in found if isinstance(it, str)]
    from importlib import metadata
    try:
        out["pytest"] = metadata.version("pytest")
    except metadata.PackageNotFoundError:
        pass
sys.stdout.write(json.dumps(out))
`;

function ask(command: string, args: readonly string[], cwd: string): Promise<string | null> {
  return new Promise((done) => {
    execFile(command, [...args], { cwd, timeout: 30_000, encoding: "utf8" }, (error, stdout) => done(error ? null : stdout));
  });
}

async function verify(executable: string, runner: string, cwd: string): Promise<Interpreter | null> {
  const answer = await ask(executable, ["-c", question], cwd);
  if (answer === null) return null;
  const parsed = Facts.safeParse(JSON.parse(answer.slice(answer.indexOf("{"))));
  return parsed.success ? { ...parsed.data, runner } : null;
}

const binary = (environment: string) => join(environment, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");

/** Folders from `from` up to and including `root`. */
function upwards(from: string, root: string): string[] {
  const above = dirname(from);
  return from === root || above === from ? [from] : [from, ...upwards(above, root)];
}

/** Tools that know which environment belongs to a lock file, with the question that makes them say it. */
const managers: readonly { lock: string; runner: string; command: string; args: string[] }[] = [
  { lock: "poetry.lock", runner: "poetry", command: "poetry", args: ["env", "info", "--path"] },
  { lock: "pdm.lock", runner: "pdm", command: "pdm", args: ["venv", "--path", "in-project"] },
  { lock: "Pipfile.lock", runner: "pipenv", command: "pipenv", args: ["--venv"] },
  { lock: "hatch.toml", runner: "hatch", command: "hatch", args: ["env", "find"] },
];

async function* candidates(from: string, root: string): AsyncGenerator<{ executable: string; runner: string }> {
  const active = process.env["VIRTUAL_ENV"];
  if (active) yield { executable: binary(active), runner: "VIRTUAL_ENV" };
  for (const folder of upwards(from, root)) {
    for (const name of [".venv", "venv", "env"]) {
      if (existsSync(join(folder, name, "pyvenv.cfg"))) yield { executable: binary(join(folder, name)), runner: name };
    }
    if (existsSync(join(folder, ".pixi/envs/default")))
      yield { executable: binary(join(folder, ".pixi/envs/default")), runner: "pixi" };
    if (existsSync(join(folder, ".tox"))) {
      for (const name of ["py", "py3", "python"]) yield { executable: binary(join(folder, ".tox", name)), runner: "tox" };
    }
  }
  for (const { lock, runner, command, args } of managers) {
    if (!existsSync(join(root, lock))) continue;
    const path = (await ask(command, args, root))?.trim().split("\n")[0];
    if (path) yield { executable: binary(path), runner };
  }
  const conda = process.env["CONDA_PREFIX"];
  if (conda) yield { executable: binary(conda), runner: "conda" };
  yield { executable: "python3", runner: "PATH" };
  yield { executable: "python", runner: "PATH" };
}

/** A path stays a path; a bare name is looked up on PATH. */
function asked(setting: string, from: string): string {
  if (isAbsolute(setting) || setting.includes("/")) {
    const path = resolve(from, setting);
    return existsSync(join(path, "pyvenv.cfg")) ? binary(path) : path;
  }
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, setting)))
    ? setting
    : resolve(from, setting);
}

/** The interpreter that runs the user's code: the setting, or the first that answers in the order of the documentation. */
export async function findInterpreter(options: {
  setting: string | undefined;
  from: string;
  root: string;
}): Promise<Interpreter> {
  const { setting, from, root } = options;
  let found: Interpreter | null = null;
  if (setting !== undefined) {
    found = await verify(asked(setting, from), "--python", root);
    if (!found)
      throw new Failure(
        "no-python",
        `No Python answers at ${setting}.`,
        "Give the path of an interpreter, or of a virtual environment, to --python.",
      );
  } else {
    for await (const candidate of candidates(from, root)) {
      found = await verify(candidate.executable, candidate.runner, root);
      if (found) break;
    }
  }
  if (!found)
    throw new Failure(
      "no-python",
      "No Python was found for this project.",
      "Install Python 3.9 or newer, or name one with --python PATH.",
    );
  const [major, minor] = found.version;
  if (major < 3 || (major === 3 && minor < 9)) {
    throw new Failure(
      "python-too-old",
      `${found.executable} is Python ${major}.${minor}; 3.9 is the oldest that can be measured.`,
      "Name a newer one with --python PATH.",
    );
  }
  if (found.implementation !== "cpython") {
    throw new Failure(
      "python-unfit",
      `${found.executable} is ${found.implementation}; only CPython can be measured.`,
      "Name a CPython with --python PATH.",
    );
  }
  return found;
}
