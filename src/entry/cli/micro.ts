import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runSnippet } from "../../adapters/python/micro.ts";
import { microResult } from "../../method/micro.ts";
import { mibOrDash, signedMib } from "../../records/mib.ts";
import { Failure } from "../../vocabulary/failure.ts";
import type { MicroRun } from "../../vocabulary/micro.ts";
import { inScratch, openSurroundings } from "../compose.ts";
import type { Invocation } from "../invocation.ts";
import { type MicroOutput, outputVersion } from "../output.ts";
import { type Talk, talk } from "./talk.ts";

/** `micro`: two snippets on the same setup, each run in a process of its own, in turns. Exit code 1 when their values differ. */
export async function run(invocation: Invocation, out: Talk = talk(invocation.flags)): Promise<number> {
  const [a, b, setup] = [await code(invocation, "a"), await code(invocation, "b"), await code(invocation, "setup")];
  if (a === null || b === null)
    throw new Failure(
      "wrong-use",
      "Two snippets are needed.",
      "Write --a 'list(map(str, rows))' --b '[str(it) for it in rows]'; @file.py reads a file.",
    );
  const { interpreter, settings, root } = await openSurroundings(invocation);
  const runs: { a: MicroRun[]; b: MicroRun[] } = { a: [], b: [] };
  let done = 0;
  const all = settings.pairs * 2 + 4;
  await inScratch({ interpreter, settings, root }, invocation, async (workplace) => {
    const context = { ...workplace, executable: interpreter.executable, cwd: root, timeoutMs: settings.timeout * 1000 };
    const once = async (side: "a" | "b", traced: boolean) => {
      const snippet = { name: `Snippet ${side.toUpperCase()}`, setup: setup ?? "", code: side === "a" ? a : b, traced };
      const what = `run ${++done} of ${all}`;
      runs[side].push(await out.during(what, () => runSnippet(context, snippet)));
    };
    for (let pair = 0; pair < settings.pairs; pair++)
      for (const side of pair % 2 === 0 ? (["a", "b"] as const) : (["b", "a"] as const)) await once(side, false);
    for (const side of ["a", "b", "a", "b"] as const) await once(side, true);
  });
  const result = microResult(runs.a, runs.b, settings.thresholds);
  const row = (name: string, it: typeof result.a) =>
    `${name}: ${mibOrDash(it.heapBytes)} MiB (process ${mibOrDash(it.processBytes)} MiB, ${it.durationMs === null ? "-" : it.durationMs.toFixed(1)} ms)`;
  out.say([
    row("A", result.a),
    row("B", result.b),
    `${result.gainBytes === null ? "not measured" : `${signedMib(-result.gainBytes)} MiB`}; values ${result.equal === null ? "differ from run to run" : result.equal ? "equal" : "DIFFERENT"}`,
  ]);
  const answer: MicroOutput = { schema: outputVersion, command: "micro", ...result };
  await out.answer(answer);
  return result.equal === false ? 1 : 0;
}

/** Code from a flag; `@file.py` reads it from a file. Null: the flag is not there. */
async function code({ flags, cwd }: Invocation, name: string): Promise<string | null> {
  const given = flags[name];
  if (typeof given !== "string") return null;
  if (!given.startsWith("@")) return given;
  return readFile(join(cwd, given.slice(1)), "utf8").catch(() => {
    throw new Failure("wrong-use", `--${name} ${given} cannot be read.`, "Name a file that is there, or write the code itself.");
  });
}
