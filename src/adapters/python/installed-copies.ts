import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { isInside } from "../isolation/confinement.ts";

const Origin = z.looseObject({ url: z.string(), dir_info: z.looseObject({ editable: z.boolean().optional() }) });

/** Distributions that were copied from a folder of the checkout into these packages' folders (`demo 1.0 in …`); nothing is run. */
export function installedCopies(packages: readonly string[], root: string): string[] {
  return packages.flatMap((folder) =>
    namesIn(folder).flatMap((name) => {
      const [, distribution, version] = /^(.+?)-(.+)\.dist-info$/.exec(name) ?? [];
      return distribution && isCopyOf(root, join(folder, name)) ? [`${distribution} ${version} in ${folder}`] : [];
    }),
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** By what its installer noted of where it came from; an editable install leads back to its source. */
function isCopyOf(root: string, info: string): boolean {
  try {
    const origin = Origin.parse(JSON.parse(readFileSync(join(info, "direct_url.json"), "utf8")));
    return origin.dir_info.editable !== true && isInside(realpathSync(fileURLToPath(origin.url)), realpathSync(root));
  } catch {
    return false;
  }
}
