import { join } from "node:path";
import { JournalFile } from "../../../src/adapters/disk/journal.ts";
import { commitFiles } from "../../../src/adapters/git/commit.ts";
import { openRepository } from "../../../src/adapters/git/repository.ts";
import type { Entry } from "../../../src/vocabulary/journal.ts";
import { userGit } from "../../adapters/git/user-tree.ts";
import { began, MiB, proposal, sample, traced } from "../../method/state-builder.ts";
import { python } from "./program.ts";

/** Two wastes in two files that stand at the same peak: each can be mended alone. */
export const twoWastes: Record<string, string> = {
  "app.py": `from rows import Row
from text import load


def build(lines):
    return [Row(line[5:12], index, float(index)) for index, line in enumerate(lines)]


def ordered(rows):
    return sorted((row.weight, row.name) for row in rows)


def main(n):
    lines = load(n)
    rows = build(lines)
    table = ordered(rows)
    return len(table), rows[3].number


if __name__ == "__main__":
    print(main(40_000))
`,
  "rows.py": `class Row:
    def __init__(self, name, number, weight):
        self.name = name
        self.number = number
        self.weight = weight
`,
  "text.py": `def load(n):
    return ["line %07d of the input, with some text behind it" % i for i in range(n)]
`,
  "test_app.py": "import app\n\n\ndef test_main():\n    assert app.main(10) == (10, 3)\n",
};

interface Change {
  file: string;
  summary: string;
  /** Text that goes, and what comes instead. */
  edit: readonly [string, string];
  gainMib: number;
}

export const freeLines: Change = {
  file: "app.py",
  summary: "free lines in main before the peak",
  edit: ["    table = ordered", "    del lines\n    table = ordered"],
  gainMib: 2.5,
};
export const slots: Change = {
  file: "rows.py",
  summary: "store the attributes of Row in slots",
  edit: ["class Row:\n", 'class Row:\n    __slots__ = ("name", "number", "weight")\n\n'],
  gainMib: 1.5,
};

/** A finished session that kept these changes, as its journal and branch would be. Gives the head. */
export async function keptSession(root: string, changes: readonly Change[], texts = twoWastes): Promise<string> {
  const repository = await openRepository(root);
  const base = repository?.head ?? "";
  const commonDir = repository?.commonDir ?? "";
  const first = began();
  if (first.kind !== "session-began") throw new Error("no beginning");
  const entries: Entry[] = [
    { ...first, session: "20260101-000000-abcdef", root: repository?.root ?? root, base, python },
    { kind: "calibrated", samples: [sample(26), sample(26), sample(26)], traced: traced(14.7) },
  ];
  const now = { ...texts };
  let parent = base;
  for (const [index, { file, summary, edit, gainMib }] of changes.entries()) {
    const experiment = index + 1;
    now[file] = (now[file] ?? "").replace(edit[0], edit[1]);
    const files = new Map([[file, Buffer.from(now[file] as string)]]);
    const commit = await commitFiles({ root, commonDir, parent, files, message: `mem: ${summary}\n`, dateSeconds: 1 });
    const one = proposal(summary, 2, { summary });
    entries.push(
      { kind: "opened", experiment, commit: parent, key: summary, proposal: one },
      { kind: "implemented", experiment, commit, refusal: null, patch: "", changedLines: 1, changed: [], findings: [] },
      {
        kind: "decided",
        experiment,
        verdict: {
          status: "keep",
          rule: "gain",
          reason: "gain",
          label: null,
          heapGainBytes: gainMib * MiB,
          processGainBytes: gainMib * MiB,
          slowdownRatio: 1,
          parked: false,
        },
      },
      { kind: "kept", experiment, commit, heapPeakBytes: 10 * MiB, processPeakBytes: 20 * MiB },
    );
    parent = commit;
  }
  entries.push({ kind: "finished", outcome: "plateau", why: "nothing is left" });
  userGit(root, "update-ref", "refs/heads/codeflash/optimize", parent);
  const journal = await JournalFile.open(join(commonDir, "codeflash/sessions/20260101-000000-abcdef/journal.jsonl"), () => 1000);
  for (const entry of entries) await journal.append(entry);
  await journal.close();
  return parent;
}
