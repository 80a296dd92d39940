import { z } from "zod";
import { type Command, commands, type Flag } from "../commands.ts";

const camel = (name: string): string => name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

function typeOf({ value, number, many }: Flag): z.ZodType {
  if (value === null) return z.boolean();
  if (many) return z.array(z.string());
  return number ? z.number() : z.string();
}

/** The row of the one table of commands that a tool is made from. */
export function commandNamed(name: Command["name"]): Command {
  const found = commands.find((it) => it.name === name);
  if (!found) throw new Error(`there is no command ${name}`);
  return found;
}

/** Flags of a command as properties of a tool's input: same names, same texts, all of them optional. */
export function inputOf(name: Command["name"], flags: readonly string[]): Record<string, z.ZodType> {
  const all = commandNamed(name).flags;
  return Object.fromEntries(
    flags.map((wanted) => {
      const flag = all.find((it) => it.name === wanted);
      if (!flag) throw new Error(`${name} has no flag --${wanted}`);
      return [camel(wanted), typeOf(flag).optional().describe(flag.text)];
    }),
  );
}
