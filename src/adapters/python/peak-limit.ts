import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../vocabulary/failure.ts";
import { runProcess } from "../isolation/run.ts";
import { environment, type ProbeContext } from "./probe.ts";

/** Where a memory test is run: the tree, the working directory in it, what runs it. */
export interface PinRun
  extends Pick<
    ProbeContext,
    "executable" | "scratch" | "marker" | "signal" | "confinement" | "environment" | "memoryLimitBytes"
  > {
  tree: string;
  cwd: string;
  timeoutMs: number;
}

/** Has the text of a memory test measure its target, and nothing else. MiB. *Contract:* throws `target-failed` where it does not run. */
export async function peakByFile(it: PinRun, text: string, time: number): Promise<number> {
  const folder = join(it.scratch, `pin-${time}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "peak_limit_under_test.py"), text);
  const code = `import sys; sys.path.insert(0, ${JSON.stringify(folder)}); import peak_limit_under_test as it; print("peak", it.peak_mib(${JSON.stringify(folder)}))`;
  const { output, exitCode, error } = await ran(it, ["-c", code], folder, `pin${time}`);
  const peak = /^peak ([\d.]+)$/m.exec(output)?.[1];
  if (exitCode === 0 && peak !== undefined) return Number(peak);
  throw new Failure(
    "target-failed",
    `The target does not run: ${error.trim().split("\n").slice(-3).join(" ")}`,
    "It must run to be measured.",
  );
}

/** Whether pytest finds nothing wrong with a test file. */
export async function runsGreen(it: PinRun, path: string): Promise<boolean> {
  return (await ran(it, ["-m", "pytest", "-q", "-p", "no:cacheprovider", path], it.scratch, "pin-test")).exitCode === 0;
}

async function ran(it: PinRun, words: readonly string[], folder: string, mark: string) {
  const [stdoutPath, stderrPath] = [join(folder, `${mark}.out`), join(folder, `${mark}.err`)];
  const env = environment(it, folder, { PYTHONDONTWRITEBYTECODE: "1" });
  const paths = [it.tree, join(it.tree, "src"), env["PYTHONPATH"]].filter((path) => path !== undefined && path !== "");
  const outcome = await runProcess({
    argv: [it.executable, ...words],
    cwd: it.cwd,
    env: { ...env, PYTHONPATH: paths.join(":") },
    stdoutPath,
    stderrPath,
    timeoutMs: it.timeoutMs,
    marker: `${it.marker}-${mark}`,
    signal: it.signal,
    memoryLimitBytes: it.memoryLimitBytes,
    confinement: it.confinement,
  });
  const [output, error] = await Promise.all([stdoutPath, stderrPath].map((path) => readFile(path, "utf8")));
  return { ...outcome, output: output ?? "", error: error ?? "" };
}
