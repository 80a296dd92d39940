// `npm run cases [-- NAME… --fresh --dir FOLDER]`: optimizes real third-party projects with known waste and scores the result.
// A case is a folder with setup.sh, case.json and a reference change; score.py in the folder above measures start, result and
// reference side by side. Projects are kept under .reports/cases, so that a repeated run resumes them. With CASE_SDISTS, a folder
// of source distributions, nothing that lies there is fetched again.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { casesFolder, caseWords, prepareCase } from "./case-project.mjs";
import { conclude, mib, reports } from "./report.mjs";
import { afterSetup, root } from "./setup.mjs";

const words = process.argv.slice(2);
const option = (name) => (words.includes(name) ? words.splice(words.indexOf(name), 2)[1] : undefined);
const given = option("--dir");
const folder = given ? resolve(given) : casesFolder;
const fresh = words.includes("--fresh");
const named = words.filter((it) => !it.startsWith("--"));
const work = join(reports, "cases");

/** What two measurements of the same program may differ by (MiB). */
const noiseMib = 0.5;

function run(command, args, options = {}) {
  return spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
}

function optimize(name, project, meta) {
  const answerPath = join(work, `${name}.json`);
  rmSync(answerPath, { force: true });
  const args = [join(root, "bin/codeflash-memory.js"), "optimize", ...caseWords(meta), "--json-file", answerPath];
  const done = run(process.execPath, fresh ? [...args, "--fresh"] : args, { cwd: project });
  writeFileSync(join(work, `${name}.log`), `${done.stdout}\n${done.stderr}`);
  if (!existsSync(answerPath))
    throw new Error(`optimize ended with exit code ${done.status}: ${done.stderr.trim().split("\n")[0]}`);
  return JSON.parse(readFileSync(answerPath, "utf8"));
}

/** A clone with the result checked out and the case's environment beside it: what score.py takes. */
function score(name, project, head) {
  const result = join(work, `${name}.result`);
  rmSync(result, { recursive: true, force: true });
  const cloned = run("git", ["clone", "-q", "--no-checkout", project, result]);
  if (cloned.status !== 0) throw new Error(`the result cannot be cloned: ${cloned.stderr}`);
  run("git", ["fetch", "-q", "origin", "+refs/codeflash/*:refs/codeflash/*", "+refs/tags/*:refs/tags/*"], { cwd: result });
  const checkout = run("git", ["checkout", "-q", "--detach", head], { cwd: result });
  if (checkout.status !== 0) throw new Error(`the result cannot be checked out: ${checkout.stderr}`);
  symlinkSync(join(project, ".venv"), join(result, ".venv"));
  const done = run("python3", [join(folder, "score.py"), result, "--case", name]);
  if (done.status !== 0) throw new Error(`scoring failed: ${done.stderr.trim().split("\n").at(-1)}`);
  return JSON.parse(done.stdout);
}

function one(name) {
  const began = Date.now();
  try {
    if (!existsSync(join(folder, name, "case.json"))) throw new Error(`there is no such case in ${folder}`);
    const meta = JSON.parse(readFileSync(join(folder, name, "case.json"), "utf8"));
    const project = prepareCase(folder, name, join(work, name), fresh);
    const answer = optimize(name, project, meta);
    const scored = score(name, project, answer.head);
    // A session that is taken up at its plateau tells of what came since alone; the branch has all of it.
    const kept = Number(run("git", ["rev-list", "--count", `HEAD..${answer.head}`], { cwd: project }).stdout);
    return {
      name,
      ...scored,
      kept,
      discarded: answer.experiments.filter((it) => it.status !== "keep").length,
      optimizeSeconds: Math.round(answer.durationMs / 1000),
      seconds: Math.round((Date.now() - began) / 1000),
      why: answer.nothingReducible ?? heapAlone(answer),
    };
  } catch (error) {
    return { name, crash: error.message, seconds: Math.round((Date.now() - began) / 1000) };
  }
}

/** Why the process may stand as high as before although changes were kept. */
function heapAlone({ heapPeakBytes, plateau }) {
  const heap = `the kept changes lower Python's heap, ${mib(heapPeakBytes.before)} → ${mib(heapPeakBytes.after)} MiB`;
  return `${heap}; ${plateau ? `${plateau.why}; ${plateau.irreducible}` : "the session did not reach its plateau"}`;
}

const isBetter = (it) => !it.crash && it.tests_ok && it.before - it.after > noiseMib;

function tell(it) {
  if (it.crash) return console.log(`${it.name}: CRASH ${it.crash}`);
  const share = it.fraction_of_reference === null ? "-" : `${(it.fraction_of_reference * 100).toFixed(0)} %`;
  console.log(
    `${it.name}: process peak ${it.before} → ${it.after} MiB (by hand ${it.reference_after}), share of the hand-made fix ${share}, tests ${it.tests_ok ? "ok" : "BROKEN"}, ${it.kept} kept, ${it.discarded} discarded, ${it.optimizeSeconds} s`,
  );
  if (!isBetter(it)) console.log(`  ${it.why}`);
}

function shortfalls(results) {
  const failures = [];
  for (const it of results) {
    if (it.crash) failures.push(`${it.name} crashed: ${it.crash}`);
    else if (!it.tests_ok) failures.push(`${it.name}: a test broke or the output changed`);
    else if (it.after > it.before + noiseMib) failures.push(`${it.name} got worse`);
  }
  const better = results.filter(isBetter).length;
  if (better * 2 < results.length) failures.push(`only ${better} of ${results.length} improved by more than their noise`);
  return failures;
}

await afterSetup(async () => {
  if (!existsSync(join(folder, "score.py"))) {
    console.error(`There are no cases at ${folder}. Name their folder with --dir or CODEFLASH_MEMORY_CASES.`);
    return 2;
  }
  const all = readdirSync(folder).filter(
    (it) => statSync(join(folder, it)).isDirectory() && existsSync(join(folder, it, "case.json")),
  );
  const results = (named.length > 0 ? named : all.sort()).map((name) => {
    const result = one(name);
    tell(result);
    return result;
  });
  const better = results.filter(isBetter).length;
  const shares = results.flatMap((it) => (typeof it.fraction_of_reference === "number" ? [it.fraction_of_reference] : []));
  const mean = shares.length > 0 ? shares.reduce((a, b) => a + b, 0) / shares.length : 0;
  return conclude(
    "cases",
    { results },
    shortfalls(results),
    `${better} of ${results.length} improved, mean share of the hand-made fix ${(mean * 100).toFixed(0)} %`,
  );
});
