import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { thePython } from "./expression-case.ts";

/** A Python with numpy: the machine's own, else a private environment made once; null where there is no network either. */
export function pythonWithNumpy(): string | null {
  const folder = join(tmpdir(), "codeflash-memory-numpy");
  const own = join(folder, "bin/python");
  if (works(thePython())) return thePython();
  if (existsSync(own) && works(own)) return own;
  try {
    execFileSync(thePython(), ["-m", "venv", folder], { stdio: "ignore" });
    execFileSync(own, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "numpy"], {
      stdio: "ignore",
      timeout: 100_000,
    });
    return works(own) ? own : null;
  } catch {
    return null;
  }
}

function works(python: string): boolean {
  try {
    execFileSync(python, ["-c", "import numpy"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
