import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder `python/` of the package: beside `src/` in a checkout, beside `dist/` in the package. */
export const pythonFolder: string = (() => {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "python/boot.py"))) return join(folder, "python");
    if (dirname(folder) === folder) throw new Error("the package's python folder is missing");
  }
})();
