import { z } from "zod";
import { Coverage } from "../../vocabulary/look.ts";
import type { TestRun } from "../../vocabulary/measurement.ts";
import type { FunctionRef } from "../../vocabulary/target.ts";
import { Usage } from "../../vocabulary/usage.ts";
import { answersOf, type ProbeRun } from "./probe.ts";
import { testRunOf } from "./runs.ts";

/** So many tests may end otherwise under the recorder; the others are then recorded without them. */
const fewTests = 3;

export interface WatchingRuns {
  /** A run of tests or target with the recorder. */
  watched(commit: string, request: Record<string, unknown>): Promise<ProbeRun>;
  /** The tests without it: the first run of them, whichever target asked. */
  plain(commit: string): Promise<TestRun>;
  /** Arguments of pytest. Null: there are no tests that can be watched. */
  tests: string[] | null;
  /** The target as pytest names it. Null: it is no test. */
  targetTest: string | null;
}

/** What tests and target do with the classes and values that a mind asks about. */
export class Watching {
  private readonly runs: WatchingRuns;

  constructor(runs: WatchingRuns) {
    this.runs = runs;
  }

  async usage(commit: string, request: unknown): Promise<Usage | null> {
    const { tests, targetTest } = this.runs;
    const watch = (run: "tests" | "target", more: object) => this.runs.watched(commit, { run, usage: request, ...more });
    const plain = tests ? await this.runs.plain(commit) : null;
    // a target that is one of the tests is watched with them
    const holds = (run: TestRun | null) => targetTest !== null && run?.outcomes[targetTest] === "passed";
    const [first, beside] = await Promise.all([tests && watch("tests", { tests }), holds(plain) ? null : watch("target", {})]);
    const changed = first && plain ? changedBy(plain, testRunOf(first)) : [];
    if (changed.length > fewTests) return null;
    // what waits for a clock fails beside a recorder: the others are watched again without it
    const tested = tests && changed.length > 0 ? await watch("tests", { tests: [...tests, ...deselecting(changed)] }) : first;
    const seen = tested && testRunOf(tested);
    if (seen && plain && changedBy(plain, seen).some((it) => !changed.includes(it))) return null;
    const target = beside ?? (holds(seen) ? tested : await watch("target", {}));
    const ran = target === tested || target?.exitCode === 0;
    const runs = new Set([tested, ran ? target : null]);
    const Part = z.looseObject({ classes: z.array(z.unknown()), values: z.array(z.unknown()) });
    const parts = [...runs].flatMap((it) => (it ? answersOf(it, "usage", Part) : []));
    return Usage.parse({
      runs: [...(tested ? ["tests"] : []), ...(ran ? ["target"] : [])],
      tests: Object.keys(seen?.outcomes ?? {}).length,
      testFiles: [...new Set(Object.keys(seen?.outcomes ?? {}).map(fileOf))].filter((it) => !changed.map(fileOf).includes(it)),
      classes: parts.flatMap((it) => it.classes),
      values: parts.flatMap((it) => it.values),
    });
  }

  async coverage(commit: string, functions: Pick<FunctionRef, "file" | "qualname">[]): Promise<Coverage[] | null> {
    const { tests } = this.runs;
    if (tests === null || functions.length === 0) return null;
    const plain = await this.runs.plain(commit);
    const run = await this.runs.watched(commit, { run: "tests", tests, usage: { lines: functions } });
    if (changedBy(plain, testRunOf(run)).length > 0) return null;
    return answersOf(run, "usage", z.looseObject({ lines: z.array(Coverage) })).at(-1)?.lines ?? null;
  }
}

/** Tests that pass alone and not under the recorder. */
function changedBy(plain: TestRun, seen: TestRun): string[] {
  return Object.entries(plain.outcomes)
    .filter(([name, outcome]) => outcome === "passed" && seen.outcomes[name] !== "passed")
    .map(([name]) => name);
}

const deselecting = (tests: readonly string[]): string[] => tests.map((it) => `--deselect=${it}`);

const fileOf = (test: string): string => test.split("::")[0] ?? test;
