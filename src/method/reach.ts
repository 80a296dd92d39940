import type { Proposal } from "../vocabulary/proposal.ts";
import type { Finding } from "../vocabulary/review.ts";
import type { Consent } from "../vocabulary/settings.ts";

/** What a change newly reaches for, by the leave that it needs. Whatever is not named here concerns the interpreter: `runtime`. */
const leaves: readonly { leave: Consent; names: RegExp }[] = [
  {
    leave: "mmap",
    names: /^(mmap|tempfile|sqlite3|shelve|dbm|numpy\.(memmap|lib)|os\.memfd_create|_posixshmem|text \/dev\/shm)/,
  },
  { leave: "cache", names: /^(global |default of |functools\.)/ },
  {
    leave: "processes",
    names:
      /^(subprocess|multiprocessing|concurrent|pty|_posixsubprocess|asyncio\.create_sub|os\.(fork|posix_spawn|spawn|system|popen|exec))/,
  },
  { leave: "net", names: /^(socket|urllib|http|requests|httpx|aiohttp|ftplib|smtplib|webbrowser|asyncio)\b/ },
];

/** What can do harm outside of the program by being run once: without leave it is not even measured. */
const outward =
  /^(subprocess|pty|_posixsubprocess|asyncio|socket|urllib|http|requests|httpx|aiohttp|ftplib|smtplib|webbrowser|shutil|ctypes|cffi|importlib|pathlib|__import__$|exec$|eval$|compile$|os\.(?!environ|getenv|putenv|getppid|memfd_create|_exit|truncate|posix_fallocate))/;

/** One thing that a change reaches for and that needs a stated reason and the user's leave (a memory map can be the honest way). */
export interface Reach {
  place: string;
  name: string;
  leave: Consent;
  /** The proposal speaks of it: the user can judge it. */
  stated: boolean;
  /** It reaches out of the program: without leave it is not run. */
  outward: boolean;
}

export function reaches(findings: readonly Finding[], proposal: Proposal): Reach[] {
  return findings
    .filter((it) => it.kind === "reach")
    .map(({ file, line, name = "" }) => ({
      place: `${file}:${line}`,
      name,
      leave: leaveFor(name),
      stated: isStated(name, proposal),
      outward: outward.test(name),
    }));
}

/** Why a change may not be run at all, by what it reaches for and what the user gave leave to; null: it may. */
export function mayNotRun(
  findings: readonly Pick<Finding, "kind" | "name" | "file" | "line">[],
  allow: readonly string[],
): string | null {
  const found = findings.find(({ kind, name = "" }) => kind === "reach" && outward.test(name) && !allow.includes(leaveFor(name)));
  if (!found) return null;
  const { name = "", file, line } = found;
  return `adds ${name} (${file}:${line}), which reaches out of the program and needs the user's leave (${leaveFor(name)})`;
}

const leaveFor = (name: string): Consent => leaves.find((it) => it.names.test(name))?.leave ?? "runtime";

/** Whether the proposal names the thing itself, or its module, in words that a user reads. */
function isStated(name: string, { summary, description, evidence, checklist, declaredCosts }: Proposal): boolean {
  const { mechanism, productionSafe, verifyCheaply } = checklist;
  const told = [summary, description, evidence, mechanism, productionSafe, verifyCheaply, ...declaredCosts]
    .join("\n")
    .toLowerCase();
  if (leaveFor(name) === "cache" && name.includes(" ")) return /\b(global|cache|memo|kept for)/.test(told);
  const words = name
    .toLowerCase()
    .split(/[ .]/)
    .filter((it) => it.length > 1 && !ordinary.has(it));
  return words.some((word) => new RegExp(`(^|[^a-z0-9_])${word.replaceAll(/[^a-z0-9_]/g, ".")}($|[^a-z0-9_])`).test(told));
}

/** Parts of names that would be found in any text. */
const ordinary = new Set([
  "global",
  "default",
  "of",
  "text",
  "patch",
  "os",
  "sys",
  "modules",
  "system",
  "eval",
  "vars",
  "compile",
]);
