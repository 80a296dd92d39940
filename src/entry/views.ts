import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomic } from "../adapters/disk/files.ts";
import type { State } from "../method/state.ts";
import { handoff, notesOf } from "../records/handoff.ts";
import { learnings } from "../records/learnings.ts";
import { beforeAfter } from "../records/lines.ts";
import { isRotated, resultsTsv } from "../records/results.ts";
import type { Project } from "./compose.ts";

const folder = (project: Project) => join(project.home, ".codeflash");

/** results.tsv and HANDOFF.md: views of the journals, the user's Notes kept to the letter. `earlier`: sessions before this one. */
export async function writeViews(project: Project, { earlier }: { earlier: readonly State[] }, state: State): Promise<void> {
  const path = join(folder(project), "HANDOFF.md");
  const notes = notesOf(await readFile(path, "utf8").catch(() => null));
  await writeAtomic(path, handoff(state, notes));
  const all = [...earlier, state];
  await writeAtomic(join(folder(project), "results.tsv"), resultsTsv(all));
  if (isRotated(all)) await writeAtomic(join(folder(project), "history", "results.tsv"), resultsTsv(all, true));
}

/** learnings.md: what was measured of all sessions, beside the user's own words. */
export async function writeLearnings(project: Project, { earlier }: { earlier: readonly State[] }, state: State): Promise<void> {
  const path = join(folder(project), "learnings.md");
  const text = await readFile(path, "utf8").catch(() => "");
  const after = learnings([...earlier, state], text);
  if (after !== text) await writeAtomic(path, after);
}

/** `.codeflash/experiments/NNN/`: the patch, the proposal with its checklist, the measurements, the verdict. */
export async function experimentFiles(project: Project, state: State, number: number): Promise<void> {
  const experiment = state.experiments.find((it) => it.number === number);
  if (!experiment) return;
  const own = join(folder(project), "experiments", String(number).padStart(3, "0"));
  const { proposal, implemented, samples, traced, clocks, tests, verdict } = experiment;
  await writeAtomic(join(own, "patch.diff"), implemented?.patch ?? "");
  await writeAtomic(join(own, "proposal.json"), `${JSON.stringify({ ...proposal, edits: undefined }, null, 2)}\n`);
  if (!verdict) return;
  await writeAtomic(
    join(own, "measurements.json"),
    `${JSON.stringify({ before: experiment.before, samples, traced, clocks, verdict }, null, 2)}\n`,
  );
  const failing = tests.flatMap((run) => Object.entries(run.messages).map(([name, message]) => `${name}: ${message}`));
  await writeAtomic(join(own, "log"), `${[beforeAfter(experiment, verdict), verdict.reason, ...failing].join("\n")}\n`);
}
