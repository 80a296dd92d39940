import { parse, stringify, TomlError } from "smol-toml";
import { Failure } from "../../vocabulary/failure.ts";

const marks = ["# codeflash-memory: begin", "# codeflash-memory: end"] as const;

/** A TOML file with one table of ours between marks at its end (null: without it); every other byte stays. */
export function tomlWith(
  path: string,
  text: string,
  keys: readonly [string, string],
  table: Record<string, unknown> | null,
): string {
  const [begin, end] = [text.indexOf(marks[0]), text.indexOf(marks[1])];
  const there = begin >= 0 && end > begin;
  const rest = there ? `${text.slice(0, begin)}${text.slice(end + marks[1].length).replace(/^\n/, "")}` : text;
  const without = there ? rest.replace(/\n+$/, "\n").replace(/^\n$/, "") : text;
  if (table === null) return without;
  mustBeFree(path, without, keys);
  const entry = `${marks[0]}\n${stringify({ [keys[0]]: { [keys[1]]: table } }).trim()}\n${marks[1]}\n`;
  return without.trim() === "" ? entry : `${without.trimEnd()}\n\n${entry}`;
}

/** A table of the same name that somebody wrote is theirs. */
function mustBeFree(path: string, text: string, [group, name]: readonly [string, string]): void {
  try {
    const servers = parse(text)[group] as Record<string, unknown> | undefined;
    if (servers?.[name] === undefined) return;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new Failure(
      "bad-settings",
      `${path}:${error.line} is no TOML: ${error.message.split("\n")[0]}.`,
      "Mend that file first.",
    );
  }
  throw new Failure(
    "bad-settings",
    `${path} has a table [${group}.${name}] of its own.`,
    "Take it out, or leave it: it is not touched.",
  );
}
