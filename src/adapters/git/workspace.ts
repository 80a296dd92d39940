import { randomUUID } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../vocabulary/failure.ts";
import type { Candidate, Workspace } from "../../vocabulary/ports.ts";
import type { Edit } from "../../vocabulary/proposal.ts";
import type { FunctionRef } from "../../vocabulary/target.ts";
import { checkedOutAt, commitFiles, diffOf, heldBy, modeOf, moveRef, tagsOf, undoCommit } from "./commit.ts";
import { isAncestor, resolveCommit, showFile } from "./repository.ts";
import { cleanPrefix, type Trees } from "./trees.ts";

export const branchName = "codeflash/optimize";

/** Says whether the text after the edits is the text before but for them; the sentence says what is wrong. */
type EditCheck = (paths: { before: string; after: string; edits: Edit[] }) => Promise<{ ok: boolean; why: string }>;

export interface WorkspaceOptions {
  root: string;
  commonDir: string;
  session: string;
  scratch: string;
  trees: Trees;
  verify: EditCheck;
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
  return {
    candidate: (parent, proposal, message, dateSeconds) => candidate(options, parent, proposal, message, dateSeconds),
    keep: (previous, commit) => keep(options, previous, commit),
    takeBack: (head, commit, message, dateSeconds) =>
      undoCommit({ root: options.root, commonDir: options.commonDir, head, commit, message, dateSeconds }),
    tag: (commit) => tag(options.root, commit),
    cleanClone: (commit) => `${cleanPrefix}${commit}`,
    read: (commit, file) => showFile(options.root, commit, file),
    release: (except) => options.trees.release(except),
  };
}

async function candidate(
  options: WorkspaceOptions,
  parent: string,
  proposal: { edits: Edit[]; scope: string[] },
  message: string,
  dateSeconds: number,
): Promise<Candidate> {
  const { root, commonDir } = options;
  const files = new Map<string, Buffer>();
  for (const file of new Set(proposal.edits.map((it) => it.file))) {
    const edits = proposal.edits.filter((it) => it.file === file);
    const before = await showFile(root, parent, file);
    if (before !== null && (await modeOf(root, parent, file)) === null)
      return { kind: "refused", reason: `${file} is a link, not a file` };
    if (before === null) return { kind: "refused", reason: `${file} is not in the commit` };
    if (edits.some((it) => it.end > before.length)) return { kind: "refused", reason: `an edit lies beyond the end of ${file}` };
    const after = applyEdits(before, edits);
    if (after.equals(before)) continue;
    const refusal = await verified(options, before, after, edits);
    if (refusal !== null) return { kind: "refused", reason: `${file}: ${refusal}` };
    files.set(file, after);
  }
  if (files.size === 0) return { kind: "refused", reason: "the edits change nothing" };
  const commit = await commitFiles({ root, commonDir, parent, files, message, dateSeconds });
  const patch = await diffOf(root, parent, commit);
  const changedLines = patch.split("\n").filter((line) => /^[+-](?![+-]{2} )/.test(line)).length;
  return { kind: "made", commit, patch, changedLines, changed: proposal.scope.flatMap(reference) };
}

async function verified(options: WorkspaceOptions, before: Buffer, after: Buffer, edits: Edit[]): Promise<string | null> {
  const folder = join(options.scratch, `verify-${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  try {
    const paths = { before: join(folder, "before.py"), after: join(folder, "after.py") };
    await writeFile(paths.before, before);
    await writeFile(paths.after, after);
    const { ok, why } = await options.verify({ ...paths, edits });
    return ok ? null : why;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `file:qualname` of a scope as a function; module level is none. */
function reference(scope: string): FunctionRef[] {
  const at = scope.lastIndexOf(":");
  const qualname = scope.slice(at + 1);
  return qualname.startsWith("<") ? [] : [{ file: scope.slice(0, at), qualname, line: 1 }];
}

/**
 * The session's ref first; the branch only while nobody has it checked out, and only where no commit is lost by it: what it holds
 * is in the new history, or at the ref of an earlier session. A branch that
 * lags behind, because it was checked out at earlier keeps, is brought up.
 */
async function keep(
  options: WorkspaceOptions,
  previous: string,
  commit: string,
): Promise<{ moved: boolean; why: string | null }> {
  const { root } = options;
  const ref = `refs/codeflash/${options.session}`;
  const known = await resolveCommit(root, ref);
  if (!(await moveRef(root, ref, commit, known)))
    throw new Failure(
      "harness-broken",
      `git did not move ${ref}.`,
      "Run the same command again: nothing that was recorded is lost.",
    );
  const user = await checkedOutAt(root, branchName);
  if (user !== null) return { moved: false, why: `it is checked out in ${user}; the kept changes are at ${ref}` };
  const branch = await resolveCommit(root, `refs/heads/${branchName}`);
  const ours = branch === null || branch === previous || branch === commit;
  const follows = ours || (await isAncestor(root, branch, commit));
  const safe = follows ? null : await heldBy(root, branch);
  if (!follows && safe === null) return { moved: false, why: `it holds other commits; the kept changes are at ${ref}` };
  if (await moveRef(root, `refs/heads/${branchName}`, commit, branch))
    return {
      moved: true,
      why: safe === null ? null : `what an earlier session kept there, from another commit, stays at ${safe}`,
    };
  return { moved: false, why: `git refused to move it; the kept changes are at ${ref}` };
}

const tagPrefix = `${branchName}-v`;

/** The commit's own milestone tag, or the next free one. */
async function tag(root: string, commit: string): Promise<string> {
  const known = await tagsOf(root, tagPrefix);
  const own = known.find((it) => it.commit === commit);
  if (own) return own.name;
  const numbers = known.map((it) => Number(it.name.slice(tagPrefix.length))).filter(Number.isInteger);
  const name = `${tagPrefix}${Math.max(0, ...numbers) + 1}`;
  await moveRef(root, `refs/tags/${name}`, commit, null);
  return name;
}
