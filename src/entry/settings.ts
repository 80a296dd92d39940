import { z } from "zod";
import type { ProjectFile } from "../adapters/python/discover.ts";
import { Failure } from "../vocabulary/failure.ts";
import { Settings, Thresholds } from "../vocabulary/settings.ts";

/** The project's rules for the optimizer: the TOML of `.codeflash/conventions.md`. */
export interface Conventions {
  path: string;
  content: Record<string, unknown>;
  /** It came with the repository. */
  committed: boolean;
}

export const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const camel = (name: string): string => name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Edits that lead from one word to another. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((next[j] as number) + 1, (row[j + 1] as number) + 1, (row[j] as number) + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) as number;
}

function nearest(word: string, words: readonly string[]): string | null {
  const best = [...words].sort((a, b) => distance(word, a) - distance(word, b))[0];
  return best !== undefined && distance(word, best) <= Math.max(3, best.length / 2) ? best : null;
}

/** kebab-case keys to the schema's names; an unknown key is an error that names the nearest valid one. */
function named(table: unknown, shape: Record<string, unknown>, where: string): Record<string, unknown> {
  if (typeof table !== "object" || table === null || Array.isArray(table)) {
    throw new Failure("bad-settings", `${where} must be a table.`, "Mend that file.");
  }
  const known = Object.keys(shape).map(kebab);
  return Object.fromEntries(
    Object.entries(table).map(([key, value]) => {
      if (known.includes(key)) return [camel(key), value];
      const near = nearest(key, known);
      throw new Failure(
        "bad-settings",
        `${where} has an unknown key "${key}".`,
        near ? `Did you mean "${near}"?` : `Known keys: ${known.join(", ")}.`,
      );
    }),
  );
}

/** `--tier NAME=TARGET`, as often as there are tiers. */
function tiersOf(given: unknown): Record<string, string> {
  const words = (Array.isArray(given) ? given : [given]).map(String);
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf("=");
      if (at > 0 && at < word.length - 1) return [word.slice(0, at).trim(), word.slice(at + 1).trim()];
      throw new Failure("wrong-use", `--tier ${word} names no target.`, 'Write --tier "a=run.py large.csv".');
    }),
  );
}

/** `--price 3,15` comes as two words; without `--no-catalogue` the command line says nothing of the catalogue. */
function numbered({ price, catalogue, ...flags }: Record<string, unknown>): Record<string, unknown> {
  return { ...flags, ...(Array.isArray(price) && { price: price.map(Number) }), ...(catalogue === false && { catalogue }) };
}

/**
 * What is sent to whom, what is started beside the project's own code and how far its runs reach is the user's choice and not the
 * repository's.
 */
const usersOwn: readonly [key: string, decides: string][] = [
  ...["model", "triageModel", "baseUrl", "docs"].map((it): [string, string] => [it, "what is sent where"]),
  ["isolation", "what keeps runs apart"],
  ["expose", "what runs may see of your machine"],
  ["python", "what is started outside of all walls"],
];

function mustBeTheUsers(table: Record<string, unknown>, at: string): void {
  const { allow } = table;
  const net = Array.isArray(allow) && allow.includes("net");
  const [key, decides] = usersOwn.find(([it]) => table[it] !== undefined) ?? (net ? ["allow net", "whom runs may talk to"] : []);
  if (key === undefined) return;
  throw new Failure(
    "bad-settings",
    `${at} sets ${kebab(key)}, which decides ${decides}: a file that comes with a repository does not.`,
    `Write --${kebab(key).replace(" ", "-")}, or that key in .codeflash/conventions.md, which is not committed.`,
  );
}

const where = "[tool.codeflash-memory]";

/** One file's settings, its keys checked. */
function tableOf(content: unknown, at: string): Record<string, unknown> {
  const table = named(content, Settings.shape, at);
  const { thresholds } = table;
  return thresholds === undefined ? table : { ...table, thresholds: named(thresholds, Thresholds.shape, `${at}, thresholds`) };
}

/** Settings of a run: a flag wins over conventions.md, that over pyproject.toml, that over the default. */
export function readSettings(
  project: ProjectFile | null,
  flags: Record<string, unknown>,
  conventions: Conventions | null = null,
): Settings {
  const tool = (project?.content["tool"] as Record<string, unknown> | undefined)?.["codeflash-memory"];
  const general = tool === undefined ? {} : tableOf(tool, `${where} in ${project?.path}`);
  mustBeTheUsers(general, `${where} in ${project?.path}`);
  const own = conventions === null ? {} : tableOf(conventions.content, conventions.path);
  if (conventions?.committed) mustBeTheUsers(own, `${conventions.path}, which is committed,`);
  const file: Record<string, unknown> = { ...general, ...own };
  for (const key of ["thresholds", "tiers"]) {
    const both = [general[key], own[key]].filter((it) => typeof it === "object" && it !== null);
    if (both.length > 0) file[key] = Object.assign({}, ...both);
  }
  if (flags["tier"] !== undefined) file["tiers"] = { ...(file["tiers"] as object | undefined), ...tiersOf(flags["tier"]) };
  if (flags["allowNet"] === true) flags = { ...flags, allow: [...((flags["allow"] ?? file["allow"] ?? []) as string[]), "net"] };
  const given = Object.fromEntries(
    Object.entries(numbered(flags)).filter(([key, value]) => value !== undefined && key in Settings.shape),
  );
  const parsed = Settings.safeParse({ ...file, ...given });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const key = issue?.path.map((part) => kebab(String(part))).join(".") ?? "";
  throw new Failure(
    "bad-settings",
    `The setting ${key} is wrong: ${issue?.message ?? z.prettifyError(parsed.error)}.`,
    `See \`codeflash-memory optimize --help\`; settings come from flags, .codeflash/conventions.md and ${where}.`,
  );
}
