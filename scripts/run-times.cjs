// Loaded before the program by `npm run pace`: notes when each run of the target or the tests began and ended, in a file of lines.
const child = require("node:child_process");
const { appendFileSync } = require("node:fs");

const spawn = child.spawn;
child.spawn = (command, args, ...more) => {
  const words = Array.isArray(args) ? args : [];
  const isRun = words.some((it) => it.endsWith("boot.py")) && words.includes("probe");
  const began = Date.now();
  const started = spawn(command, args, ...more);
  if (isRun) started.once("exit", () => appendFileSync(process.env.CODEFLASH_MEMORY_RUN_TIMES, `${began} ${Date.now()}\n`));
  return started;
};
require("node:module").syncBuiltinESMExports();
