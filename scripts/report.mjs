// What commands that print figures share: JSON under .reports/, one summary line, an exit code.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

export const reports = join(root, ".reports");

/** Writes the report, prints the line; 1 when a figure fell short. */
export function conclude(name, figures, failures, line) {
  mkdirSync(reports, { recursive: true });
  const path = join(reports, `${name}.json`);
  writeFileSync(path, `${JSON.stringify({ ...figures, failures }, null, 2)}\n`);
  for (const failure of failures) console.log(`  falls short: ${failure}`);
  console.log(`${name}: ${line} (${path})`);
  return failures.length === 0 ? 0 : 1;
}

export const mib = (bytes) => (bytes === null || bytes === undefined ? "-" : (bytes / 1024 / 1024).toFixed(1));
