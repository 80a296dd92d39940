import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { resolveCommit, showFile } from "../adapters/git/repository.ts";
import { withSameBenchmark } from "../adapters/git/same-benchmark.ts";
import { Trees } from "../adapters/git/trees.ts";
import { provenance } from "../adapters/python/discover.ts";
import { compare, incomparable } from "../method/compare.ts";
import { measureBoth, type Ref } from "../steps/compare.ts";
import type { Comparison, Side } from "../vocabulary/comparison.ts";
import { Failure } from "../vocabulary/failure.ts";
import { inScratch, measuringPorts, type Project, type Workplace } from "./compose.ts";
import type { findTests } from "./find-tests.ts";
import type { Invocation } from "./invocation.ts";

/** The word for the user's files as they are now. */
const worktree = "worktree";

/** Two sides of a target as they were measured, and what they say about each other. */
export interface Compared {
  base: Side;
  head: Side;
  found: Comparison;
  notes: string[];
}

/** Measures the project's target at two refs in turns (method.md, 15). `tests` null: none are run. `tell` hears how far it is. */
export async function compareRefs(
  project: Project,
  place: { trees: Trees; workplace: Workplace },
  [baseName, headName]: readonly [string, string],
  tests: ReturnType<typeof findTests>,
  tell: (line: string) => void,
): Promise<Compared> {
  const { trees, workplace } = place;
  const { refs, notes } = await bothRefs(project, trees, baseName, headName);
  const ports = measuringPorts(project, {
    ...workplace,
    tests,
    treeOf: (commit) => treeOf(project, trees, commit),
    leftOut: () => trees.tooLarge(),
  });
  const why = incomparable(refs[0].provenance, refs[1].provenance, project.settings.allow);
  if (why !== null)
    throw new Failure(
      "incomparable",
      `The two sides cannot be compared: ${why}.`,
      "Compare commits with the same dependencies, or give leave with --allow lock.",
    );
  const both = { bench: ports.bench, tests: tests ? ports.tests : null };
  const [base, head] = await measureBoth(refs, both, project.settings.pairs, tell);
  const found = compare(base, head, project.settings.thresholds);
  if (!found)
    throw new Failure(
      "harness-broken",
      "The target's peak could not be read.",
      "Run `codeflash-memory doctor` to see what this machine lacks.",
    );
  return { base, head, found, notes };
}

/** Worktrees of our own for as long as `use` runs; taken away however it ends. */
export async function inFreshTrees<T>(
  project: Project,
  by: Pick<Invocation, "signal" | "editor">,
  use: (place: { trees: Trees; workplace: Workplace }) => Promise<T>,
): Promise<T> {
  if (!project.repository)
    throw new Failure("not-a-repository", `${project.root} is not in a git repository.`, "Two commits are needed to compare.");
  const trees = new Trees([{ root: project.root, commonDir: project.repository.commonDir, at: "" }], `compare-${process.pid}`);
  try {
    return await inScratch(project, by, (workplace) => use({ trees, workplace }));
  } finally {
    await trees.release([]);
  }
}

const treeOf = async (project: Project, trees: Trees, commit: string): Promise<string> =>
  commit === worktree ? project.root : trees.path(commit);

async function bothRefs(
  project: Project,
  trees: Trees,
  baseName: string,
  headName: string,
): Promise<{ refs: [Ref, Ref]; notes: string[] }> {
  const [base, head] = [await commitOf(project, baseName), await commitOf(project, headName)];
  if (base === head)
    throw new Failure(
      "wrong-use",
      `${baseName} and ${headName} are the same commit.`,
      "Name two that differ; `worktree` means your files as they are.",
    );
  const bytes = async (path: string) =>
    head === worktree ? await readFile(join(project.root, path)).catch(() => null) : await showFile(project.root, head, path);
  const commonDir = project.repository?.commonDir ?? "";
  const measured =
    base === worktree
      ? { commit: base, note: null }
      : await withSameBenchmark({ root: project.root, commonDir }, base, project.target, project.cwd, { ref: headName, bytes });
  const ref = async (name: string, commit: string): Promise<Ref> => ({
    ref: name,
    commit,
    provenance: await provenance(project.interpreter, project.target, await treeOf(project, trees, commit)),
  });
  return {
    refs: [await ref(baseName, measured.commit), await ref(headName, head)],
    notes: measured.note === null ? [] : [measured.note],
  };
}

async function commitOf(project: Project, name: string): Promise<string> {
  if (name === worktree) return worktree;
  const commit = await resolveCommit(project.root, name);
  if (commit === null)
    throw new Failure(
      "wrong-use",
      `There is no commit ${name} in ${project.root}.`,
      "Name a branch, a tag, a commit, or `worktree`.",
    );
  return commit;
}
