// Practice cases: a folder of real third-party projects, each with setup.sh and case.json. They are not part of this repository.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { root } from "./setup.mjs";

export const casesFolder = resolve(process.env.CODEFLASH_MEMORY_CASES ?? join(root, "../shared/cases"));

/** The case's project with its environment at `project`, made where it is not there yet. */
export function prepareCase(folder, name, project, fresh) {
  if (fresh) rmSync(project, { recursive: true, force: true });
  if (existsSync(join(project, ".git"))) return project;
  rmSync(project, { recursive: true, force: true });
  mkdirSync(dirname(project), { recursive: true });
  const done = spawnSync("bash", [join(folder, name, "setup.sh"), project], { encoding: "utf8", maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`set-up failed: ${done.stderr.trim().split("\n").at(-1)}`);
  return project;
}

/** Target and tests as words for `optimize`. */
export function caseWords(meta) {
  const tests = ["case_bench/test_case.py", ...(meta.upstream_args ?? []), ...(meta.upstream_tests ?? [])];
  return ["case_bench/workload.py medium", "--tests", tests.join(" "), "--python", ".venv/bin/python"];
}
