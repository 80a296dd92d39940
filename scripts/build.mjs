// Bundles the program into dist/: one small entry, everything else in chunks that are loaded when used.
import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export async function build() {
  const esbuild = await import("esbuild");
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  rmSync(join(root, "dist"), { recursive: true, force: true });
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ["src/entry/cli/main.ts"],
    outdir: "dist",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    define: { __VERSION__: JSON.stringify(version) },
    logLevel: "warning",
  });
  // The pages: whole files, since a report holds them and may ask nobody for a part.
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ["web/report.tsx", "web/dashboard.tsx", "web/style/all.css"],
    outdir: "dist/web",
    entryNames: "[name]",
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    target: ["chrome123", "firefox120", "safari17.5"],
    tsconfig: "web/tsconfig.json",
    charset: "utf8",
    logLevel: "warning",
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
