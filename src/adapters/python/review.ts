import { randomUUID } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
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
  return {
    review: async (parent, commit) => {
      const folder = join(context.scratch, `review-${randomUUID()}`);
      await mkdir(folder, { recursive: true });
      try {
        const files = [];
        for (const file of await changedFiles(checkouts, parent, commit)) {
          const texts = [await readFileOf(checkouts, parent, file), await readFileOf(checkouts, commit, file)];
          const paths = ["before", "after"].map((side) => join(folder, `${files.length}-${side}.py`)) as [string, string];
          for (const [index, path] of paths.entries()) await writeFile(path, texts[index] ?? "");
          files.push({ file, before: paths[0], after: paths[1] });
        }
        if (files.length === 0) return [];
        const run = await runPython(
          "facts",
          { want: "review", roots: checkouts.map((it) => it.root), files },
          { ...context, cwd: folder, timeoutMs: 120_000 },
        );
        const answer = answersOf(run, "review", Answer).at(-1);
        if (answer) return answer.findings;
        const text = `the change could not be reviewed (${run.error ?? "no answer"})`;
        return [
          { kind: "doubt", file: files[0]?.file ?? "", function: "<module>", line: 1, text, confidence: 1, blocking: true },
        ];
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}
