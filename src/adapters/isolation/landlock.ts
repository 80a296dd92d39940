import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Confinement, type Grounds, isInside, type Wrapped } from "./confinement.ts";
import { hiddenFolders, ours, secrets, throwAway } from "./places.ts";
import { pythonFolder } from "./python-folder.ts";

/** Below these everybody may write what the kernel lets them: devices, shared memory. */
const devices = ["/dev"];

/**
 * A process that the kernel refuses every file that its policy does not name. A launcher stands above it, gets its orphans, and
 * ends them; it ends itself when we do.
 */
export function underLandlock(argv: readonly string[], confinement: Confinement, grounds: Grounds): Wrapped {
  return {
    argv: [confinement.python, "-I", "-S", join(pythonFolder, "isolation/confine.py"), policy(confinement, grounds), ...argv],
    wrappers: 1,
  };
}

/** Rules only allow: what is hidden is left out, so that its neighbours are named one by one. */
function policy({ view, network, readable }: Confinement, grounds: Grounds): string {
  const hidden = view === "closed" ? [...hiddenFolders(), ...secrets()] : view === "guarded" ? secrets() : [];
  const throwAways =
    view === "guarded" ? throwAway().flatMap((it) => allBut([...hidden, ...ours(), ...grounds.readOnly], it)) : [];
  const writable = view === "open" ? ["/"] : [...devices, ...grounds.writable, ...throwAways];
  return [
    ...allBut(hidden, "/").map((it) => `r ${it}`),
    ...[...readable, ...grounds.readOnly].map((it) => `r ${it}`),
    ...writable.map((it) => `w ${it}`),
    ...(network ? [] : ["network off"]),
  ]
    .filter((it) => !it.includes("\n"))
    .join("\n");
}

/** The fewest paths that cover a folder without what is hidden in it. */
function allBut(hidden: readonly string[], folder: string): string[] {
  if (hidden.some((it) => isInside(folder, it))) return [];
  if (!hidden.some((it) => isInside(it, folder))) return [folder];
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.flatMap((name) => allBut(hidden, join(folder, name)));
}
