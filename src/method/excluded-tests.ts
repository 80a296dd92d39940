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

/** What a program says that needs a network or a server which is not there. */
const unreachable =
  /\b(ConnectionRefusedError|ConnectionError|ConnectError|ConnectTimeout|gaierror|NewConnectionError|URLError|OperationalError|ServerSelectionTimeoutError|(Network is unreachable|Name or service not known|Temporary failure in name resolution|Connection refused|could not connect to server|unable to open database))\b/i;

/** Why a test decides nothing, in a few words: what it said where it failed, and whether that is for want of a network or a database. */
export function whyExcluded(name: string, baseline: readonly TestRun[]): string {
  if (baseline.some((run) => good(run.outcomes[name]))) return "passes and fails by turns";
  const message = baseline.map((run) => run.messages[name]).find((it) => it) ?? "";
  const [line = ""] = message.split("\n");
  const said = line.length > 100 ? `${line.slice(0, 99)}…` : line;
  if (unreachable.test(message)) return `finds no network or database here: ${said}`;
  return said === "" ? "fails" : said;
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
