import type { TestRun } from "../vocabulary/measurement.ts";

const good = (outcome: string | undefined) => outcome === "passed" || outcome === "xfailed" || outcome === "xpassed";

/** Tests that decide: passed in every baseline run. */
export function decidingTests(baseline: readonly TestRun[]): Set<string> {
  const names = new Set(baseline.flatMap((run) => Object.keys(run.outcomes)));
  return new Set([...names].filter((name) => baseline.every((run) => good(run.outcomes[name]))));
}

/** Tests that failed or flaked before any change: left out of the verdicts, named in the report (method.md, 1.5). */
export function excludedTests(baseline: readonly TestRun[]): string[] {
  const deciding = decidingTests(baseline);
  const names = new Set(baseline.flatMap((run) => Object.keys(run.outcomes)));
  return [...names].filter((name) => !deciding.has(name) && !baseline.every((run) => run.outcomes[name] === "skipped")).sort();
}

/**
 * Tests that passed before and do not now. With more than one run of the candidate, only what failed in each of them:
 * a failure is always repeated once, so that a flake that the baseline did not show is not blamed on the change.
 */
export function brokenTests(baseline: readonly TestRun[], candidate: readonly TestRun[]): string[] {
  if (candidate.length === 0) return [];
  return [...decidingTests(baseline)].filter((name) => candidate.every((run) => !good(run.outcomes[name]))).sort();
}

/** Counts for a results.tsv row. */
export function testCounts(run: TestRun | undefined): { passed: number; failed: number } | null {
  if (!run) return null;
  const outcomes = Object.values(run.outcomes);
  return { passed: outcomes.filter(good).length, failed: outcomes.filter((it) => it === "failed" || it === "error").length };
}
