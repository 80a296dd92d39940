import { targetName } from "../../adapters/python/discover.ts";
import { categories, settingsOf } from "../../method/categories.ts";
import { atThePeakLines } from "../../records/at-the-peak.ts";
import { mib } from "../../records/mib.ts";
import { stageTableLines } from "../../records/stage-table.ts";
import { takeProfile } from "../../steps/profile.ts";
import { measuringInPlace, openProject } from "../compose.ts";
import type { Invocation } from "../invocation.ts";
import { outputVersion, type ProfileOutput } from "../output.ts";
import { talk } from "./talk.ts";

/** `profile`: runs the user's own tree as it is, changes nothing, works outside git too. */
export async function run(invocation: Invocation): Promise<number> {
  const out = talk(invocation.flags);
  const project = await openProject(invocation);
  out.say([
    `[discovery] Python ${project.interpreter.version.join(".")} (${project.interpreter.runner}: ${project.interpreter.executable})`,
  ]);
  return measuringInPlace(project, async ({ profiler, bench }) => {
    const sample = await bench.sample("worktree");
    if (sample.exitCode !== 0)
      out.say([`[target] ended with exit code ${sample.exitCode}${sample.error ? `: ${sample.error}` : ""}`]);
    const profile = await takeProfile(profiler, "worktree", project.settings.function);
    const name = targetName(project.target);
    out.say([
      `[baseline] ${name}: heap peak ${mib(profile.peak.peakBytes)} MiB, process peak ${sample.peakBytes === null ? "-" : mib(sample.peakBytes)} MiB`,
      `[baseline] Per-stage profiling: ${profile.table.pipeline.qualname} (${profile.table.why})`,
      ...stageTableLines(profile.table, out.width),
      ...atThePeakLines(profile, sample.peakBytes, out.width),
      ...profile.notes.map((note) => `  note: ${note}`),
    ]);
    const answer: ProfileOutput = {
      schema: outputVersion,
      command: "profile",
      target: name,
      heapPeakBytes: profile.peak.peakBytes,
      processPeakBytes: sample.peakBytes,
      targetMs: sample.targetMs,
      table: profile.table,
      lines: (profile.census?.projectLines ?? []).slice(0, 20),
      types: (profile.census?.types ?? []).slice(0, 20),
      categories: profile.census ? categories(profile.census, sample.peakBytes) : [],
      settings: (profile.census ? settingsOf(profile.census) : []).flatMap((library) =>
        library.settings.map((it) => ({ library: library.package, ...it })),
      ),
      notes: profile.notes,
      provenance: project.provenance,
    };
    await out.answer(answer);
    return sample.exitCode === 0 ? 0 : 1;
  });
}
