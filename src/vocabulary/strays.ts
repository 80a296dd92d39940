import { Failure } from "./failure.ts";

/** A module that was not imported from the tree under measurement. */
interface Stray {
  module: string;
  path: string;
  /** The file of the tree that `path` is another copy of, where that is why. */
  copyOf?: string | undefined;
}

type Copy = Stray & { copyOf: string };

const mark = ", a copy of ";

/** As the records have it. */
export const strayText = ({ module, path, copyOf }: Stray): string =>
  `${module} (${path}${copyOf === undefined ? "" : `${mark}${copyOf}`})`;

/** What a person hears who has only looked: nothing where no stray is another copy of the project. */
export function copyNotes(who: string, strays: readonly string[]): string[] {
  if (copyAmong(strays) === null) return [];
  const { message, wayForward } = wrongCode(who, strays);
  return [`${message} ${wayForward}`];
}

/** The first that is another copy of the project, installed or of another checkout: no change to this one would reach it. */
function copyAmong(strays: readonly string[]): Copy | null {
  for (const stray of strays) {
    const [, module = "", path = "", copyOf = ""] = /^(\S+) \((.*), a copy of (.*)\)$/s.exec(stray) ?? [];
    if (module !== "") return { module, path, copyOf };
  }
  return null;
}

/** What `who` (`The target`) imports in place of this checkout's code, and how to go on; `strays` is not empty. */
export function wrongCode(who: string, strays: readonly string[]): Failure {
  const copy = copyAmong(strays);
  if (copy === null)
    return new Failure(
      "wrong-code-measured",
      `${who} imports ${strays[0]} instead of the copy under test.`,
      "See `codeflash-memory doctor`; an unusual editable install can be named in an issue.",
    );
  return new Failure(
    "wrong-code-measured",
    `${who} imports ${copy.module} from ${copy.path}, not from ${copy.copyOf}: no change to this checkout would have any effect.`,
    `Install this checkout with \`pip install -e\` in that environment, name another one with --python, or put ${folderOf(copy)} first on PYTHONPATH.`,
  );
}

/** The folder that would have to lie on the path. */
function folderOf({ module, copyOf }: Copy): string {
  const below = module.split(".").length + (copyOf.endsWith("/__init__.py") ? 1 : 0);
  const folders = copyOf.split("/").slice(0, -below);
  return folders.length === 0 ? "this folder" : folders.join("/");
}
