import { join } from "node:path";
import { collectTests } from "../../adapters/python/collect.ts";
import { likelyBenchmarks, proposeTiers } from "../../method/propose-tiers.ts";
import { mib, mibOrDash } from "../../records/mib.ts";
import { Failure } from "../../vocabulary/failure.ts";
import { copyNotes } from "../../vocabulary/strays.ts";
import { excluded, inScratch, measuringInPlace, openProject, openSurroundings } from "../compose.ts";
import type { Invocation } from "../invocation.ts";
import { outputVersion, type SurveyOutput } from "../output.ts";
import { type Talk, talk } from "./talk.ts";

/** So many tests are measured at most where no tiers are configured. */
const mostProposed = 12;

/** `survey`: the peak of every tier, before anything is changed; without tiers, of the tests that look like benchmarks. */
export async function run(invocation: Invocation): Promise<number> {
  const out = talk(invocation.flags);
  const { settings } = await openSurroundings(invocation);
  const configured = Object.keys(settings.tiers).length > 0;
  const named = configured ? await openProject({ ...invocation, target: [] }) : null;
  const targets = named ? named.tiers.map((it) => ({ tier: it.name, words: it.targetName })) : await found(invocation, out);
  const rows: SurveyOutput["tiers"] = [];
  for (const { tier, words } of targets) {
    const project = await openProject({ ...invocation, target: [words], flags: { ...invocation.flags, tier: undefined } });
    const { row, notes } = await out.during(`measuring ${words}`, () =>
      measuringInPlace(project, invocation, async ({ bench }) => {
        const sample = await bench.sample("worktree");
        const traced = sample.exitCode === 0 ? await bench.traced("worktree") : null;
        const row = {
          tier,
          target: words,
          heapPeakBytes: traced?.heapPeakBytes ?? null,
          processPeakBytes: sample.peakBytes,
          targetMs: sample.targetMs,
          error: sample.error,
        };
        return { row, notes: copyNotes("The target", sample.witness) };
      }),
    );
    rows.push(row);
    out.say([line(row), ...notes.map((note) => `  note: ${note}`)]);
  }
  const proposed = named
    ? {}
    : proposeTiers(
        rows.flatMap((it) => (it.heapPeakBytes === null ? [] : [{ name: it.target, heapPeakBytes: it.heapPeakBytes }])),
      );
  if (!named) out.say(proposal(proposed));
  const answer: SurveyOutput = { schema: outputVersion, command: "survey", tiers: rows, proposed };
  await out.answer(answer);
  return rows.some((it) => it.error !== null) ? 1 : 0;
}

function line(row: SurveyOutput["tiers"][number]): string {
  const name = row.tier === null ? row.target : `Tier ${row.tier}: ${row.target}`;
  if (row.error !== null) return `${name}: fails (${row.error})`;
  return `${name}: peak=${mibOrDash(row.heapPeakBytes)} MiB, process ${row.processPeakBytes === null ? "-" : mib(row.processPeakBytes)} MiB, ${((row.targetMs ?? 0) / 1000).toFixed(2)} s`;
}

function proposal(tiers: SurveyOutput["proposed"]): string[] {
  const lines = Object.entries(tiers).map(([name, target]) => `${name} = ${JSON.stringify(target)}`);
  if (lines.length === 0)
    return ["", 'None of these holds a MiB of Python\'s heap: name targets yourself with --tier "b=run.py small.csv".'];
  return ["", "Proposed for pyproject.toml:", "", "[tool.codeflash-memory.tiers]", ...lines];
}

async function found(invocation: Invocation, out: Talk): Promise<{ tier: null; words: string }[]> {
  const { root, cwd, interpreter, settings } = await openSurroundings(invocation);
  const project = { root, tree: root, exclude: excluded(interpreter) };
  const { nodeIds, error } = await out.during("collecting the tests", () =>
    inScratch({ root, interpreter, settings }, invocation, (workplace) =>
      collectTests({ ...workplace, executable: interpreter.executable, cwd: join(root, cwd), timeoutMs: 300_000 }, project),
    ),
  );
  if (nodeIds.length === 0)
    throw new Failure(
      "wrong-use",
      `There are no tiers, and no tests to propose some from${error ? ` (${error.split("\n")[0]})` : ""}.`,
      'Name them: --tier "b=run.py small.csv" --tier "a=run.py large.csv"',
    );
  const likely = likelyBenchmarks(nodeIds, mostProposed);
  out.tell([`[survey] ${nodeIds.length} tests; measuring the ${likely.length} that look most like benchmarks`]);
  return likely.map((words) => ({ tier: null, words }));
}
