import { randomUUID } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { commitOf, idsOf } from "../../vocabulary/commit.ts";
import { Failure } from "../../vocabulary/failure.ts";
import type { Candidate, Workspace } from "../../vocabulary/ports.ts";
import type { Edit } from "../../vocabulary/proposal.ts";
import type { FunctionRef } from "../../vocabulary/target.ts";
import type { Seal } from "../disk/seal.ts";
import { checkedOutAt, commitFiles, deleteRef, diffOf, heldBy, modeOf, moveRef, tagsOf, undoCommit } from "./commit.ts";
import { changedSources, untrackedBytes } from "./inspect.ts";
import { type Checkout, isAncestor, resolveCommit, showFile } from "./repository.ts";
import { cleanPrefix, type Trees } from "./trees.ts";

export const branchName = "codeflash/optimize";

/** Says whether the text after the edits is the text before but for them, what is wrong where it is not, and which functions it has. */
type EditCheck = (paths: {
  before: string;
  after: string;
  edits: Edit[];
}) => Promise<{ ok: boolean; why: string; functions: string[] }>;

export interface WorkspaceOptions {
  /** Those that a session works on; paths and commits name all of them together. */
  checkouts: readonly [Checkout, ...Checkout[]];
  session: string;
  scratch: string;
  trees: Trees;
  verify: EditCheck;
  /** What nobody may change: the interpreter and our own programs. */
  seal: Seal;
}

/** The raw bytes after the edits, which are spans of the raw bytes before. */
export function applyEdits(before: Buffer, edits: readonly Edit[]): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    parts.push(before.subarray(at, edit.start), Buffer.from(edit.text, "utf8"));
    at = edit.end;
  }
  return Buffer.concat([...parts, before.subarray(at)]);
}

export function workspace(options: WorkspaceOptions): Workspace {
  const { checkouts, trees } = options;
  return {
    candidate: (parent, proposal, message, dateSeconds) => candidate(options, parent, proposal, message, dateSeconds),
    keep: (previous, commit) => keep(options, previous, commit),
    takeBack: (head, parent, commit, message, dateSeconds) => takeBack(checkouts, { head, parent, commit, message, dateSeconds }),
    tag: (commit) => tag(checkouts, commit),
    cleanClone: (commit) => `${cleanPrefix}${commit}`,
    read: (commit, file) => readFileOf(checkouts, commit, file),
    inspect: (commit, parent) => inspect(options, commit, parent),
    release: (except) => trees.release(except),
  };
}

async function inspect(
  { checkouts, trees, seal }: WorkspaceOptions,
  commit: string,
  parent: string,
): Promise<{ changed: string[]; leftBytes: number }> {
  const [after, before] = [await trees.path(commit), await trees.path(parent)];
  const [changed, broken, now, was] = await Promise.all([
    changedSources(after, checkouts),
    seal.broken(),
    untrackedBytes(after, checkouts),
    untrackedBytes(before, checkouts),
  ]);
  return { changed: [...changed, ...broken], leftBytes: Math.max(0, now - was) };
}

/** Which checkout a path belongs to, and the path in it; null: it lies in none. */
function within(checkouts: readonly Checkout[], path: string): { index: number; path: string } | null {
  const inside = checkouts
    .map(({ at }, index) => ({ at, index }))
    .filter(({ at }) => at === "" || path.startsWith(`${at}/`))
    .sort((a, b) => b.at.length - a.at.length)[0];
  return inside ? { index: inside.index, path: inside.at === "" ? path : path.slice(inside.at.length + 1) } : null;
}

/** The text of a file of a commit; null where it has none, or a link, whose text is the place that it leads to. */
export async function readFileOf(checkouts: readonly Checkout[], commit: string, file: string): Promise<Buffer | null> {
  const place = within(checkouts, file);
  const root = place && checkouts[place.index]?.root;
  const id = place ? (idsOf(commit)[place.index] ?? "") : "";
  return place && root && (await modeOf(root, id, place.path)) !== null ? showFile(root, id, place.path) : null;
}

async function candidate(
  options: WorkspaceOptions,
  parent: string,
  proposal: { edits: Edit[]; scope: string[] },
  message: string,
  dateSeconds: number,
): Promise<Candidate> {
  const ids = idsOf(parent);
  const files = options.checkouts.map(() => new Map<string, Buffer>());
  const functions = new Set<string>();
  for (const file of new Set(proposal.edits.map((it) => it.file))) {
    const place = within(options.checkouts, file);
    const checkout = place && options.checkouts[place.index];
    if (!place || !checkout) return { kind: "refused", reason: `${file} is in none of the repositories` };
    const edits = proposal.edits.filter((it) => it.file === file);
    const id = ids[place.index] ?? "";
    const before = await showFile(checkout.root, id, place.path);
    if (before !== null && (await modeOf(checkout.root, id, place.path)) === null)
      return { kind: "refused", reason: `${file} is a link, not a file` };
    if (before === null) return { kind: "refused", reason: `${file} is not in the commit` };
    if (edits.some((it) => it.end > before.length)) return { kind: "refused", reason: `an edit lies beyond the end of ${file}` };
    const after = applyEdits(before, edits);
    if (after.equals(before)) continue;
    const checked = await verified(options, before, after, edits);
    if (!checked.ok) return { kind: "refused", reason: `${file}: ${checked.why}` };
    for (const it of checked.functions) functions.add(`${file}:${it}`);
    files[place.index]?.set(place.path, after);
  }
  if (files.every((it) => it.size === 0)) return { kind: "refused", reason: "the edits change nothing" };
  const made: string[] = [];
  let patch = "";
  for (const [index, { root, commonDir, at }] of options.checkouts.entries()) {
    const [own, id] = [files[index] ?? new Map<string, Buffer>(), ids[index] ?? ""];
    const commit = own.size === 0 ? id : await commitFiles({ root, commonDir, parent: id, files: own, message, dateSeconds });
    made.push(commit);
    if (commit !== id) patch += await diffOf(root, id, commit, at);
  }
  const changedLines = patch.split("\n").filter((line) => /^[+-](?![+-]{2} )/.test(line)).length;
  return {
    kind: "made",
    commit: commitOf(made),
    patch,
    changedLines,
    changed: proposal.scope.filter((it) => functions.has(it)).map(reference),
  };
}

async function verified(options: WorkspaceOptions, before: Buffer, after: Buffer, edits: Edit[]): ReturnType<EditCheck> {
  const folder = join(options.scratch, `verify-${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  try {
    const paths = { before: join(folder, "before.py"), after: join(folder, "after.py") };
    await writeFile(paths.before, before);
    await writeFile(paths.after, after);
    return await options.verify({ ...paths, edits });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `file:qualname` of a scope as a function. */
function reference(scope: string): FunctionRef {
  const at = scope.lastIndexOf(":");
  return { file: scope.slice(0, at), qualname: scope.slice(at + 1), line: 1 };
}

/**
 * The session's refs first; the branches only while nobody has one checked out, and only where no commit is lost by it: what they
 * hold is in the new history, or at the ref of an earlier session. A branch that lags behind, because it was checked out at
 * earlier keeps, is brought up. In several repositories all move or none.
 */
async function keep(
  options: WorkspaceOptions,
  previous: string,
  commit: string,
): Promise<{ moved: boolean; why: string | null }> {
  const ref = `refs/codeflash/${options.session}`;
  const [before, after] = [idsOf(previous), idsOf(commit)];
  const refs = options.checkouts.map(({ root }, index) => ({ root, name: ref, to: after[index] ?? "" }));
  if (!(await moveTogether(refs)))
    throw new Failure(
      "harness-broken",
      `git did not move ${ref}.`,
      "Run the same command again: nothing that was recorded is lost.",
    );
  const moves: Move[] = [];
  const safe: string[] = [];
  for (const [index, { root, at }] of options.checkouts.entries()) {
    const to = after[index] ?? "";
    const answer = await mayMove(root, before[index] ?? "", to);
    if (typeof answer !== "string") {
      moves.push({ root, name: `refs/heads/${branchName}`, to });
      if (answer.heldBy !== null) safe.push(answer.heldBy);
    } else return { moved: false, why: `${at === "" ? "" : `in ${at} `}${answer}; the kept changes are at ${ref}` };
  }
  if (!(await moveTogether(moves))) return { moved: false, why: `git refused to move it; the kept changes are at ${ref}` };
  const [held] = safe;
  return { moved: true, why: held ? `what an earlier session kept there, from another commit, stays at ${held}` : null };
}

/** Why a branch may not move to a commit; else the ref that holds what it would lose (null: it loses nothing). */
async function mayMove(root: string, previous: string, commit: string): Promise<string | { heldBy: string | null }> {
  const user = await checkedOutAt(root, branchName);
  if (user !== null) return `it is checked out in ${user}`;
  const branch = await resolveCommit(root, `refs/heads/${branchName}`);
  const follows = branch === null || branch === previous || branch === commit || (await isAncestor(root, branch, commit));
  if (follows) return { heldBy: null };
  const held = await heldBy(root, branch);
  return held === null ? "it holds other commits" : { heldBy: held };
}

interface Move {
  root: string;
  name: string;
  to: string;
}

/** Moves refs in several repositories: when one does not move, those before it are put back. */
async function moveTogether(moves: readonly Move[]): Promise<boolean> {
  const done: (Move & { from: string | null })[] = [];
  for (const move of moves) {
    const from = await resolveCommit(move.root, move.name);
    const moved = await moveRef(move.root, move.name, move.to, from).catch((error) => {
      if (error instanceof Failure) return false;
      throw error;
    });
    if (moved) done.push({ ...move, from });
    else {
      for (const { root, name, to, from: back } of done.reverse()) {
        if (back === null) await deleteRef(root, name, to);
        else await moveRef(root, name, back, to);
      }
      return false;
    }
  }
  return true;
}

/** Undoes a commit in each repository that it changed; null where one of them cannot. */
async function takeBack(
  checkouts: readonly Checkout[],
  it: { head: string; parent: string; commit: string; message: string; dateSeconds: number },
): Promise<string | null> {
  const [heads, parents, ids] = [it.head, it.parent, it.commit].map(idsOf) as [string[], string[], string[]];
  const made: string[] = [];
  for (const [index, { root, commonDir }] of checkouts.entries()) {
    const [head, commit] = [heads[index] ?? "", ids[index] ?? ""];
    const { message, dateSeconds } = it;
    const back = commit === parents[index] ? head : await undoCommit({ root, commonDir, head, commit, message, dateSeconds });
    if (back === null) return null;
    made.push(back);
  }
  return commitOf(made);
}

const tagPrefix = `${branchName}-v`;

/** The commit's own milestone tag, or the next free one; the same in all repositories. */
async function tag(checkouts: readonly Checkout[], commit: string): Promise<string> {
  const ids = idsOf(commit);
  const known = await Promise.all(checkouts.map(({ root }) => tagsOf(root, tagPrefix)));
  const numberOf = (name: string) => Number(name.slice(tagPrefix.length));
  const numbers = known.flat().map((it) => numberOf(it.name));
  const last = Math.max(0, ...numbers.filter(Number.isInteger));
  const own = (name: string) =>
    known.every((tags, index) => [undefined, ids[index]].includes(tags.find((it) => it.name === name)?.commit));
  const name = `${tagPrefix}${last > 0 && own(`${tagPrefix}${last}`) ? last : last + 1}`;
  if (!(await moveTogether(checkouts.map(({ root }, index) => ({ root, name: `refs/tags/${name}`, to: ids[index] ?? "" })))))
    throw new Failure("harness-broken", `git did not make the tag ${name}.`, "Run the same command again: nothing is lost.");
  return name;
}
