import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { openRepository } from "../../adapters/git/repository.ts";
import { sweepOrphans } from "../../adapters/isolation/orphans.ts";
import { readProjectFile } from "../../adapters/python/discover.ts";
import { installedCopies } from "../../adapters/python/installed-copies.ts";
import type { Interpreter } from "../../adapters/python/interpreter.ts";
import { findInterpreter } from "../../adapters/python/interpreter.ts";
import { findMemray } from "../../adapters/python/overlay.ts";
import { levelOf, wayToNamespaces } from "../../method/isolation.ts";
import { Failure } from "../../vocabulary/failure.ts";
import { probeNames, type Rung } from "../../vocabulary/isolation.ts";
import type { Settings } from "../../vocabulary/settings.ts";
import { readConventions } from "../conventions.ts";
import type { Invocation } from "../invocation.ts";
import { isolate, probesOf } from "../isolate.ts";
import { type DoctorOutput, outputVersion } from "../output.ts";
import { readSettings } from "../settings.ts";
import { talk } from "./talk.ts";

type Check = DoctorOutput["checks"][number];

/** `doctor`: what is here, what is missing, how to get it. Exit code 4 when something required is missing. */
export async function run(invocation: Invocation): Promise<number> {
  const out = talk(invocation.flags);
  await sweepOrphans();
  const checks = [
    node(),
    git(),
    ...(await project(invocation)),
    processPeak(),
    stagePeaks(),
    ...(await model(invocation, (it) => out.say([it]))),
  ];
  const fit = checks.every((it) => it.ok || !it.required);
  const width = Math.max(...checks.map((it) => it.name.length));
  out.say(
    checks.flatMap((it) => [
      `${it.ok ? "ok  " : it.required ? "MISS" : "  - "} ${it.name.padEnd(width)}  ${it.found}`,
      ...(it.ok || it.way === null ? [] : [`     ${" ".repeat(width)}  ${it.way}`]),
    ]),
  );
  const answer: DoctorOutput = { schema: outputVersion, command: "doctor", fit, checks };
  await out.answer(answer);
  return fit ? 0 : 4;
}

const check = (name: string, ok: boolean, required: boolean, found: string, way: string | null = null): Check => ({
  name,
  ok,
  required,
  found,
  way,
});

/** One tiny call to the model, where `--model` names one: only then is anything sent. */
async function model({ flags, cwd }: Invocation, tell: (line: string) => void): Promise<Check[]> {
  if (flags["model"] === undefined) return [];
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.once("SIGINT", onInterrupt);
  try {
    const [{ providerOptions, tinyQuestion }, { providerOf }] = await Promise.all([
      import("../minds.ts"),
      import("../../adapters/model/providers.ts"),
    ]);
    const root = (await openRepository(cwd).catch(() => null))?.root ?? cwd;
    const settings = readSettings(null, flags, await readConventions(root));
    const provider = providerOf(settings.model ?? "", { ...providerOptions(settings, cwd, stop.signal), tell });
    const { tokens, cost, answer } = await provider.ask(tinyQuestion);
    const price = cost === null ? "price unknown" : `$${cost.toFixed(6)}`;
    const said = `${provider.name} answers (${answer.calls.length > 0 ? "and calls tools" : "without calling the tool"}): ${tokens.input} tokens in, ${tokens.output} out, ${price}`;
    return [check("model", answer.calls.length > 0, true, said, "A model that does not call tools cannot propose changes.")];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (stop.signal.aborted) throw error;
    return [check("model", false, true, error.message, error.wayForward)];
  } finally {
    process.off("SIGINT", onInterrupt);
  }
}

function node(): Check {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const ok = (major === 20 && minor >= 19) || major > 22 || (major === 22 && minor >= 12);
  return check("Node", ok, true, process.versions.node, "Node 20.19 or newer is needed.");
}

function git(): Check {
  try {
    return check("git", true, true, execFileSync("git", ["--version"], { encoding: "utf8" }).trim());
  } catch {
    return check("git", false, true, "not found", "Install git; `profile` works without it.");
  }
}

const wayFromCopy = "Where a target imports it from there, no change here has any effect: install with `pip install -e`.";

async function project({ cwd, flags }: Invocation): Promise<Check[]> {
  const repository = await openRepository(cwd).catch(() => null);
  const root = repository?.root ?? cwd;
  const found: Check[] = [
    check(
      "repository",
      repository !== null && repository.head !== null,
      false,
      repository ? `${root}${repository.head ? "" : ", no commit yet"}` : "not a git repository",
      "`optimize` needs one with a commit; `profile` does not.",
    ),
    check(
      "folder",
      writable(root),
      false,
      writable(root) ? `${root} can be written` : `${root} cannot be written`,
      "`optimize` keeps its records in .codeflash/ there.",
    ),
  ];
  try {
    const settings = readSettings(await readProjectFile(cwd, root), flags, await readConventions(root));
    const python = await findInterpreter({ setting: settings.python, from: cwd, root });
    const version = python.version.join(".");
    found.push(check("Python", true, true, `${version} (${python.runner}: ${python.executable})`));
    for (const copy of installedCopies(python.packages, root))
      found.push(check("install", false, false, `${copy} is a copy of this checkout`, wayFromCopy));
    found.push(
      check(
        "pytest",
        python.pytest !== null,
        false,
        python.pytest ?? `not in ${python.executable}`,
        "Install it there, or name a --test-command.",
      ),
    );
    const memray = await findMemray(python, { fetch: settings.allow.includes("net") });
    found.push(
      check(
        "memray",
        memray.kind === "there",
        false,
        memray.kind === "none" ? "not there" : (memray.overlay ?? "in the environment"),
        memray.kind === "none" ? `${memray.why}.` : null,
      ),
    );
    const monitoring = python.version[0] > 3 || python.version[1] >= 12;
    found.push(...(await rungs(python, settings, root)));
    found.push(
      check("stage finder", true, false, monitoring ? "sys.monitoring" : "sys.settrace (slower than on Python 3.12 and newer)"),
    );
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    found.push(check("Python", false, true, error.message, error.wayForward));
  }
  return found;
}

/** What each rung's probes show here and now, and what a run is tried with under the best one. */
async function rungs(interpreter: Interpreter, settings: Settings, root: string): Promise<Check[]> {
  const found: Check[] = [];
  for (const rung of ["namespaces", "landlock"] satisfies Rung[]) {
    const { blocked, why } = await probesOf(rung, { interpreter, settings, root });
    const way = rung === "namespaces" ? wayToNamespaces(why) : null;
    const told = why ?? `${blocked} of ${probeNames.length} probes blocked`;
    found.push(check(`${levelOf(rung)} ${rung}`, why === null, false, told, way));
  }
  for (const [editor, who] of [
    ["mind", "a model's edits"],
    ["catalogue", "the catalogue's"],
  ] as const) {
    const name = `run of ${who}`;
    try {
      const it = await (await isolate({ settings, interpreter, root }, editor)).record();
      found.push(check(name, true, false, `${levelOf(it.rung)} ${it.rung}, network ${it.network ? "as it is" : "off"}`));
      for (const probe of it.probes) found.push(check(`  ${probe.open ? "open" : "blocked"}`, true, false, probe.name));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      found.push(check(name, false, false, error.message, error.wayForward));
    }
  }
  return found;
}

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function processPeak(): Check {
  const ok = existsSync("/proc/self/status") && readFileSync("/proc/self/status", "utf8").includes("VmHWM");
  return check("process peak", ok, false, ok ? "VmHWM from /proc" : "no /proc here: the operating system's own maximum is used");
}

function stagePeaks(): Check {
  try {
    accessSync("/proc/self/clear_refs", constants.W_OK);
    return check("peak per stage", true, false, "VmHWM can be reset");
  } catch {
    return check("peak per stage", false, false, "VmHWM cannot be reset here", "The table then has no process column.");
  }
}
