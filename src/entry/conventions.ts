import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, TomlError } from "smol-toml";
import { z } from "zod";
import { git } from "../adapters/git/git.ts";
import { Failure } from "../vocabulary/failure.ts";
import { Settings, Thresholds } from "../vocabulary/settings.ts";
import { type Conventions, kebab } from "./settings.ts";

export const conventionsPath = (root: string): string => join(root, ".codeflash", "conventions.md");

/** One TOML block, which is read, and prose below it, which is kept. Null: there is no such file. Read as data: nothing in it is run but the commands that its settings name. */
export async function readConventions(root: string): Promise<Conventions | null> {
  const path = conventionsPath(root);
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  const known = await git(["ls-files", "--error-unmatch", "--", path], { cwd: root }).catch(() => null);
  return { path, content: tomlBlock(path, text), committed: known?.exitCode === 0 };
}

const tomlFence = /^```toml[^\S\n]*\n([\s\S]*?)^```[^\S\n]*$/m;

/** What a person wrote below the settings; empty where the file says no more than a new one. */
export function proseOf(text: string): string {
  const prose = text
    .slice(tomlFence.exec(text)?.index ?? 0)
    .replace(tomlFence, "")
    .replace(styleTitle, "")
    .replace(styleHint, "");
  return prose.trim();
}

const styleTitle = "## Style";
const styleHint = "Write here, in your own words, what a change should look like. People and models read it; it is never run.";

/** The first TOML block of a Markdown file; empty where it has none. */
export function tomlBlock(path: string, text: string): Record<string, unknown> {
  const block = tomlFence.exec(text);
  if (!block) return {};
  try {
    return parse(block[1] as string);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const line = text.slice(0, block.index).split("\n").length + error.line;
    throw new Failure("bad-settings", `${path}:${line} is no TOML: ${error.message.split("\n")[0]}.`, "Mend its first block.");
  }
}

const value = (it: unknown): string =>
  Array.isArray(it) ? `[${it.map((one) => JSON.stringify(one)).join(", ")}]` : JSON.stringify(it);

/** A key with what it means; commented out, so that the default holds until it is wanted. */
function line(key: string, schema: z.ZodType, defaults: Record<string, unknown>): string {
  const { description = "", type } = z.toJSONSchema(schema, { io: "input" });
  const given = defaults[key] ?? (type === "number" ? 60 : "");
  return `# ${kebab(key)} = ${value(given)}    # ${description}`;
}

/** A new conventions.md: every setting with its default and what it means. */
export function conventionsTemplate(): string {
  const defaults = Settings.parse({}) as Record<string, unknown>;
  const plain = Object.entries(Settings.shape).filter(([key]) => key !== "thresholds" && key !== "tiers");
  return [
    "# Conventions for codeflash-memory",
    "",
    "What this project asks of the optimizer. Remove the `#` of a line to set it; a flag on the command line wins over this file,",
    "this file over `pyproject.toml`, that over the default.",
    "",
    "```toml",
    ...plain.map(([key, schema]) => line(key, schema as z.ZodType, defaults)),
    "",
    "# [tiers]    # benchmarks by weight, lightest first",
    '# b = "tests/test_report.py::test_small"',
    '# a = "tests/test_report.py::test_large"',
    "",
    "# [thresholds]    # the numbers of the verdict and plateau rules",
    ...Object.entries(Thresholds.shape).map(([key, schema]) => line(key, schema as z.ZodType, Thresholds.parse({}))),
    "```",
    "",
    styleTitle,
    "",
    styleHint,
    "",
  ].join("\n");
}
