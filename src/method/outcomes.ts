import type { CallOutcome, FunctionOutcomes } from "../vocabulary/measurement.ts";

type Runs = readonly (readonly FunctionOutcomes[])[];

/** What came out otherwise, in words. `byType`: something was given before and after, of another type: a caller may not mind. */
export interface Difference {
  text: string;
  byType: boolean;
}

/**
 * What a changed function gives that it did not give before for the same arguments: another value, type, order, exception, or
 * arguments in another state. Null: nothing. Functions that differ between two runs of the base are left out.
 */
export function otherOutcome(before: Runs, after: Runs): Difference | null {
  for (const now of after.flat()) {
    const was = before.flatMap((run) => run.filter((it) => it.file === now.file && it.qualname === now.qualname));
    if (was.length === 0 || disagree(was.map((it) => it.rows))) continue;
    const difference = firstDifference(
      was.flatMap((it) => it.rows),
      now.rows,
    );
    if (difference !== null) return { ...difference, text: `${now.file}:${now.qualname} ${difference.text}` };
  }
  return null;
}

/** Whether two runs of the base give different things for one set of arguments: then they say nothing of the candidate. */
function disagree(runs: readonly (readonly CallOutcome[])[]): boolean {
  const [first = [], ...others] = runs;
  return others.some((rows) => firstDifference(first, rows) !== null);
}

/** The first call whose outcome is none of those that the same arguments had before, in words; null: there is none. */
export function firstDifference(before: readonly CallOutcome[], after: readonly CallOutcome[]): Difference | null {
  const known = new Map<string, CallOutcome[]>();
  for (const row of before) known.set(row.given, [...(known.get(row.given) ?? []), row]);
  for (const row of after) {
    const was = known.get(row.given);
    if (!was || was.some((it) => it.kind === row.kind && it.outcome === row.outcome)) continue;
    const [one] = was;
    if (one && one.kind !== row.kind) {
      const byType = ![one, row].some((it) => /raises|left/.test(it.kind));
      return { text: `${row.kind.replace(/^a /, "is a ")} where it ${past(one.kind)}, for the same arguments`, byType };
    }
    const result = (it: CallOutcome) => it.outcome.split(" ")[0];
    const sameResult = was.some((it) => result(it) === result(row));
    const text = sameResult ? "leaves its arguments in another state" : `${row.kind} of another content for the same arguments`;
    return { text, byType: false };
  }
  return null;
}

const past = (kind: string) =>
  kind
    .replace(/^gives/, "gave")
    .replace(/^raises/, "raised")
    .replace(/^a /, "was a ");
