import type { Edit } from "../vocabulary/proposal.ts";

/** What no change may touch, whoever proposes it (method.md, 7.5): tests, benchmarks, build and lock files, our own records. */
const untouchable: readonly { pattern: RegExp; what: string }[] = [
  { pattern: /(^|\/)(tests?|testing)\//, what: "a test" },
  { pattern: /(^|\/)(test_[^/]*|[^/]*_test|tests?|conftest)\.py$/, what: "a test" },
  { pattern: /(^|\/)(bench|benchmarks?|[^/]*_bench)\//, what: "a benchmark" },
  { pattern: /(^|\/)(bench(mark)?_[^/]*|[^/]*_bench(mark)?|bench(marks?)?)\.py$/, what: "a benchmark" },
  { pattern: /(^|\/)(sitecustomize|usercustomize)\.py$/, what: "run by every Python before anything else" },
  {
    pattern: /(^|\/)(pyproject\.toml|setup\.(py|cfg)|tox\.ini|noxfile\.py|[^/]*\.lock|requirements[^/]*\.txt)$/,
    what: "a build file",
  },
  { pattern: /(^|\/)\.(git|github|gitlab|circleci|codeflash)(\/|$)/, what: "a file of git, CI or the records" },
];

/** Whether a path is one that no change may touch, by its name or because the user said so. */
export const isProtected = (path: string, protect: readonly string[]): boolean =>
  untouchable.some((it) => it.pattern.test(path)) || protectedBy(path, protect) !== undefined;

const protectedBy = (path: string, protect: readonly string[]): string | undefined =>
  protect.find((it) => path === it || path.startsWith(`${it.replace(/\/$/, "")}/`));

/**
 * Why these edits may not be made; null when they may. Paths are relative to the root.
 */
export function scopeRefusal(edits: readonly Edit[], scope: readonly string[], protect: readonly string[]): string | null {
  const files = new Set(scope.map((it) => it.slice(0, it.lastIndexOf(":"))));
  for (const { file } of edits) {
    if (file.startsWith("/") || file.split("/").includes("..")) return `${file} lies outside the project`;
    if (!file.endsWith(".py")) return `${file} is no Python source`;
    const rule = untouchable.find((it) => it.pattern.test(file));
    if (rule) return `${file} is ${rule.what}`;
    const path = protectedBy(file, protect);
    if (path !== undefined) return `${file} is protected (${path})`;
    if (!files.has(file)) return `${file} is not in the scope of the change`;
  }
  return overlapping(edits);
}

/** Why these edits cannot be made together; null: they can. */
export function overlapping(edits: readonly Edit[]): string | null {
  const sorted = [...edits].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start));
  for (const [index, edit] of sorted.entries()) {
    const next = sorted[index + 1];
    if (edit.end < edit.start) return `an edit of ${edit.file} ends before it starts`;
    if (next && next.file === edit.file && next.start < edit.end) return `two edits of ${edit.file} overlap`;
  }
  return null;
}
