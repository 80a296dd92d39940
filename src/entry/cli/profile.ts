import { targetName } from "../../adapters/python/discover.ts";
import { findMemray, type Memray } from "../../adapters/python/overlay.ts";
import { categories, settingsOf } from "../../method/categories.ts";
import { figureChoice, wantsMemray } from "../../method/figure-choice.ts";
import { type Growth, growthOf } from "../../method/growth.ts";
import { atThePeakLines, growthLines, nativeLines } from "../../records/at-the-peak.ts";
import { profileCsv } from "../../records/csv.ts";
import { fenced } from "../../records/markdown.ts";
import { mib } from "../../records/mib.ts";
import { stageTableLines } from "../../records/stage-table.ts";
import { takeProfile } from "../../steps/profile.ts";
import type { Sample } from "../../vocabulary/measurement.ts";
import type { Profile } from "../../vocabulary/profile.ts";
import type { PeakStacks } from "../../vocabulary/stacks.ts";
import { copyNotes, wrongCode } from "../../vocabulary/strays.ts";
import { measuringInPlace, openProject, type Project } from "../compose.ts";
import type { Invocation } from "../invocation.ts";
import { outputVersion, type ProfileOutput } from "../output.ts";
import { parseTarget } from "../parse-target.ts";
import { memrayOf, writePictures, writeTables } from "./profile-files.ts";
import { type Ports, quickLook } from "./profile-quick.ts";
import { type Talk, talk } from "./talk.ts";

/** `profile`: runs the user's own tree as it is, changes nothing, works outside git too. */
export async function run(invocation: Invocation, out: Talk = talk(invocation.flags)): Promise<number> {
  const project = await openProject(invocation);
  out.tell([
    `[discovery] Python ${project.interpreter.version.join(".")} (${project.interpreter.runner}: ${project.interpreter.executable})`,
  ]);
  return measuringInPlace(project, invocation, async (ports) => {
    const quick = invocation.flags["quick"] === true ? await quickLook(project, ports, invocation, out) : null;
    if (quick !== null) return quick;
    const { profiler, bench, stacks } = ports;
    const sample = await out.during("running the target", () => bench.sample("worktree"));
    if (sample.exitCode !== 0)
      out.say([`[target] ended with exit code ${sample.exitCode}${sample.error ? `: ${sample.error}` : ""}`]);
    const copies = copyNotes("The target", sample.witness);
    const { profile } = await out
      .during("looking where the memory goes, in several runs", () =>
        takeProfile(profiler, "worktree", project.settings.function),
      )
      .catch((error) => {
        throw sample.witness.strays.length > 0 ? wrongCode("The target", sample.witness.strays) : error;
      });
    const notes = [...profile.notes, ...copies];
    const name = targetName(project.target);
    const native = wantsMemray(sample, profile.peak.peakBytes)
      ? await out.during("asking memray", () => nativeStacks(project, (memray) => stacks("worktree", memray, profile.peak)))
      : null;
    const choice = figureChoice(sample, profile.peak.peakBytes, native?.peakBytes ?? null);
    out.say([
      `[baseline] ${name}: heap peak ${mib(profile.peak.peakBytes)} MiB, process peak ${processPeak(sample)}`,
      `[baseline] ${choice.why}${choice.finds === "memray" ? "; so memray finds" : ""}`,
      `[baseline] Per-stage profiling: ${profile.table.pipeline.qualname} (${profile.table.why})`,
      ...stageTableLines(profile.table, out.width, out.bars),
      ...atThePeakLines(profile, sample.peakBytes, out.width, out.bars),
      ...(native && choice.finds === "memray" ? nativeLines(native, out.width, out.bars) : []),
      ...notes.map((note) => `  note: ${note}`),
    ]);
    const growth = await grownIn(project, invocation, ports, profile, out);
    const pictures = await writePictures(invocation, name, out, async () =>
      stacks("worktree", await memrayOf(project, out), profile.peak),
    );
    const lines = profile.census?.projectLines ?? [];
    const tables = await writeTables(
      invocation,
      {
        csv: () => profileCsv(profile.table, lines),
        markdown: () =>
          `# Peak memory of \`${name}\`\n\n${fenced([...stageTableLines(profile.table), ...atThePeakLines(profile, sample.peakBytes, 100)].join("\n"))}`,
      },
      out,
    );
    const answer: ProfileOutput = {
      schema: outputVersion,
      command: "profile",
      look: "full",
      target: name,
      heapPeakBytes: profile.peak.peakBytes,
      processPeakBytes: sample.peakBytes,
      processPeakIsLowerBound: sample.peakIsLowerBound,
      processes: sample.treePeak?.processes ?? null,
      nativePeakBytes: native?.peakBytes ?? null,
      figures: choice,
      targetMs: sample.targetMs,
      table: profile.table,
      dominantStage: profile.table.rows[profile.table.dominant] ?? null,
      growth,
      lines: (profile.census?.projectLines ?? []).slice(0, 20),
      types: (profile.census?.types ?? []).slice(0, 20),
      categories: profile.census ? categories(profile.census, sample.peakBytes) : [],
      settings: (profile.census ? settingsOf(profile.census) : []).flatMap((library) =>
        library.settings.map((it) => ({ library: library.package, ...it })),
      ),
      files: [...pictures, ...tables],
      notes,
      provenance: project.provenance,
    };
    await out.answer(answer);
    return sample.exitCode === 0 ? 0 : 1;
  });
}

/** How each line grows in the larger target that `--larger` names; empty without one. */
async function grownIn(
  project: Project,
  { flags, cwd }: Invocation,
  ports: Ports,
  profile: Profile,
  out: Talk,
): Promise<Growth[]> {
  if (typeof flags["larger"] !== "string") return [];
  const { profiler } = ports.of(parseTarget([flags["larger"]], cwd, {}));
  const { profile: larger } = await out.during("looking at the larger input", () =>
    takeProfile(profiler, "worktree", project.settings.function),
  );
  const rows = growthOf(profile, larger);
  out.say(growthLines(rows, profile.peak.peakBytes, larger.peak.peakBytes, out.width));
  return rows;
}

/** The stacks by every allocator, where memray is there; nothing is fetched for it. */
async function nativeStacks(project: Project, take: (memray: Memray) => Promise<PeakStacks | null>): Promise<PeakStacks | null> {
  const memray = await findMemray(project.interpreter, { fetch: project.settings.allow.includes("net") });
  return memray.kind === "there" ? take(memray) : null;
}

function processPeak({ peakBytes, peakIsLowerBound, treePeak }: Sample): string {
  if (peakBytes === null) return "- MiB";
  const many = treePeak && treePeak.processes > 1 ? ` of ${treePeak.processes} processes at one instant` : "";
  return `${peakIsLowerBound ? "at least " : ""}${mib(peakBytes)} MiB${many}`;
}
