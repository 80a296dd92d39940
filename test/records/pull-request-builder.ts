import { compare } from "../../src/method/compare.ts";
import type { Comparison, Side } from "../../src/vocabulary/comparison.ts";
import type { PullRequestRecord } from "../../src/vocabulary/pull-request.ts";
import { Thresholds } from "../../src/vocabulary/settings.ts";
import { sample, tests, traced } from "../method/state-builder.ts";

const provenance = {
  interpreter: "CPython 3.12.4 /usr/bin/python3",
  allocator: "pymalloc",
  lockHash: null,
  command: "python app.py",
  platform: "linux x64",
};

function side(ref: string, commit: string, processMib: number[], heapMib: number, targetMs: number[]): Side {
  return {
    ref,
    commit,
    samples: processMib.map((it, index) => sample(it, { targetMs: targetMs[index] ?? null })),
    traced: [traced(heapMib), traced(heapMib)],
    tests: tests({ a: "passed", b: "passed" }),
    provenance,
  };
}

/** A record whose figures follow from its samples: 120 to 80.5 MiB of the process, 100 to 55.2 of the heap. */
export function record(more: Partial<PullRequestRecord> = {}): PullRequestRecord {
  const base = side("main", "a".repeat(40), [120, 120, 120.1], 100, [900, 880, 1000]);
  const head = side("b".repeat(40), "b".repeat(40), [80.5, 80.5, 80.6], 55.2, [905, 890, 950]);
  return {
    schema: 1,
    program: "9.9.9",
    session: "s",
    topic: "free-lines",
    branch: "mem/free-lines",
    title: "mem: free `lines` <before> the peak",
    base: { ref: "main", commit: "a".repeat(40) },
    head: "b".repeat(40),
    machine: { cpu: "Some CPU", cores: 4, memoryBytes: 8 * 1024 ** 3, system: "Linux 6.1" },
    pairs: 3,
    thresholds: Thresholds.parse({}),
    measured: [
      {
        target: "tests/test_app.py::test_large[<b>]",
        base,
        head,
        comparison: compare(base, head, Thresholds.parse({})) as Comparison,
        allocations: { base: 2000, head: 1500 },
      },
    ],
    changes: [
      {
        experiment: 1,
        summary: "free `lines` before the peak",
        mechanism: "its 44.8 MiB go before build() begins\n## not a heading <script>",
        safety: "nothing reads it any more",
        costs: ["errors move to a later line"],
        files: ["app.py"],
      },
    ],
    command: "codeflash-memory compare aaaaaaaaaaaa bbbbbbbbbbbb --target app.py --pairs 3",
    benchmark: { file: "memory_benchmark.py", text: "print('```')\n" },
    summary: "## Kept\n\n| exp# | heap MiB |\n|---|---|\n| 1 | -44.8 |\n",
    ...more,
  };
}
