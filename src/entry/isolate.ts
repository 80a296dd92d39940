import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Confinement } from "../adapters/isolation/confinement.ts";
import { real } from "../adapters/isolation/places.ts";
import { type Probed, runProbes } from "../adapters/isolation/probes.ts";
import { availableMemoryBytes } from "../adapters/isolation/processes.ts";
import { pythonFolder } from "../adapters/isolation/python-folder.ts";
import { probeRung, standingProbes } from "../adapters/isolation/standing.ts";
import type { Interpreter } from "../adapters/python/interpreter.ts";
import type { ProbeContext } from "../adapters/python/probe.ts";
import { chooseIsolation, environmentOf, type IsolationQuestion, type Standing, standingOf } from "../method/isolation.ts";
import { mebibyte } from "../method/noise.ts";
import { Failure } from "../vocabulary/failure.ts";
import type { Editor, Isolation, Rung } from "../vocabulary/isolation.ts";
import type { Settings } from "../vocabulary/settings.ts";

/** How the runs of a command are kept apart. */
export interface Isolated {
  /** What every run is given. */
  context: Pick<ProbeContext, "confinement" | "environment" | "memoryLimitBytes">;
  /** The same for the record, its probes run under just this. */
  record(): Promise<Isolation>;
}

/** Whoever changes code under these settings. */
export const editorOf = ({ model }: Pick<Settings, "model">): Editor => (model === undefined ? "catalogue" : "mind");

const variable = "env:";

/** Names that the user lets through into a confined run. */
const exposedNames = (settings: Settings): string[] =>
  settings.expose.filter((it) => it.startsWith(variable)).map((it) => it.slice(variable.length));

/** What a run must see wherever the view hides it: interpreter, packages, our own programs, what the user lets through. */
export function readableFor(interpreter: Interpreter, settings: Settings, root: string): string[] {
  const exposed = settings.expose
    .filter((it) => !it.startsWith(variable))
    .map((it) => resolve(root, it.startsWith("~/") ? join(homedir(), it.slice(2)) : it));
  const libraries = (process.env["LD_LIBRARY_PATH"] ?? "").split(":").filter(isAbsolute);
  const { prefix, basePrefix, packages, searched, executable } = interpreter;
  const homes = [homedir(), "/"];
  return [
    ...new Set(
      [prefix, basePrefix, ...packages, ...searched, dirname(executable), ...libraries, ...exposed, pythonFolder, overlays()]
        .flatMap((it) => [it, real(it) ?? it])
        .filter((it) => isAbsolute(it) && !homes.includes(it) && real(it) !== null),
    ),
  ];
}

/** Where we keep memray for interpreters that have none. */
const overlays = () => join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "codeflash-memory", "overlays");

/** Chooses the rung for who edits; `Failure` where it is below what that needs. Runs probes once a boot, and only of what is in question. */
export async function isolate(
  { settings, interpreter, root }: { settings: Settings; interpreter: Interpreter; root: string },
  editor: Editor,
): Promise<Isolated> {
  const readable = readableFor(interpreter, settings, root);
  const python = { executable: interpreter.executable, readable };
  const exposed = exposedNames(settings);
  const standings: IsolationQuestion["standings"] = {};
  for (;;) {
    const asked = settings.isolation ?? null;
    const choice = chooseIsolation({ editor, asked, network: settings.allow.includes("net"), standings });
    if (choice.kind === "refused") throw new Failure("not-isolated", choice.why, choice.wayForward);
    if (choice.kind === "ask") {
      standings[choice.rung] = await standing(choice.rung, python);
      continue;
    }
    const { rung, view, network, why } = choice;
    const confinement: Confinement = { rung, view, network, python: python.executable, readable };
    const memoryLimitBytes = settings.memoryLimit === undefined ? availableMemoryBytes() : settings.memoryLimit * mebibyte;
    return {
      context: { confinement, environment: environmentOf(process.env, view, exposed), memoryLimitBytes },
      record: async () => {
        const probed = await runProbes(confinement, (ours) => environmentOf(ours, view, exposed));
        return { rung, view, network, probes: probed.results, why: probed.why ?? why };
      },
    };
  }
}

async function standing(rung: Rung, python: Parameters<typeof standingProbes>[1]): Promise<Standing> {
  if (rung === "process" || rung === "external") return { why: null, closesNetwork: false };
  return standingFrom(rung, await standingProbes(rung, python, (ours) => environmentOf(ours, "closed", [])));
}

/** What probes say of a rung, or why there are none. */
const standingFrom = (rung: Rung, probed: Probed): Standing =>
  probed.why === null ? standingOf(rung, probed.results) : { why: probed.why, closesNetwork: false };

/** A rung's probes, run now. `why`: why it does not hold. */
export async function probesOf(
  rung: Rung,
  { settings, interpreter, root }: { settings: Settings; interpreter: Interpreter; root: string },
): Promise<{ blocked: number; why: string | null }> {
  const python = { executable: interpreter.executable, readable: readableFor(interpreter, settings, root) };
  const probed = await probeRung(rung, python, (ours) => environmentOf(ours, "closed", []));
  return { blocked: probed.results.filter((it) => !it.open).length, why: standingFrom(rung, probed).why };
}
