import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { ensureCodeflashFolder, writeAtomic } from "../../adapters/disk/files.ts";
import { commitFiles } from "../../adapters/git/commit.ts";
import { type Repository, showFile } from "../../adapters/git/repository.ts";
import { pythonFolder } from "../../adapters/isolation/python-folder.ts";
import { pngOf } from "../../adapters/pictures/png.ts";
import { targetName } from "../../adapters/python/discover.ts";
import { findMemray } from "../../adapters/python/overlay.ts";
import { companion, type Group, groups, inOrder, joined, titleOf, topicOf } from "../../method/pull-requests.ts";
import { benchmarkScript, interpreterWords } from "../../records/benchmark-script.ts";
import { chartSvg } from "../../records/chart.ts";
import { mib } from "../../records/mib.ts";
import { pullRequestBody } from "../../records/pull-request.ts";
import { summary } from "../../records/summary.ts";
import { quoted } from "../../records/welcome.ts";
import { Failure } from "../../vocabulary/failure.ts";
import { type Measured, PullRequestRecord } from "../../vocabulary/pull-request.ts";
import type { Target } from "../../vocabulary/target.ts";
import { type Compared, compareRefs, inFreshTrees } from "../comparing.ts";
import { measuringPorts, type Project } from "../compose.ts";
import { editorOf } from "../isolate.ts";
import type { Work } from "./kept.ts";

/** What is prepared from, and how. */
export interface Preparation {
  repository: Repository;
  work: Work;
  /** One project for each target: they differ in nothing else. */
  projects: readonly [Project, ...Project[]];
  base: { ref: string; commit: string };
  /** All kept changes in one branch. */
  together: boolean;
  /** Measure again what was measured before. */
  fresh: boolean;
  version: string;
  tell(line: string): void;
}

/** A pull request as it lies under `.codeflash/pr/<topic>/`. */
export interface Prepared {
  group: Group;
  record: PullRequestRecord;
  folder: string;
  /** An earlier run of the same two commits was taken up. */
  again: boolean;
  /** Where the branch stood when it was prepared before; null: it was not. */
  previous: string | null;
  /** The picture of the chart; null: it could not be drawn here. */
  png: string | null;
}

const pullRequestFolder = (root: string, topic: string): string => join(root, ".codeflash", "pr", topic);

/** Groups the kept changes, makes a commit of each group on the base, measures it there, writes its files. Biggest gain first. */
export async function prepareAll(it: Preparation): Promise<Prepared[]> {
  await ensureCodeflashFolder(it.repository.root);
  const all = groups(it.work.kept);
  let waiting = it.together ? [joined(all)] : all;
  let done: Prepared[] = [];
  for (let group = waiting[0]; group !== undefined; group = waiting[0]) {
    it.tell(`[pr] ${titleOf(group)}`);
    const taken = done.map(({ record }) => record.topic);
    const { prepared, why } = await prepare(it, group, taken);
    const other = why === null ? null : companion(group, [...done.map((one) => one.group), ...waiting]);
    if (why !== null && other === null)
      throw new Failure(
        "target-failed",
        `Measured afresh against ${it.base.ref}, the kept changes do not stand: ${why}.`,
        "`codeflash-memory compare` shows the figures; nothing was written.",
      );
    if (other) {
      it.tell(`[pr] it does not stand by itself (${why}): it goes with "${titleOf(other)}"`);
      done = done.filter((one) => one.group !== other);
      waiting = inOrder([...waiting.filter((one) => one !== group && one !== other), joined([group, other])]);
    } else {
      if (prepared) done.push(prepared);
      waiting = waiting.slice(1);
    }
  }
  done.sort((a, b) => gainOf(b) - gainOf(a));
  for (const one of done) one.png = await writeFiles(one);
  return done;
}

/** What the first target gains, by the figure that decides. */
const gainOf = ({ record }: Prepared): number =>
  (record.measured[0]?.comparison.baseBytes ?? 0) - (record.measured[0]?.comparison.headBytes ?? 0);

/** `why`: what speaks against the group by itself; null: nothing. */
async function prepare(
  it: Preparation,
  group: Group,
  taken: string[],
): Promise<{ prepared: Prepared | null; why: string | null }> {
  const topic = topicOf(group, taken);
  const title = titleOf(group);
  const head = await commitOf(it, group, title);
  const folder = pullRequestFolder(it.repository.root, topic);
  const last = await recordIn(folder);
  const before = it.fresh || last?.program !== it.version ? null : last;
  const previous = last?.head ?? null;
  if (before?.head === head && before.base.commit === it.base.commit && before.measured.length === it.projects.length) {
    it.tell(`[pr] measured before at ${head.slice(0, 12)}: that run is used (--fresh measures again)`);
    return { prepared: { group, record: before, folder, again: true, previous, png: null }, why: null };
  }
  const measured: Measured[] = [];
  for (const project of it.projects) {
    const one = await measure(it, project, head, measured.length === 0).catch((error: unknown) => {
      if (error instanceof Failure && error.code === "target-failed") return error.message;
      throw error;
    });
    if (typeof one === "string") return { prepared: null, why: one };
    measured.push(one);
  }
  const why = unfit(measured);
  if (why !== null) return { prepared: null, why };
  const record = await withBenchmark(recordOf(it, group, { topic, title, head, measured }), it.projects[0]);
  return { prepared: { group, record, folder, again: false, previous, png: null }, why: null };
}

/** The commit of a group on the base: the head's text of its files, since nobody else's change is in them. */
async function commitOf({ repository, work, base }: Preparation, group: Group, title: string): Promise<string> {
  const files = new Map<string, Buffer>();
  for (const path of group.files) {
    const [began, there, after] = await Promise.all(
      [work.base, base.commit, work.head].map((commit) => showFile(repository.root, commit, path)),
    );
    if (!after) throw new Failure("wrong-use", `${path} is gone at the head of the kept changes.`, "Open that one by hand.");
    const same = began === null ? there === null : there !== null && there !== undefined && began?.equals(there);
    if (!same)
      throw new Failure(
        "wrong-use",
        `${path} changed on ${base.ref} since the session began.`,
        `Run \`codeflash-memory optimize\` again from ${base.ref}, or name the commit that it began from: --base ${work.base.slice(0, 12)}`,
      );
    files.set(path, after);
  }
  const last = group.kept.at(-1)?.experiment;
  const body = group.kept.map(({ experiment: { proposal } }) => `- ${proposal.summary}: ${proposal.checklist.mechanism}`);
  return commitFiles({
    root: repository.root,
    commonDir: repository.commonDir,
    parent: base.commit,
    files,
    newFiles: true,
    message: `${title}\n\n${body.join("\n")}\n`,
    dateSeconds: Math.floor((last?.openedAt ?? 0) / 1000),
  });
}

async function measure(it: Preparation, project: Project, head: string, withTests: boolean): Promise<Measured> {
  const name = targetName(project.target);
  return inFreshTrees(project, { editor: editorOf(it.work.session.settings) }, async (place) => {
    const tests = withTests ? it.work.session.tests : null;
    const compared = await compareRefs(project, place, [it.base.commit, head], tests, (line) =>
      it.tell(line.replace(/^\[compare\]/, `[pr] ${name}:`).replace(/([0-9a-f]{12})[0-9a-f]{28}/, "$1")),
    );
    const { base, head: after, found } = compared;
    return {
      target: name,
      base: { ...base, ref: it.base.ref },
      head: after,
      comparison: found,
      allocations: await allocations(project, place, compared),
    };
  });
}

/** memray finds the moment of the peak by itself. */
const noMoment = { peakBytes: 0, event: 0, stack: [] };

/** How often each side allocates, where memray is there to count it; nothing is fetched for it. */
async function allocations(
  project: Project,
  { trees, workplace }: Parameters<Parameters<typeof inFreshTrees>[2]>[0],
  { base, head }: Compared,
): Promise<Measured["allocations"]> {
  const memray = await findMemray(project.interpreter, { fetch: false });
  if (memray.kind === "none") return null;
  const ports = measuringPorts(project, { ...workplace, tests: null, treeOf: (commit) => trees.path(commit) });
  const counts: number[] = [];
  for (const { commit } of [base, head]) {
    const found = await ports.stacks(commit, memray, noMoment).catch(() => null);
    if (found?.allocations == null) return null;
    counts.push(found.allocations);
  }
  return { base: counts[0] as number, head: counts[1] as number };
}

/** Why what was measured is no pull request; null: it is one. */
function unfit(measured: readonly Measured[]): string | null {
  for (const { target, comparison: it } of measured) {
    if (it.broken.length > 0) return `${it.broken[0]} fails`;
    if (it.outputEqual === false) return `${target} gives another output`;
    if (it.process.change === "higher" || it.heap.change === "higher") return `the peak of ${target} rises`;
  }
  const lower = measured.some(({ comparison: it }) => it.process.change === "lower" || it.heap.change === "lower");
  return lower ? null : `no difference above ${mib(measured[0]?.comparison.noiseBytes ?? 0)} MiB of noise`;
}

function recordOf(
  it: Preparation,
  group: Group,
  { topic, title, head, measured }: Pick<PullRequestRecord, "topic" | "title" | "head" | "measured">,
): PullRequestRecord {
  const [project] = it.projects;
  const { pairs, thresholds } = project.settings;
  return {
    schema: 1,
    program: it.version,
    session: it.work.session.session,
    topic,
    branch: `mem/${topic}`,
    title,
    base: it.base,
    head,
    machine: {
      cpu: cpus()[0]?.model.trim() || "unknown processor",
      cores: cpus().length,
      memoryBytes: totalmem(),
      system: `${type()} ${release()}`,
    },
    pairs,
    thresholds,
    measured,
    changes: group.kept.map(({ experiment: { number, proposal }, files }) => ({
      experiment: number,
      summary: proposal.summary,
      mechanism: proposal.checklist.mechanism,
      safety: proposal.checklist.productionSafe,
      costs: proposal.declaredCosts,
      files: [...files],
    })),
    command: it.projects.map(({ target }) => compareCommand(it.base.commit, head, target, pairs)).join("\n"),
    benchmark: { file: "memory_benchmark.py", text: "" },
    summary: summary(it.work.state),
  };
}

function compareCommand(base: string, head: string, target: Target, pairs: number): string {
  const named = target.kind === "function" ? `${target.module}:${target.qualname}` : targetName(target);
  const more =
    target.kind === "function"
      ? [target.setup && `--setup ${quoted(target.setup)}`, target.args && `--args ${quoted(target.args)}`]
      : [];
  const words = [base.slice(0, 12), head.slice(0, 12), "--target", quoted(named), ...more, "--pairs", String(pairs)];
  return `codeflash-memory compare ${words.filter(Boolean).join(" ")}`;
}

/** The record that lies in a folder; null: none that this version wrote. */
async function recordIn(folder: string): Promise<PullRequestRecord | null> {
  const text = await readFile(join(folder, "record.json"), "utf8").catch(() => null);
  if (text === null) return null;
  try {
    return PullRequestRecord.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Writes the record and what is made of it. A body that somebody has written in stays as it is, as long as its run does. */
async function writeFiles({ record, folder, again }: Prepared): Promise<string | null> {
  const file = (name: string) => join(folder, name);
  const svg = chartSvg(record);
  const png = await pngOf(svg);
  if (!again) {
    await writeAtomic(file("record.json"), `${JSON.stringify(record, null, 2)}\n`);
    await writeAtomic(file(record.benchmark.file), record.benchmark.text);
  }
  if (!again || !existsSync(file("body.md"))) await writeAtomic(file("body.md"), pullRequestBody(record));
  await writeAtomic(file("chart.svg"), svg);
  if (png) await writeAtomic(file("chart.png"), png);
  return png ? file("chart.png") : null;
}

/** The benchmark's template with what this pull request measures. */
async function withBenchmark(record: PullRequestRecord, project: Project): Promise<PullRequestRecord> {
  const template = await readFile(join(pythonFolder, "templates", "peak_of_refs.py"), "utf8");
  const text = benchmarkScript(template, {
    base: record.base.commit,
    head: record.head,
    folder: project.cwd,
    words: interpreterWords(project.target),
    pairs: record.pairs,
  });
  return { ...record, benchmark: { ...record.benchmark, text } };
}
