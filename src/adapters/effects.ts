import { AsyncLocalStorage } from "node:async_hooks";

/** What reaches beyond this process and can be cut short: bytes at the end of the journal, whole files, names, git, programs. */
export type EffectKind = "append" | "truncate" | "write" | "rename" | "unlink" | "git" | "spawn";

/** Every effect of ours goes through one of these, so that a test can count them and let each one fail. */
export interface Effects {
  /** Does one thing. `half`: how it looks when it is cut short in the middle; absent: it is done or not. */
  run<T>(kind: EffectKind, act: () => Promise<T>, half?: () => Promise<unknown>): Promise<T>;
  /** The process that holds locks. */
  readonly pid: number;
}

const real: Effects = { run: (_, act) => act(), pid: process.pid };
const current = new AsyncLocalStorage<Effects>();

/** Those of the work under way; outside of a test the real ones. */
export const effects = (): Effects => current.getStore() ?? real;

/** Does some work with other effects, whatever it calls and awaits. */
export const withEffects = <T>(given: Effects, work: () => Promise<T>): Promise<T> => current.run(given, work);
