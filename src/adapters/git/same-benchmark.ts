import type { Target } from "../../vocabulary/target.ts";
import { commitFiles } from "./commit.ts";
import { showFile } from "./repository.ts";

/** A commit to measure, and what a reader must know of it. */
interface Measured {
  commit: string;
  note: string | null;
}

/**
 * The base with the head's benchmark in it: a test file is the yardstick, so both sides get the head's; a script may be what was
 * changed, so it is only lent where the base has none. Modules and functions are the code under test and never lent. The commit
 * object has no name and moves nothing.
 */
export async function withSameBenchmark(
  repository: { root: string; commonDir: string },
  base: string,
  target: Target,
  cwd: string,
  benchmark: { ref: string; bytes: (path: string) => Promise<Buffer | null> },
): Promise<Measured> {
  const named = target.kind === "pytest" ? target.nodeId.split("::")[0] : target.kind === "script" ? target.path : undefined;
  if (named === undefined) return { commit: base, note: null };
  const path = [cwd, named].filter((it) => it !== "").join("/");
  const [before, after] = [await showFile(repository.root, base, path), await benchmark.bytes(path)];
  if (after === null || before?.equals(after)) return { commit: base, note: null };
  if (before !== null && target.kind === "script") {
    return { commit: base, note: `${path} differs between the two: each side runs its own` };
  }
  const commit = await commitFiles({
    ...repository,
    parent: base,
    files: new Map([[path, after]]),
    newFiles: true,
    message: `benchmark of ${benchmark.ref}\n`,
    dateSeconds: 0,
  });
  const why = before === null ? "the base has none" : "the base's differs";
  return { commit, note: `both sides run ${path} of ${benchmark.ref}: ${why}` };
}
