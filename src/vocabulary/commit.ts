/**
 * A commit of a session names the state of all its repositories: one id each, in the session's order, joined by `+`. With a single
 * repository it is that repository's commit and nothing else.
 */
const joint = "+";

/** One id for each repository. */
export const idsOf = (commit: string): string[] => commit.split(joint);

export const commitOf = (ids: readonly string[]): string => ids.join(joint);

/** For people: the first letters of each id. */
export const shortCommit = (commit: string, letters = 12): string => commitOf(idsOf(commit).map((it) => it.slice(0, letters)));
