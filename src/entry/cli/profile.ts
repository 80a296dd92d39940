import { relative } from "node:path";
import { targetName } from "../../adapters/python/discover.ts";
import { mib } from "../../records/mib.ts";
import { stageTableLines } from "../../records/stage-table.ts";
import { takeProfile } from "../../steps/profile.ts";
import type { Profile } from "../../vocabulary/profile.ts";
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
      ...drillDown(profile, out.width),
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
      notes: profile.notes,
      provenance: project.provenance,
    };
    await out.answer(answer);
    return sample.exitCode === 0 ? 0 : 1;
  });
}

/** The lines that hold the memory at the peak, and what it is (method.md, 3.3). */
function drillDown(profile: Profile, width: number): string[] {
  const census = profile.census;
  if (!census) return [];
  const place = profile.peak.stack[0];
  const lines = ["", `At the peak${place ? ` (${place.file}:${place.line} in ${place.function})` : ""}, by line:`];
  const room = Math.max(20, width - 42);
  lines.push(`  ${"Line".padEnd(room)} ${"MiB".padStart(9)} ${"Blocks".padStart(10)} ${"Average B".padStart(10)}`);
  for (const it of census.projectLines.slice(0, 10)) {
    const name = `${it.file.startsWith("/") ? relative("/", it.file) : it.file}:${it.line} ${it.function}`;
    const cut = name.length > room ? `…${name.slice(name.length - room + 1)}` : name.padEnd(room);
    lines.push(
      `  ${cut} ${mib(it.bytes).padStart(9)} ${String(it.blocks).padStart(10)} ${String(Math.round(it.bytes / Math.max(it.blocks, 1))).padStart(10)}`,
    );
  }
  lines.push("", "What it is:", `  ${"Type".padEnd(room)} ${"MiB".padStart(9)} ${"Objects".padStart(10)}`);
  for (const it of census.types.slice(0, 8)) {
    lines.push(`  ${it.type.slice(0, room).padEnd(room)} ${mib(it.bytes).padStart(9)} ${String(it.count).padStart(10)}`);
  }
  const dead = census.locals.filter((it) => it.state === "dead" && it.exclusiveBytes >= 1024 * 1024);
  if (dead.length > 0) lines.push("", "Never read again, yet alive at the peak:");
  for (const it of dead.slice(0, 5))
    lines.push(`  ${it.name} in ${it.function} (${it.file}:${it.line}): ${mib(it.exclusiveBytes)} MiB`);
  return lines;
}
