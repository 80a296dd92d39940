import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Confinement, type Grounds, isInside } from "../isolation/confinement.ts";

export interface GroundOptions {
  /** The user's checkout, and the tree that is measured: the same, or the tree of a commit. */
  root: string;
  tree: string;
  /** The checkouts below the root: where they lie there, and their git folders. */
  checkouts: readonly { at: string; commonDir: string }[];
  /** Environments of the interpreter. */
  environments: readonly string[];
  scratch: string;
  confinement: Confinement | undefined;
  /** Whether a file or folder, relative to the root, is none that a change may touch. */
  isProtected(path: string): boolean;
  /** Files that were too large to be copied beside the commit. */
  leftOut: readonly string[];
}

/**
 * What a run over a tree stands on, and where it sees the tree. In namespaces the tree of a commit lies over the user's checkout:
 * whatever way an install goes to the code, it ends at the tree. Elsewhere it stays where it is, and imports are rewritten.
 */
export function groundOf(options: GroundOptions): { seen: string; grounds: Grounds } {
  const { root, tree, checkouts, confinement } = options;
  const gitFolders = checkouts.map((it) => it.commonDir);
  if (tree === root) return { seen: root, grounds: { writable: [root], readOnly: gitFolders, shown: [] } };
  if (confinement?.rung !== "namespaces")
    return { seen: tree, grounds: { writable: [tree], readOnly: [root, ...gitFolders], shown: [] } };
  const shown = checkouts.flatMap((it) => [
    { from: join(tree, it.at), at: join(root, it.at) },
    ...gitOf(options, it),
    ...(confinement.view === "closed" ? protectedOf(options, it.at) : []),
  ]);
  const data = options.leftOut.map((it) => ({ from: join(root, it), at: join(root, it), readOnly: true }));
  const environments = options.environments.filter((it) => isInside(it, root) && it !== root);
  return { seen: root, grounds: { writable: [], readOnly: environments, shown: [...shown, ...data] } };
}

/** The tree knows its git folder by a path that the tree itself lies over: it is shown elsewhere, and the tree is told so. */
function gitOf({ root, tree, scratch }: GroundOptions, { at, commonDir }: { at: string; commonDir: string }): Grounds["shown"] {
  const link = join(tree, at, ".git");
  const kind = statSync(link, { throwIfNoEntry: false });
  if (kind?.isDirectory()) return [{ from: join(commonDir, "objects"), at: join(root, at, ".git/objects"), readOnly: true }];
  if (!kind || !isInside(commonDir, root)) return [{ from: commonDir, at: commonDir, readOnly: true }];
  const name = `${basename(tree)}-${at.replaceAll("/", "-")}`;
  const [place, told] = [join(scratch, "git", name), join(scratch, "git", `${name}.link`)];
  mkdirSync(place, { recursive: true });
  writeFileSync(told, readFileSync(link, "utf8").replace(commonDir, place));
  return [
    { from: commonDir, at: place, readOnly: true },
    { from: told, at: join(root, at, ".git"), readOnly: true },
  ];
}

/** Tests, benchmarks and build files at the top of the tree: a candidate's code cannot write them either. */
function protectedOf({ root, tree, isProtected }: GroundOptions, at: string): Grounds["shown"] {
  const names = readdirSync(join(tree, at)).filter((it) => it !== ".git" && !it.endsWith(".pyc"));
  return names
    .filter((it) => isProtected(join(at, it)) || isProtected(join(at, it, "a")))
    .slice(0, mostProtected)
    .map((it) => ({ from: join(tree, at, it), at: join(root, at, it), readOnly: true }));
}

/** Each is a mount before every run. */
const mostProtected = 40;
