import { join } from "node:path";
import { JournalFile } from "../../adapters/disk/journal.ts";
import { acquireLock } from "../../adapters/disk/lock.ts";
import { remoteOf } from "../../adapters/git/publish.ts";
import { type Repository, resolveCommit } from "../../adapters/git/repository.ts";
import { provenance, targetName } from "../../adapters/python/discover.ts";
import { advance, beginning } from "../../method/state.ts";
import { difference } from "../../records/chart.ts";
import { mib } from "../../records/mib.ts";
import { Failure } from "../../vocabulary/failure.ts";
import { openSurroundings, type Project } from "../compose.ts";
import type { Invocation } from "../invocation.ts";
import { lockPath, sessionsOf } from "../open-session.ts";
import { outputVersion, type PrOutput } from "../output.ts";
import { parseTarget } from "../parse-target.ts";
import { keptWork, type Work } from "../pull-requests/kept.ts";
import { type Prepared, prepareAll } from "../pull-requests/prepare.ts";
import { type Consent, type Published, publish } from "../pull-requests/publish.ts";
import { repositoryHere } from "../repository-here.ts";
import { writeViews } from "../views.ts";
import { toldOnTheWay } from "./compare.ts";
import { talk } from "./talk.ts";

/** `pr`: the kept changes as pull requests, measured afresh. Nothing leaves the machine without `--push` or `--open`. */
export async function run(invocation: Invocation): Promise<number> {
  const { flags, cwd } = invocation;
  const out = talk(flags);
  const repository = await repositoryHere(cwd, "Stand in the project whose changes you want.");
  const work = await keptWork(repository, text(flags["session"]));
  const base = await baseOf(repository, work, text(flags["base"]));
  const projects = await projectsOf(invocation, work);
  const lock = acquireLock(lockPath(repository.commonDir));
  if (!lock.held)
    throw new Failure(
      "held",
      `Another run (process ${lock.holder.pid}) works on this project.`,
      "Wait for it, or stop it with Ctrl-C.",
    );
  try {
    const prepared = await toldOnTheWay(out, (tell) =>
      prepareAll({
        repository,
        work,
        projects,
        base,
        together: flags["together"] === true,
        fresh: flags["fresh"] === true,
        version: invocation.version,
        tell,
      }),
    );
    const consent = await consentOf(invocation, repository, base.ref);
    const published: Published[] = [];
    for (const one of prepared) published.push(await publish(one, repository, consent, (line) => out.tell([line])));
    await remember(projects[0], work, repository, published);
    out.say(prepared.flatMap((one, index) => told(one, published[index] as Published)));
    const answer: PrOutput = {
      schema: outputVersion,
      command: "pr",
      base,
      pullRequests: prepared.map((one, index) => outputOf(one, published[index] as Published)),
    };
    await out.answer(answer);
    return 0;
  } finally {
    lock.release();
  }
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** The branch that the user was on, unless they name another; the commit itself where there was none. */
async function baseOf({ root }: Repository, work: Work, wanted: string | undefined): Promise<{ ref: string; commit: string }> {
  const branch = work.session.branch;
  const usable = branch !== null && !branch.startsWith("codeflash/") && !branch.startsWith("mem/");
  const ref = wanted ?? (usable ? branch : work.base);
  const commit = await resolveCommit(root, ref);
  if (commit === null)
    throw new Failure("wrong-use", `There is no commit ${ref} in ${root}.`, "Name the branch to merge into: --base main");
  return { ref, commit };
}

/** The session's own project, once for each of its targets, or for those that are named. */
async function projectsOf(invocation: Invocation, { session }: Work): Promise<[Project, ...Project[]]> {
  const { flags } = invocation;
  const cwd = join(session.root, session.cwd);
  const alone = await openSurroundings({ ...invocation, cwd, flags: { python: session.python, ...flags } });
  const repository = alone.repository;
  const named = Array.isArray(flags["target"]) ? flags["target"].map((it) => parseTarget([String(it)], cwd, {})) : null;
  const targets = named ?? session.tiers.map((it) => it.target);
  const pairs = typeof flags["pairs"] === "number" ? alone.settings.pairs : session.settings.pairs;
  const settings = { ...session.settings, pairs, timeout: alone.settings.timeout };
  const projects: Project[] = [];
  for (const target of targets)
    projects.push({
      ...alone,
      settings,
      together: repository ? [{ repository, at: "" }] : [],
      target,
      tiers: [{ name: "B", target, targetName: targetName(target) }],
      provenance: await provenance(alone.interpreter, target, alone.home),
      inputBytes: null,
    });
  return projects as [Project, ...Project[]];
}

async function consentOf({ flags }: Invocation, { root }: Repository, base: string): Promise<Consent> {
  const remote = text(flags["remote"]) ?? (await remoteOf(root, base)) ?? "origin";
  return { remote, push: flags["push"] === true, open: flags["open"] === true, assets: flags["assets"] === true };
}

/** The session's journal knows what became of its changes; HANDOFF.md shows it. */
async function remember(project: Project, work: Work, { commonDir }: Repository, published: readonly Published[]): Promise<void> {
  const journal = await JournalFile.open(work.journalPath, Date.now);
  try {
    const known = work.state.pullRequests.map((it) => JSON.stringify(it));
    for (const { entry } of published) if (!known.includes(JSON.stringify(entry))) await journal.append(entry);
    const { sessions } = await sessionsOf(commonDir);
    const last = sessions.at(-1)?.path === work.journalPath;
    const earlier = sessions.filter((it) => it.path !== work.journalPath).map((it) => it.state);
    if (last) await writeViews(project, { earlier }, journal.records.reduce(advance, beginning));
  } finally {
    await journal.close();
  }
}

function told({ record, folder, png }: Prepared, { entry, commands, notes }: Published): string[] {
  const figures = record.measured.map(
    ({ target, comparison: { process, heap } }) =>
      `  ${target}: process ${mib(process.baseBytes)} -> ${mib(process.headBytes)} MiB, ${difference(process.baseBytes, process.headBytes)}; heap ${mib(heap.baseBytes)} -> ${mib(heap.headBytes)} MiB, ${difference(heap.baseBytes, heap.headBytes)}`,
  );
  return [
    "",
    record.title,
    ...figures,
    `  branch ${record.branch}, ${entry.state}${entry.address ? `: ${entry.address}` : ""}`,
    `  ${folder}: body.md, record.json, ${record.benchmark.file}, chart.svg${png ? ", chart.png" : ""}`,
    ...notes.map((it) => `  note: ${it}`),
    ...(commands.length > 0 ? ["  To publish it:", ...commands.map((it) => `    ${it}`)] : []),
  ];
}

function outputOf({ record, folder, png }: Prepared, { entry, commands, notes }: Published): PrOutput["pullRequests"][number] {
  return {
    branch: record.branch,
    title: record.title,
    head: record.head,
    state: entry.state,
    address: entry.address,
    experiments: record.changes.map((it) => it.experiment),
    measured: record.measured.map(({ target, comparison }) => ({ target, comparison })),
    files: {
      body: join(folder, "body.md"),
      record: join(folder, "record.json"),
      benchmark: join(folder, record.benchmark.file),
      chart: join(folder, "chart.svg"),
      picture: png,
    },
    commands,
    notes,
  };
}
