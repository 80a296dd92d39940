// `npm run pace`: how long a session takes beside the target's own runs that its verdicts need, with one run at once and with two.
// The fixed count, whatever the session really ran: per verdict 3 alternating pairs, 1 test run, 1 re-profile (its passes one after
// the other), each as long as it takes here, measured alone in this very run. Beside it, what of the session was no run of target or
// tests at all: the method asks for more runs than the count has (traced ones, a second round for small gains, clocks, the recorder,
// milestones, the baseline and the first table).
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { casesFolder, caseWords, prepareCase } from "./case-project.mjs";
import { conclude, reports } from "./report.mjs";
import { afterSetup, python, root } from "./setup.mjs";

const goal = { 1: 1.3, 2: 0.8 };
const demo = {
  name: "sensor-pipeline",
  project: () => freshCopy("examples/sensor-pipeline"),
  words: ["tests/test_tiers.py::test_medium", "--tests", "tests -k 'not large'", "--python", python],
};
/** Two real projects, one with several verdicts and one with a single one; without their folder the demo stands alone. */
const cases = ["pyyaml_marks", "treelib_nodes"]
  .filter((name) => existsSync(join(casesFolder, name)))
  .map((name) => ({
    name,
    project: () => prepareCase(casesFolder, name, join(reports, "pace", name), true),
    words: caseWords(JSON.parse(readFileSync(join(casesFolder, name, "case.json"), "utf8"))),
  }));

const git = (cwd, ...args) =>
  execFileSync("git", ["-c", "user.name=pace", "-c", "user.email=pace@example.invalid", ...args], { cwd, stdio: "pipe" });

function freshCopy(files) {
  const project = join(reports, "pace", basename(files));
  rmSync(project, { recursive: true, force: true });
  const wanted = (path) => !/__pycache__|\.pytest_cache|\.codeflash/.test(path);
  cpSync(join(root, files), project, { recursive: true, filter: wanted });
  git(project, "init", "-q", "-b", "main");
  git(project, "add", "-A");
  git(project, "commit", "-q", "-m", "start");
  return project;
}

/** Seconds in which at least one run of target or tests was under way. */
function runSeconds(file) {
  const runs = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(" ").map(Number))
    .sort(([one], [other]) => one - other);
  let [covered, until] = [0, 0];
  for (const [began, ended] of runs) {
    covered += Math.max(0, ended - Math.max(began, until));
    until = Math.max(until, ended);
  }
  return covered / 1000;
}

/** What the session waited for, in seconds by the kind of the entry that ended the wait, longest first. */
function waits(entries) {
  const seconds = {};
  for (const [index, it] of entries.entries())
    seconds[it.kind] = (seconds[it.kind] ?? 0) + (it.ts - (entries[index - 1]?.ts ?? it.ts)) / 1000;
  return Object.fromEntries(Object.entries(seconds).sort(([, one], [, other]) => other - one));
}

/** Seconds of one session, its number of verdicts, what its own runs took (median, seconds), and what it waited for. */
function session({ project: made, words }, jobs) {
  const project = made();
  const bin = join(root, "bin/codeflash-memory.js");
  const times = join(reports, "pace", "run-times");
  rmSync(times, { force: true });
  const args = [
    "--require",
    join(root, "scripts/run-times.cjs"),
    bin,
    "optimize",
    ...words,
    "--fresh",
    "--jobs",
    String(jobs),
    "--json",
    "--full",
  ];
  const began = performance.now();
  const answer = JSON.parse(
    execFileSync(process.execPath, args, {
      cwd: project,
      env: { ...process.env, CODEFLASH_MEMORY_RUN_TIMES: times },
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 1 << 28,
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  const entries = readFileSync(answer.records.journal, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const of = (kind) => entries.filter((it) => it.kind === kind).map((it) => it.body);
  const sample =
    median(
      of("sampled")
        .filter((it) => it.side === "before")
        .map((it) => it.sample.durationMs),
    ) / 1000;
  const tests = median(of("tested").map((it) => it.run.durationMs)) / 1000;
  const profile = median(entries.flatMap((it, index) => (it.kind === "profiled" ? [it.ts - entries[index - 1].ts] : []))) / 1000;
  return { seconds, runs: runSeconds(times), verdicts: of("decided").length, sample, tests, profile, waits: waits(entries) };
}

async function main() {
  const rows = [];
  const shortfalls = [];
  for (const one of [demo, ...cases]) {
    const alone = session(one, 1);
    const { verdicts, sample, tests, profile } = alone;
    const own = verdicts * (6 * sample + tests + profile);
    for (const [jobs, run] of [
      [1, alone],
      [2, session(one, 2)],
    ]) {
      const pace = run.seconds / own;
      rows.push({
        case: one.name,
        jobs,
        verdicts: run.verdicts,
        seconds: run.seconds,
        runSeconds: run.runs,
        ownSeconds: own,
        pace,
        waits: run.waits,
      });
      console.error(
        `${one.name}, ${jobs} at once: ${run.seconds.toFixed(1)} s over ${own.toFixed(1)} s of ${verdicts} verdicts (run ${sample.toFixed(2)} s, tests ${tests.toFixed(2)} s, profile ${profile.toFixed(2)} s): ${pace.toFixed(2)}`,
      );
      console.error(
        `  ${(run.seconds / run.runs).toFixed(2)} times as long as some run of target or tests was under way (${run.runs.toFixed(1)} s)`,
      );
      const longest = Object.entries(run.waits).slice(0, 8);
      console.error(`  ${longest.map(([kind, seconds]) => `${kind} ${seconds.toFixed(1)} s`).join(", ")}`);
      if (pace > goal[jobs]) shortfalls.push(`${one.name} with ${jobs} at once: ${pace.toFixed(2)} is above ${goal[jobs]}`);
    }
  }
  return conclude("pace", { goal, rows }, shortfalls, `${cases.length + 1} projects, one and two runs at once`);
}

await afterSetup(main);
