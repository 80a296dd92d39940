import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { targetName } from "../../adapters/python/discover.ts";
import { failsAbove } from "../../method/compare.ts";
import { comparisonLines, comparisonMarkdown } from "../../records/comparison.ts";
import { Failure } from "../../vocabulary/failure.ts";
import { compareRefs, inFreshTrees } from "../comparing.ts";
import { openProject } from "../compose.ts";
import { findTests } from "../find-tests.ts";
import type { Invocation } from "../invocation.ts";
import { type CompareOutput, outputVersion } from "../output.ts";
import { type Talk, talk } from "./talk.ts";

/** `compare`: two commits in fresh worktrees, measured in turns. Changes nothing. Exit code 1 with `--fail-above` and broken tests. */
export async function run(invocation: Invocation, out: Talk = talk(invocation.flags)): Promise<number> {
  const [baseName = "", headName = "HEAD"] = invocation.target;
  const { target } = invocation.flags;
  if (typeof target !== "string")
    throw new Failure("wrong-use", "No target was named.", "Name what is run on both sides: --target tests/test_x.py::test_y");
  const project = await openProject({ ...invocation, target: [target] });
  return inFreshTrees(project, invocation, async (place) => {
    const wanted = project.settings.tests !== undefined || project.settings.testCommand !== undefined;
    const tests = wanted ? findTests(project.settings, project.interpreter, join(project.root, project.cwd)) : null;
    const { base, head, found, notes } = await toldOnTheWay(out, (tell) =>
      compareRefs(project, place, [baseName, headName], tests, tell),
    );
    const name = targetName(project.target);
    out.say([...notes.map((it) => `[compare] ${it}`), ...comparisonLines(base, head, found)]);
    const { markdown, failAbove } = invocation.flags;
    if (typeof markdown === "string") await writeFile(markdown, comparisonMarkdown(name, base, head, found, notes));
    const answer: CompareOutput = {
      schema: outputVersion,
      command: "compare",
      target: name,
      base: { ...base, peakBytes: found.baseBytes },
      head: { ...head, peakBytes: found.headBytes },
      metric: found.metric,
      noiseBytes: found.noiseBytes,
      comparison: found,
      notes,
    };
    await out.answer(answer);
    return found.broken.length > 0 || failsAbove(found, typeof failAbove === "number" ? failAbove : null) ? 1 : 0;
  });
}

/** Says each line that the measuring says of itself, and shows the last one as what is done now. */
export function toldOnTheWay<T>(out: Talk, work: (tell: (line: string) => void) => Promise<T>): Promise<T> {
  let now = { now: "beginning", sinceMs: Date.now(), below: [] };
  const tell = (line: string) => {
    now = { ...now, now: line.replace(/^\[\w+\] /, ""), sinceMs: Date.now() };
    out.tell([line]);
  };
  return out.watching(
    () => now,
    () => work(tell),
  );
}
