import { changedBetween, type Repository } from "../../adapters/git/repository.ts";
import type { Kept } from "../../method/pull-requests.ts";
import { keeps, type State } from "../../method/state.ts";
import { Failure } from "../../vocabulary/failure.ts";
import type { EntryOf } from "../../vocabulary/journal.ts";
import { sessionsOf } from "../open-session.ts";

/** The sessions that lead from a commit of the user's to the head of the kept changes, and what they kept. */
export interface Work {
  /** Of the last one. */
  session: EntryOf<"session-began">;
  state: State;
  journalPath: string;
  /** The user's commit that all of it began from. */
  base: string;
  head: string;
  kept: Kept[];
}

const nothing = (sentence: string) =>
  new Failure("wrong-use", sentence, "Run `codeflash-memory optimize <target>` first: a pull request is made of what it keeps.");

/** The kept changes of a session (the last one that kept something, or the named one), and of those that it was built on. */
export async function keptWork({ root, commonDir }: Repository, wanted: string | undefined): Promise<Work> {
  const { sessions } = await sessionsOf(commonDir);
  const last = sessions.findLast((it) => (wanted === undefined ? keeps(it.state).length > 0 : it.id === wanted));
  if (!last) throw nothing(wanted === undefined ? "No session has kept a change." : `There is no session ${wanted}.`);
  const { session } = last.state;
  if (!session || keeps(last.state).length === 0) throw nothing(`Session ${last.id} has kept no change.`);
  if (session.repos.length > 1)
    throw new Failure(
      "wrong-use",
      "The session changed several repositories together; a pull request is made of one.",
      "Open one in each by hand: git log codeflash/optimize shows its part.",
    );
  const chain = [last];
  for (let first = last; ; ) {
    const before = sessions.findLast(
      (it) => it.state.commit === first.state.session?.base && it !== first && keeps(it.state).length > 0,
    );
    if (!before || chain.includes(before)) break;
    chain.unshift(before);
    first = before;
  }
  const experiments = chain.flatMap((it) => keeps(it.state));
  const kept: Kept[] = [];
  for (const [order, experiment] of experiments.entries()) {
    const commit = experiment.implemented?.commit;
    if (!commit) continue;
    kept.push({ order, experiment, files: await changedBetween(root, experiment.parent, commit) });
  }
  return {
    session,
    state: last.state,
    journalPath: last.path,
    base: chain[0]?.state.session?.base ?? session.base,
    head: last.state.commit,
    kept,
  };
}
