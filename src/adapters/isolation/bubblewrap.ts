import { accessSync, constants, existsSync } from "node:fs";
import { totalmem } from "node:os";
import { delimiter, join } from "node:path";
import { type Confinement, type Grounds, isInside, type Wrapped } from "./confinement.ts";
import { hiddenFolders, isFolder, ours, secrets, servicesOutside, throwAway } from "./places.ts";

/** Where bubblewrap is; null: it is not installed. */
export function findBubblewrap(): string | null {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, "bwrap");
    try {
      if (folder.startsWith("/")) accessSync(path, constants.X_OK);
      if (folder.startsWith("/")) return path;
    } catch {
      // not here
    }
  }
  return null;
}

/** A mount over what lies below it. Later ones of the same path win. */
interface Mount {
  at: string;
  words: string[];
}

/** Temporary file systems lie in memory: all of them together hardly fill it. */
const memoryShare = 0.25;

/**
 * A process in namespaces of its own. What it starts ends with it, and it ends with us; of other processes it sees none. Its
 * environment is the one that bubblewrap is started with, which stays readable as that of the first process inside.
 */
export function inNamespaces(
  argv: readonly string[],
  cwd: string,
  { view, network, readable }: Confinement,
  grounds: Grounds,
): Wrapped {
  const bounded = ["--size", String(Math.floor(totalmem() * memoryShare)), "--tmpfs"];
  const hidden = view === "closed" ? hiddenFolders() : [];
  const masked = view === "guarded" ? secrets() : view === "closed" ? secrets().filter((it) => !within(it, hidden)) : [];
  const services = view === "closed" ? servicesOutside([...hidden, ...grounds.writable]) : [];
  const writable = view === "guarded" ? [...throwAway(), ...grounds.writable] : grounds.writable;
  // What a tree is shown over comes from that tree and from nowhere else.
  const given = [...grounds.writable, ...grounds.shown.map((it) => it.at)];
  const isLost = (path: string) => within(path, [...hidden, ...masked]) && !within(path, given);
  const mounts: Mount[] = [
    ...hidden.map((at) => ({ at, words: [...bounded, at] })),
    ...writable.map((at) => ({ at, words: ["--bind", at, at] })),
    ...(view === "guarded" ? ours() : []).map((at) => ({ at, words: ["--ro-bind", at, at] })),
    ...masked.map((at) => ({ at, words: isFolder(at) ? [...bounded, at] : ["--ro-bind", "/dev/null", at] })),
    ...services.map((at) => ({ at, words: ["--ro-bind", "/dev/null", at] })),
    ...readable.filter(isLost).map((at) => ({ at, words: ["--ro-bind", at, at] })),
    ...grounds.shown.map(({ from, at, readOnly }) => ({ at, words: [readOnly ? "--ro-bind" : "--bind", from, at] })),
    ...grounds.readOnly.map((at) => ({ at, words: ["--ro-bind", at, at] })),
  ];
  const sources = mounts.filter(({ words }) => words[0] === "--size" || existsSync(words[1] as string));
  sources.sort((a, b) => depth(a.at) - depth(b.at));
  return {
    argv: [
      findBubblewrap() ?? "bwrap",
      ...["--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"],
      ...(network ? ["--share-net"] : []),
      ...(view === "open" ? ["--dev-bind", "/", "/"] : ["--ro-bind", "/", "/"]),
      ...(view === "closed" ? ["--dev", "/dev", ...bounded, "/dev/shm"] : ["--dev-bind", "/dev", "/dev"]),
      ...["--proc", "/proc"],
      ...sources.flatMap((it) => it.words),
      ...["--chdir", cwd, "--", ...argv],
    ],
    // One outside that waits, and the first process inside.
    wrappers: 2,
  };
}

const within = (path: string, folders: readonly string[]): boolean => folders.some((it) => isInside(path, it));
const depth = (path: string): number => path.split("/").length;
