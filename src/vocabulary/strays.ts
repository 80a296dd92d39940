import { Failure } from "./failure.ts";
import type { Witness } from "./measurement.ts";

/** A module that was not imported from the tree under measurement. */
interface Stray {
  module: string;
  path: string;
  /** The file of the tree that `path` is another copy of, where that is why. */
  copyOf?: string | undefined;
}

type Copy = Stray & { copyOf: string };

/** As the records have it. */
export const strayText = ({ module, path, copyOf }: Stray): string =>
  `${module} (${path}${copyOf === undefined ? "" : `, a copy of ${copyOf}`})`;

/** What a person hears of every copy that a run imported, of this project or of another one of the checkout. */
export function copyNotes(who: string, { strays, copies }: Pick<Witness, "strays" | "copies">): string[] {
  return [...strays, ...copies].flatMap((it) => {
    const copy = copyIn(it);
    return copy === null ? [] : [`${who} ${imported(copy)}. ${wayFrom(copy)}`];
  });
}

/** What `who` (`The target`) imports in place of this checkout's code, and how to go on; `strays` is not empty. */
export function wrongCode(who: string, strays: readonly string[]): Failure {
  const [copy] = strays.flatMap((it) => copyIn(it) ?? []);
  if (copy) return new Failure("wrong-code-measured", `${who} ${imported(copy)}.`, wayFrom(copy));
  return new Failure(
    "wrong-code-measured",
    `${who} imports ${strays[0]} instead of the copy under test.`,
    "See `codeflash-memory doctor`; an unusual editable install can be named in an issue.",
  );
}

/** The stray where it is another copy of the checkout's code, installed or of another checkout; null for every other. */
function copyIn(stray: string): Copy | null {
  const [, module, path = "", copyOf = ""] = /^(\S+) \((.*), a copy of (.*)\)$/s.exec(stray) ?? [];
  return module === undefined ? null : { module, path, copyOf };
}

const imported = ({ module, path, copyOf }: Copy): string =>
  `imports ${module} from ${path}, not from ${copyOf}: no change in this checkout reaches it`;

const wayFrom = (copy: Copy): string =>
  `Install it anew with \`pip install -e\` in that environment, name another one with --python, or put ${folderOf(copy)} first on PYTHONPATH.`;

/** The folder that would have to lie on the path. */
function folderOf({ module, copyOf }: Copy): string {
  const below = module.split(".").length + (copyOf.endsWith("/__init__.py") ? 1 : 0);
  const folders = copyOf.split("/").slice(0, -below);
  return folders.length === 0 ? "this folder" : folders.join("/");
}
