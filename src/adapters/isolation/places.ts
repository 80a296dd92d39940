import { lstatSync, readFileSync, realpathSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { cacheFolder } from "../disk/cache.ts";
import { isInside } from "./confinement.ts";

/** The real path of what is there; null: nothing is. */
export function real(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

const there = (paths: readonly string[]): string[] => [
  ...new Set(paths.map(real).filter((it): it is string => it !== null && it !== "/")),
];

const homes = (): string[] => {
  const given = process.env["HOME"];
  return there([homedir(), userInfo().homedir, ...(given ? [given] : [])]);
};

/** Folders that a closed view does not show: homes, temporary files, what services of the machine run with, the machine's own keys. */
export const hiddenFolders = (): string[] =>
  there([...homes(), "/home", "/root", "/run", "/tmp", "/var/tmp", "/etc/ssh", "/etc/ssl/private"]).filter(isFolder);

/** Where keys and passwords lie: no view but the open one shows them. */
const secretsInHome = [
  ".ssh .gnupg .aws .azure .kube .docker .netrc .git-credentials .pypirc .npmrc .password-store .vault-token .mozilla",
  ".config/gcloud .config/gh .config/git/credentials .config/google-chrome .config/chromium .cargo/credentials.toml",
  ".local/share/keyrings .cache/codeflash-memory/isolation/secret",
]
  .join(" ")
  .split(" ");
export const secrets = (): string[] =>
  there([
    ...homes().flatMap((home) => secretsInHome.map((it) => join(home, it))),
    "/etc/ssh",
    "/etc/ssl/private",
    "/etc/shadow",
    "/etc/gshadow",
  ]);

/** Where we keep things for later runs: no run may write there. */
export const ours = (): string[] => there([cacheFolder("")]);

/** What a guarded run may write besides its tree: it could be thrown away at any time. */
export const throwAway = (): string[] =>
  there(["/tmp", "/var/tmp", ...homes().map((it) => join(it, ".cache")), process.env["XDG_CACHE_HOME"] ?? ""]);

/** Sockets of running services that lie outside of some folders: a path can be connected to though it cannot be written. */
export function servicesOutside(folders: readonly string[]): string[] {
  let table: string;
  try {
    table = readFileSync("/proc/net/unix", "utf8");
  } catch {
    return [];
  }
  const paths = table.split("\n").flatMap((line) => /\s(\/.*)$/.exec(line)?.[1] ?? []);
  return there(paths).filter((it) => !folders.some((folder) => isInside(it, folder)) && isSocket(it));
}

const kind = (path: string) => lstatSync(path, { throwIfNoEntry: false });
export const isFolder = (path: string): boolean => kind(path)?.isDirectory() ?? false;
const isSocket = (path: string): boolean => kind(path)?.isSocket() ?? false;
