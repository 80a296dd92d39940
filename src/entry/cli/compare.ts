import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { resolveCommit, showFile } from "../../adapters/git/repository.ts";
import { withSameBenchmark } from "../../adapters/git/same-benchmark.ts";
import { Trees } from "../../adapters/git/trees.ts";
import { provenance, targetName } from "../../adapters/python/discover.ts";
import { compare, failsAbove, incomparable } from "../../method/compare.ts";
import { comparisonLines, comparisonMarkdown } from "../../records/comparison.ts";
import { measureBoth, type Ref } from "../../steps/compare.ts";
import { Failure } from "../../vocabulary/failure.ts";
import { inScratch, measuringPorts, openProject, type Project, type Workplace } from "../compose.ts";
import { findTests } from "../find-tests.ts";
import type { Invocation } from "../invocation.ts";
import { type CompareOutput, outputVersion } from "../output.ts";
import { type Talk, talk } from "./talk.ts";

/** The word for the user's files as they are now. */
const worktree = "worktree";

/** `compare`: two commits in fresh worktrees, measured in turns. Changes nothing. Exit code 1 with `--fail-above` and broken tests. */
export async function run(invocation: Invocation, out: Talk = talk(invocation.flags)): Promise<number> {
  const [baseName = "", headName = "HEAD"] = invocation.target;
  const { target } = invocation.flags;
  if (typeof target !== "string")
    throw new Failure("wrong-use", "No target was named.", "Name what is run on both sides: --target tests/test_x.py::test_y");
  const project = await openProject({ ...invocation, target: [target] });
  return inFreshTrees(project, invocation.signal, async (trees, workplace) => {
    const { refs, notes } = await bothRefs(project, trees, baseName, headName);
    const wanted = project.settings.tests !== undefined || project.settings.testCommand !== undefined;
    const tests = wanted ? findTests(project.settings, project.interpreter, join(project.root, project.cwd)) : null;
    const ports = measuringPorts(project, { ...workplace, tests, treeOf: (commit) => treeOf(project, trees, commit) });
    const why = incomparable(refs[0].provenance, refs[1].provenance, project.settings.allow);
    if (why !== null)
      throw new Failure(
        "incomparable",
        `The two sides cannot be compared: ${why}.`,
        "Compare commits with the same dependencies, or give leave with --allow lock.",
      );
    const [base, head] = await measureBoth(
      refs,
      { bench: ports.bench, tests: tests ? ports.tests : null },
      project.settings.pairs,
      (line) => out.say([line]),
    );
    const found = compare(base, head, project.settings.thresholds);
    if (!found)
      throw new Failure(
        "harness-broken",
        "The target's peak could not be read.",
        "Run `codeflash-memory doctor` to see what this machine lacks.",
      );
    const name = targetName(project.target);
    out.say([...notes.map((it) => `[compare] ${it}`), ...comparisonLines(base, head, found)]);
    const { markdown, failAbove } = invocation.flags;
    if (typeof markdown === "string") await writeFile(markdown, comparisonMarkdown(name, base, head, found, notes));
    const answer: CompareOutput = {
      schema: outputVersion,
      command: "compare",
      target: name,
      base: { ...base, peakBytes: found.baseBytes },
      head: { ...head, peakBytes: found.headBytes },
      metric: found.metric,
      noiseBytes: found.noiseBytes,
      comparison: found,
      notes,
    };
    await out.answer(answer);
    return found.broken.length > 0 || failsAbove(found, typeof failAbove === "number" ? failAbove : null) ? 1 : 0;
  });
}

/** Worktrees of our own for as long as `use` runs; taken away however it ends. */
async function inFreshTrees<T>(
  project: Project,
  ended: AbortSignal | undefined,
  use: (trees: Trees, workplace: Workplace) => Promise<T>,
): Promise<T> {
  if (!project.repository)
    throw new Failure("not-a-repository", `${project.root} is not in a git repository.`, "Two commits are needed to compare.");
  const trees = new Trees([{ root: project.root, commonDir: project.repository.commonDir, at: "" }], `compare-${process.pid}`);
  try {
    return await inScratch(ended, (workplace) => use(trees, workplace));
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
