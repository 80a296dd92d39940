// `npm test`: set-up, types, lint, walls, dead code, tests; ends with `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { reports } from "./report.mjs";
import { afterSetup, python, pythonTool, pythonTools, root } from "./setup.mjs";

const bin = (name) => join(root, "node_modules/.bin", process.platform === "win32" ? `${name}.cmd` : name);

const ours = ["--config-file", "python/pyproject.toml", "--cache-dir", ".setup/mypy", "--namespace-packages", "-p", "python"];
const checks = [
  ["types", bin("tsc"), ["-p", "tsconfig.json"]],
  ["types of the pure rooms", bin("tsc"), ["-p", "tsconfig.pure.json"]],
  ["types of the pages", bin("tsc"), ["-p", "web/tsconfig.json"]],
  ["lint and format", bin("biome"), ["check", "."]],
  ["dead code", bin("knip"), []],
  ["package", bin("publint"), []],
  ["types of the Python programs", pythonTool("mypy"), ours],
  ["lint of the Python programs", pythonTool("ruff"), ["check", "--no-cache", "python"]],
];

function vitest(args) {
  const report = join(reports, "vitest.json");
  mkdirSync(reports, { recursive: true });
  rmSync(report, { force: true });
  const done = spawnSync(
    bin("vitest"),
    ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...args],
    {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, CODEFLASH_MEMORY_TEST_PYTHON: python },
    },
  );
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites, testResults } = JSON.parse(
      readFileSync(report, "utf8"),
    );
    const unloadable = testResults.filter((it) => it.status === "failed" && it.assertionResults.length === 0).length;
    const failed = numFailedTests + unloadable;
    return {
      passed: numPassedTests,
      failed: failed === 0 && (done.status !== 0 || numFailedTestSuites > 0) ? 1 : failed,
      skipped: numPendingTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

await afterSetup(async () => {
  const args = process.argv.slice(2);
  let passed = 0;
  let failed = 0;
  if (args.length === 0) {
    await pythonTools();
    for (const [name, command, words] of checks) {
      const done = spawnSync(command, words, { cwd: root, encoding: "utf8" });
      const ok = done.status === 0;
      console.log(`${ok ? "ok  " : "FAIL"} ${name}`);
      if (!ok) console.log(`${done.stdout ?? ""}${done.stderr ?? ""}${done.error?.message ?? ""}`);
      if (ok) passed++;
      else failed++;
    }
  }
  const tests = vitest(args);
  passed += tests.passed;
  failed += tests.failed;
  console.log(`${passed} passed, ${failed} failed${tests.skipped > 0 ? `, ${tests.skipped} skipped` : ""}`);
  return failed === 0 ? 0 : 1;
});
