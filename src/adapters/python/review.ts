import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { idsOf } from "../../vocabulary/commit.ts";
import type { Reviewer } from "../../vocabulary/ports.ts";
import { Finding } from "../../vocabulary/review.ts";
import { type Checkout, changedBetween } from "../git/repository.ts";
import { readFileOf } from "../git/workspace.ts";
import { answersOf, type ProbeContext, runPython } from "./probe.ts";

const Answer = z.looseObject({ findings: z.array(Finding) });

/** Python files that differ between two commits, in whichever repository. */
async function changedFiles(checkouts: readonly Checkout[], parent: string, commit: string): Promise<string[]> {
  const [before, after] = [idsOf(parent), idsOf(commit)];
  const changed = checkouts.map(async ({ root, at }, index) => {
    const [from, to] = [before[index] ?? "", after[index] ?? ""];
    const files = from === to ? [] : await changedBetween(root, from, to);
    return files.filter((it) => it.endsWith(".py")).map((it) => (at === "" ? it : `${at}/${it}`));
  });
  return (await Promise.all(changed)).flat();
}

/** The deterministic reviewer: reads both texts in the target's interpreter (python/facts/review.py). */
export function reviewer(checkouts: readonly Checkout[], context: ProbeContext): Reviewer {
  const roots = checkouts.map((it) => it.root);
  return {
    review: async (parent, commit) => {
      const read = (at: string, file: string) => readFileOf(checkouts, at, file);
      const texts = [];
      for (const file of await changedFiles(checkouts, parent, commit))
        texts.push({ file, before: await read(parent, file), after: await read(commit, file) });
      return reviewTexts(context, roots, texts);
    },
  };
}

/** What lies at the top of the project: a name of it is no new dependency. Listed here, since a confined run need not see it. */
async function entriesOf(roots: readonly string[]): Promise<string[]> {
  const folders = roots.flatMap((root) => [root, join(root, "src")]);
  return (await Promise.all(folders.map((it) => readdir(it).catch(() => [])))).flat();
}

/** A changed file; null: it is not there on that side. */
interface Changed {
  file: string;
  before: Uint8Array | null;
  after: Uint8Array | null;
}

/** Findings on each changed file. What cannot be reviewed is a blocking one. */
export async function reviewTexts(
  context: ProbeContext,
  roots: readonly string[],
  texts: readonly Changed[],
): Promise<Finding[]> {
  const [first] = texts;
  if (!first) return [];
  const folder = join(context.scratch, `review-${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  try {
    const files = [];
    for (const [index, { file, before, after }] of texts.entries()) {
      const paths = [join(folder, `${index}-before.py`), join(folder, `${index}-after.py`)] as const;
      await writeFile(paths[0], before ?? "");
      await writeFile(paths[1], after ?? "");
      files.push({ file, before: paths[0], after: paths[1] });
    }
    const run = await runPython(
      "facts",
      { want: "review", entries: await entriesOf(roots), files },
      { ...context, cwd: folder, timeoutMs: 120_000 },
    );
    const answer = answersOf(run, "review", Answer).at(-1);
    if (answer) return answer.findings;
    const text = `the change could not be reviewed (${run.error ?? "no answer"})`;
    return [{ kind: "doubt", file: first.file, function: "<module>", line: 1, text, confidence: 1, blocking: true }];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
