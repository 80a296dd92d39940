import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

/** Path of a source file of the adapters, to be imported by a program of a test. */
export const source = (path: string): string => fileURLToPath(new URL(`../../src/adapters/${path}`, import.meta.url));

/** A TypeScript program made into a file that plain Node can run: for tests that kill or race whole processes. */
export function programOf(code: string): string {
  const outfile = join(mkdtempSync(join(tmpdir(), "program-")), "program.mjs");
  buildSync({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL("../..", import.meta.url)), loader: "ts" },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
    logLevel: "error",
  });
  return outfile;
}
