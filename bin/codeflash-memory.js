#!/usr/bin/env node
import { existsSync } from "node:fs";

const built = new URL("../dist/main.js", import.meta.url);
if (existsSync(built)) {
  const { main } = await import(built.href);
  process.exitCode = await main(process.argv.slice(2));
} else {
  process.stderr.write("codeflash-memory: this checkout is not built yet.\n  Run `npm run setup` in it once.\n");
  process.exitCode = 4;
}
