import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { Failure } from "../../vocabulary/failure.ts";
import { git } from "../git/git.ts";
import { pythonFolder } from "../isolation/python-folder.ts";

const Facts = z.object({
  executable: z.string(),
  version: z.tuple([z.int(), z.int(), z.int()]),
  implementation: z.string(),
  prefix: z.string(),
  basePrefix: z.string(),
  packages: z.array(z.string()),
  pytest: z.string().nullable(),
  searched: z.array(z.string()),
});

/**
 * A Python that answered. Paths are absolute; `packages` are its site-packages folders, `searched` all that it imports from, editable
 * installs of other projects included.
 */
export interface Interpreter extends z.infer<typeof Facts> {
  /** How it was found: `--python`, `VIRTUAL_ENV`, `.venv`, `uv`, `poetry`, `conda`, `PATH`. */
  runner: string;
}

/**
 * How a Python that may be the project's own is asked where no wall is: without `site` neither a path file nor a sitecustomize of its
 * environment runs, and nothing is imported from the folder where it is asked.
 */
export const plainly = (code: string, ...words: string[]): string[] => [
  ...["-E", "-s", "-S", "-c"],
  `import sys\nsys.path = [it for it in sys.path if it]\n${code}`,
  ...words,
];

/** Works from 2.7 on, so that an old one can be named. */
const question = `
if sys.version_info >= (3, 9):
    exec(compile(open(sys.argv[1], "rb").read(), sys.argv[1], "exec"))
else:
    import json
    out = {"executable": sys.executable, "version": list(sys.version_info[:3]), "prefix": sys.prefix, "basePrefix": sys.prefix}
    out.update({"implementation": "old", "packages": [], "searched": [], "pytest": None})
    sys.stdout.write(json.dumps(out))
`;

function ask(command: string, args: readonly string[], cwd: string): Promise<string | null> {
  return new Promise((done) => {
    execFile(command, [...args], { cwd, timeout: 30_000, encoding: "utf8" }, (error, stdout) => done(error ? null : stdout));
  });
}

async function verify(executable: string, runner: string, cwd: string): Promise<Interpreter | null> {
  const answer = await ask(executable, plainly(question, join(pythonFolder, "environment/main.py")), cwd);
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

interface Candidate {
  executable: string;
  runner: string;
  /** The environment, where it was only found lying in the project. */
  lying?: string;
}

async function* candidates(from: string, root: string): AsyncGenerator<Candidate> {
  const active = process.env["VIRTUAL_ENV"];
  if (active) yield { executable: binary(active), runner: "VIRTUAL_ENV" };
  for (const folder of upwards(from, root)) {
    for (const name of [".venv", "venv", "env"]) {
      const lying = join(folder, name);
      if (existsSync(join(lying, "pyvenv.cfg"))) yield { executable: binary(lying), runner: name, lying };
    }
    const pixi = join(folder, ".pixi/envs/default");
    if (existsSync(pixi)) yield { executable: binary(pixi), runner: "pixi", lying: pixi };
    for (const name of ["py", "py3", "python"]) {
      const lying = join(folder, ".tox", name);
      if (existsSync(lying)) yield { executable: binary(lying), runner: "tox", lying };
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

/** An environment that git tracks came with the repository: its Python, and where that finds its library, are anybody's. */
async function mustBeTheUsers({ lying }: Candidate): Promise<void> {
  if (lying === undefined || !existsSync(lying)) return;
  const places = ["pyvenv.cfg", "bin", "lib", "Scripts", "Lib"];
  const tracked = await git(["ls-files", "-z", "--", ...places], { cwd: lying }).catch(() => null);
  if (tracked === null || tracked.stdout.length === 0) return;
  throw new Failure(
    "no-python",
    `${lying} comes with the repository: its Python is started only where you say so.`,
    `Make an environment of your own, or name this one with --python ${lying}.`,
  );
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
      await mustBeTheUsers(candidate);
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
