import { existsSync } from "node:fs";
import { mkdtemp, readdir, realpath, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { openRepository, type Repository } from "../adapters/git/repository.ts";
import { ownMarker, sweepOrphans } from "../adapters/isolation/orphans.ts";
import { type ProjectFile, provenance, readProjectFile, targetName } from "../adapters/python/discover.ts";
import { findInterpreter, type Interpreter } from "../adapters/python/interpreter.ts";
import { type MeasuringOptions, measuring } from "../adapters/python/measuring.ts";
import type { ProbeContext } from "../adapters/python/probe.ts";
import { mebibyte } from "../method/noise.ts";
import { isProtected } from "../method/scope.ts";
import { Failure } from "../vocabulary/failure.ts";
import type { EntryOf } from "../vocabulary/journal.ts";
import type { Provenance } from "../vocabulary/measurement.ts";
import type { Settings } from "../vocabulary/settings.ts";
import type { Target } from "../vocabulary/target.ts";
import { readConventions } from "./conventions.ts";
import type { Invocation } from "./invocation.ts";
import { isolate } from "./isolate.ts";
import { parseTarget, words } from "./parse-target.ts";
import { readSettings } from "./settings.ts";

/** What a command knows about the project before it runs anything of it. */
export interface Project {
  /** All paths start here: the checkout, or the folder that several of them share. */
  root: string;
  /** Where the command stands: the records, the journal and the settings are here. */
  home: string;
  /** `repository` first, then those that are worked on together with it; empty without git. */
  together: { repository: Repository; at: string }[];
  /** Working directory relative to the root; empty: the root. */
  cwd: string;
  repository: Repository | null;
  file: ProjectFile | null;
  settings: Settings;
  interpreter: Interpreter;
  /** What is worked on: the named target, or the lightest tier. */
  target: Target;
  tiers: EntryOf<"session-began">["tiers"];
  provenance: Provenance;
  /** As the user gave it; null: as it is seen. */
  inputBytes: number | null;
}

/** Without git, the project is the nearest folder with a pyproject.toml, or the working directory. */
export function folderOfProject(cwd: string): string {
  for (let folder = cwd; dirname(folder) !== folder; folder = dirname(folder))
    if (existsSync(join(folder, "pyproject.toml"))) return folder;
  return cwd;
}

/** The project without a target: what is read before anything is run. */
export type Surroundings = Omit<Project, "target" | "tiers" | "provenance" | "inputBytes" | "together">;

export async function openSurroundings({ cwd, flags }: Invocation): Promise<Surroundings> {
  await sweepOrphans();
  const repository = await openRepository(cwd);
  const root = repository?.root ?? folderOfProject(cwd);
  const file = await readProjectFile(cwd, root);
  const settings = readSettings(file, flags, await readConventions(root));
  const interpreter = await findInterpreter({ setting: settings.python, from: cwd, root });
  return { root, home: root, cwd: relative(root, cwd), repository, file, settings, interpreter };
}

/** `several`: with the other checkouts that the settings name. */
export async function openProject(invocation: Invocation, several = false): Promise<Project> {
  const { cwd, flags, target } = invocation;
  const alone = await openSurroundings(invocation);
  const { settings, interpreter, home } = alone;
  const others = several ? await otherRepositories(settings.repos, alone) : [];
  const root = sharedFolder([home, ...others.map((it) => it.root)]);
  const repositories = alone.repository ? [alone.repository, ...others] : [];
  const around = {
    ...alone,
    root,
    cwd: relative(root, cwd),
    together: repositories.map((repository) => ({ repository, at: relative(root, repository.root) })),
    settings: { ...settings, protect: settings.protect.map((it) => join(relative(root, home), it)) },
  };
  const text = (name: string) => (typeof flags[name] === "string" ? { [name]: flags[name] } : {});
  const tiers = readTiers(target, settings.tiers, (given) => parseTarget(given, cwd, { ...text("setup"), ...text("args") }));
  const parsed = tiers[0].target;
  return {
    ...around,
    target: parsed,
    tiers,
    provenance: await provenance(interpreter, parsed, home),
    inputBytes: settings.input === undefined ? null : await sizeOfInput(settings.input, cwd),
  };
}

/** The deepest folder that holds all of them. */
function sharedFolder(folders: readonly [string, ...string[]]): string {
  let shared = folders[0];
  while (folders.some((it) => it !== shared && !it.startsWith(shared.endsWith(sep) ? shared : shared + sep)))
    shared = dirname(shared);
  return shared;
}

async function otherRepositories(paths: readonly string[], { home, repository }: Surroundings): Promise<Repository[]> {
  const found: Repository[] = [];
  for (const path of paths) {
    const other = await openRepository(resolve(home, path));
    if (!other)
      throw new Failure(
        "bad-settings",
        `${path} (repos) is not in a git repository.`,
        "Name folders of checkouts, relative to this one.",
      );
    const known = [repository, ...found].some((it) => it?.root === other.root);
    if (!known) found.push(other);
  }
  return found;
}

/** `120` is MiB; all else is a file, or a folder with all that is in it. */
async function sizeOfInput(given: string, cwd: string): Promise<number> {
  const mebibytes = Number(given);
  if (given.trim() !== "" && mebibytes > 0) return mebibytes * mebibyte;
  const bytes = await sizeOf(resolve(cwd, given)).catch(() => 0);
  if (bytes > 0) return bytes;
  throw new Failure(
    "bad-settings",
    `The input ${given} is neither a size in MiB nor a file with anything in it.`,
    "Write --input 120, or --input data.csv.",
  );
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path);
  if (!found.isDirectory()) return found.size;
  const sizes = await Promise.all((await readdir(path)).map((name) => sizeOf(join(path, name)).catch(() => 0)));
  return sizes.reduce((sum, it) => sum + it, 0);
}

/** Tiers of these names stand in this order; all others in the order in which they were given. */
const tierOrder = ["b", "a", "s", "full"];

/** The tiers, lightest first: the named target, then the configured ones; without a target the configured ones alone. */
function readTiers(
  words: string[],
  configured: Settings["tiers"],
  parse: (given: string[]) => Target,
): [Project["tiers"][number], ...Project["tiers"]] {
  const rank = (name: string) => tierOrder.indexOf(name.toLowerCase());
  const named = (name: string, target: Target) => ({ name: name.toUpperCase(), target, targetName: targetName(target) });
  const tiers = Object.entries(configured)
    .sort(([a], [b]) => (rank(a) < 0 || rank(b) < 0 ? 0 : rank(a) - rank(b)))
    .map(([name, given]) => named(name, parse([given])));
  const [lightest, ...heavier] = tiers;
  if (words.length === 0 && lightest) return [lightest, ...heavier];
  const target = parse(words);
  const at = tiers.findIndex((it) => it.targetName === targetName(target));
  if (at >= 0) return [tiers[at] as Project["tiers"][number], ...tiers.slice(at + 1)];
  return [named("B", target), ...tiers.filter((it) => it.name !== "B")];
}

/** Interpreters and their packages are never taken for the project's code. */
export function excluded(interpreter: Interpreter): string[] {
  return [...new Set([interpreter.prefix, interpreter.basePrefix, ...interpreter.packages])];
}

/** The measuring ports of a project over the trees that `treeOf` gives. */
export function measuringPorts(
  project: Project,
  { treeOf, tests, leftOut = () => [], ...context }: Pick<MeasuringOptions, "treeOf" | "tests" | "leftOut"> & Workplace,
): ReturnType<typeof measuring> {
  const { interpreter } = project;
  return measuring({
    context: { executable: interpreter.executable, ...context },
    root: project.root,
    cwd: project.cwd,
    exclude: excluded(project.interpreter),
    target: project.target,
    tests,
    timeoutMs: project.settings.timeout * 1000,
    treeOf,
    leftOut,
    ground: {
      checkouts: project.together.map(({ repository: it, at }) => ({ at, commonDir: it.commonDir })),
      environments: [interpreter.prefix, interpreter.basePrefix],
      isProtected: (path) => isProtected(path, project.settings.protect),
    },
    words,
  });
}

/** Where a command's runs keep their files, what marks them, what ends them, and how they are kept apart. */
export type Workplace = Pick<ProbeContext, "scratch" | "marker" | "signal" | "confinement" | "environment" | "memoryLimitBytes">;

/** A scratch folder for as long as `use` runs code that `editor` wrote; Ctrl-C, or `signal`, ends the run under way. */
export async function inScratch<T>(
  project: Pick<Project, "settings" | "interpreter" | "root">,
  { signal: ended, editor = "nobody" }: Pick<Invocation, "signal" | "editor">,
  use: (workplace: Workplace) => Promise<T>,
): Promise<T> {
  const { context } = await isolate(project, editor);
  const scratch = await realpath(await mkdtemp(join(tmpdir(), "codeflash-memory-")));
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  ended?.addEventListener("abort", stop);
  try {
    return await use({ scratch, marker: ownMarker(), signal: abort.signal, ...context });
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    ended?.removeEventListener("abort", stop);
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Ports over the user's own tree. */
export const measuringInPlace = <T>(
  project: Project,
  invocation: Pick<Invocation, "signal" | "editor">,
  use: (ports: ReturnType<typeof measuring>) => Promise<T>,
): Promise<T> =>
  inScratch(project, invocation, (workplace) =>
    use(measuringPorts(project, { ...workplace, tests: null, treeOf: async () => project.root })),
  );
