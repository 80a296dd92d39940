/** What one look at a figure found. */
interface Reached {
  /** In words, with the number: `0 of 4 on every rung, at most 12 ms`. */
  reached: string;
  /** Why the goal is not reached; empty: it is. */
  shortfalls: string[];
  /** What cannot be tried on this machine, each with its reason. */
  skipped: string[];
  /** What the words rest on, for the JSON report. */
  details: unknown;
}

/**
 * One promise about safety that `npm run reliability` puts to the test. Each is a module `r<N>-….ts` beside this one that exports
 * it as `figure`; `test/reliability/figures.test.ts` takes the short form of all of them.
 */
export interface Figure {
  /** `R2` */
  id: string;
  /** What is counted. */
  what: string;
  goal: string;
  /** Whether it has to hold for root and for a user who is not. */
  bothUsers?: boolean;
  /** *Contract:* throws only when it could not be tried at all; that counts as falling short. `short`: seconds, not minutes. */
  measure(scope: "short" | "full"): Promise<Reached>;
}
