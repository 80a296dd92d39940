// `npm run demo`: optimizes a scratch copy of examples/sensor-pipeline and checks what it must show.
// The copy is kept under .reports/demo, so that a second run resumes it; `-- --fresh` or a changed example starts over.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { conclude, mib, reports } from "./report.mjs";
import { afterSetup, hash, python, root } from "./setup.mjs";

const example = "examples/sensor-pipeline";
const project = join(reports, "demo", "sensor-pipeline");
const target = "tests/test_tiers.py::test_medium";
const goal = { share: 0.8, keeps: 4 };

const git = (...args) =>
  execFileSync("git", ["-c", "user.name=demo", "-c", "user.email=demo@example.invalid", ...args], {
    cwd: project,
    encoding: "utf8",
  }).trim();

/** Files of the example that a user would have, from the repository's root. */
function exampleFiles() {
  return readdirSync(join(root, example), { recursive: true, encoding: "utf8" })
    .map((file) => join(example, file))
    .filter((file) => !/__pycache__|\.pytest_cache|\.codeflash/.test(file) && statSync(join(root, file)).isFile())
    .sort();
}

function scratchCopy() {
  const files = exampleFiles();
  const stamp = join(reports, "demo/example.sha256");
  const wanted = hash(files);
  const resumable = existsSync(join(project, ".git")) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  if (resumable && !process.argv.includes("--fresh")) return;
  rmSync(join(reports, "demo"), { recursive: true, force: true });
  for (const file of files) cpSync(join(root, file), join(project, relative(example, file)));
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("commit", "-q", "-m", "sensor-pipeline 1.4.0");
  writeFileSync(stamp, wanted);
}

/** Commits after the base, oldest first, with whether the example's tests pass there. */
function keptCommits(base, head) {
  const ids = git("rev-list", "--reverse", `${base}..${head}`).split("\n").filter(Boolean);
  return ids.map((id) => {
    const tree = mkdtempSync(join(tmpdir(), "demo-commit-"));
    git("worktree", "add", "--detach", "--force", "-q", tree, id);
    const tests = spawnSync(python, ["-m", "pytest", "-q", "-p", "no:cacheprovider"], { cwd: tree, encoding: "utf8" });
    git("worktree", "remove", "--force", tree);
    return { id, subject: git("log", "-1", "--format=%s", id), green: tests.status === 0 };
  });
}

function shortfalls(answer, commits, handoff) {
  const { before, after } = answer.heapPeakBytes;
  const share = (before - after) / before;
  const discards = answer.experiments.filter((it) => it.status === "discard");
  const failures = [];
  const need = (ok, text) => ok || failures.push(text);
  need(share >= goal.share, `the peak fell by ${(share * 100).toFixed(1)} %, not by ${goal.share * 100} %`);
  need(commits.length >= goal.keeps, `${commits.length} experiments were kept, not ${goal.keeps}`);
  need(
    commits.every((it) => it.subject.startsWith("mem: ")),
    "a kept commit has no `mem: ` prefix",
  );
  need(
    commits.every((it) => it.green),
    "the tests fail at a kept commit",
  );
  need(discards.length > 0, "no change without gain was discarded");
  need(answer.plateau !== null, "no plateau");
  need(answer.tables.length === commits.length + 1, "a per-stage table is missing");
  for (const heading of [
    "### Current tier breakdown",
    "### Irreducibility summary",
    "### Blocked approaches",
    "### Remaining targets",
  ]) {
    need(handoff.includes(heading), `HANDOFF.md lacks "${heading}"`);
  }
  return failures;
}

await afterSetup(async () => {
  scratchCopy();
  const answerPath = join(reports, "demo", "answer.json");
  const done = spawnSync(
    process.execPath,
    [
      join(root, "bin/codeflash-memory.js"),
      "optimize",
      target,
      "--tests",
      "tests -k 'not large'",
      "--python",
      python,
      "--json-file",
      answerPath,
    ],
    { cwd: project, stdio: "inherit" },
  );
  if (done.status !== 0) return conclude("demo", {}, [`optimize ended with exit code ${done.status}`], "not finished");
  const answer = JSON.parse(readFileSync(answerPath, "utf8"));
  const seconds = answer.durationMs / 1000; // of the whole session, however often it was resumed
  const commits = keptCommits(answer.base, answer.head);
  const failures = shortfalls(answer, commits, readFileSync(answer.records.handoff, "utf8"));
  console.log(`\nScratch copy: ${project}\nKept changes: git -C "${project}" log -p codeflash/optimize`);
  const { before, after } = answer.heapPeakBytes;
  const line = `heap peak ${mib(before)} → ${mib(after)} MiB (-${((1 - after / before) * 100).toFixed(1)} %), process peak ${mib(answer.processPeakBytes.before)} → ${mib(answer.processPeakBytes.after)} MiB, ${commits.length} kept, ${answer.experiments.length - commits.length} discarded, ${seconds.toFixed(0)} s`;
  return conclude("demo", { answer, commits, seconds }, failures, line);
});
