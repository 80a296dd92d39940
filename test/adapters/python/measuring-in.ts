import { join } from "node:path";
import type { Confinement } from "../../../src/adapters/isolation/confinement.ts";
import { measuring } from "../../../src/adapters/python/measuring.ts";
import type { Target } from "../../../src/vocabulary/target.ts";

interface Place {
  executable: string;
  folder: string;
  target: Target;
  /** Arguments of pytest; nothing: there are no tests. */
  tests?: string;
  confinement?: Confinement | undefined;
}

/** The measuring ports over the files of a folder as they lie, whatever commit is named. */
export const measuringIn = ({ executable, folder, target, tests, confinement }: Place): ReturnType<typeof measuring> =>
  measuring({
    context: {
      executable,
      scratch: join(folder, "scratch"),
      marker: `test-${process.pid}`,
      signal: new AbortController().signal,
      confinement,
    },
    root: folder,
    cwd: "",
    exclude: [],
    target,
    tests: tests === undefined ? null : { kind: "pytest", args: tests },
    timeoutMs: 60_000,
    treeOf: async () => folder,
    words: (text) => text.split(" "),
  });

export const script = (path: string): Target => ({ kind: "script", path, args: [] });
