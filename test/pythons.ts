import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export interface FoundPython {
  executable: string;
  /** `3.11` */
  version: string;
}

let known: FoundPython[] | null = null;

/** Every CPython from 3.9 on that this machine has: on PATH, by pyenv, by uv; one per minor version. Looked for once. */
export function findPythons(): FoundPython[] {
  known ??= look();
  return known;
}

function look(): FoundPython[] {
  const candidates = ["python3", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"];
  for (const root of [join(homedir(), ".pyenv/versions"), join(homedir(), ".local/share/uv/python")]) {
    if (existsSync(root)) candidates.push(...readdirSync(root).map((name) => join(root, name, "bin/python3")));
  }
  const found = new Map<string, FoundPython>();
  for (const candidate of candidates) {
    try {
      const answer = execFileSync(
        candidate,
        ["-c", "import sys; print(sys.version_info[0], sys.version_info[1], sys.executable)"],
        {
          encoding: "utf8",
          stdio: ["ignore", "pipe", "ignore"],
        },
      );
      const [major, minor, ...path] = answer.trim().split(" ");
      if (major === "3" && Number(minor) >= 9 && !found.has(`3.${minor}`)) {
        found.set(`3.${minor}`, { executable: path.join(" "), version: `3.${minor}` });
      }
    } catch {
      // not there, or a shim that answers nothing
    }
  }
  return [...found.values()].sort((a, b) => Number(a.version.slice(2)) - Number(b.version.slice(2)));
}

/** The newest Python that is not newer than 3.11 if there is one: the version that every machine of ours has. */
export function aPython(): FoundPython {
  const all = findPythons();
  const one = all.find((python) => python.version === "3.11") ?? all[0];
  if (!one) throw new Error("no Python from 3.9 on was found: install one to run these tests");
  return one;
}

/** The interpreter with pytest that the set-up made; any Python outside of `npm test`. */
export const testPython = (): string => process.env["CODEFLASH_MEMORY_TEST_PYTHON"] ?? aPython().executable;
