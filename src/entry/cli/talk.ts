import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { keptAnswer } from "../../adapters/disk/cache.ts";
import { shorten } from "../../records/shorten.ts";
import { Failure } from "../../vocabulary/failure.ts";
import type { More } from "../output.ts";

/** Where a command says things: to people, and as one JSON object to programs. */
export interface Talk {
  width: number;
  say(lines: readonly string[]): void;
  /** Prints the object where asked for. */
  answer(value: object): Promise<void>;
  event(value: unknown): void;
}

const write = (stream: NodeJS.WriteStream, text: string): void => void stream.write(text);

export function talk(flags: Record<string, unknown>): Talk {
  const machine = flags["json"] === true || flags["events"] === true;
  const people = machine ? process.stderr : process.stdout;
  return {
    width: Math.max(60, Math.min(people.columns ?? 100, 120)),
    say: (lines) => {
      if (lines.length > 0) write(people, `${lines.join("\n")}\n`);
    },
    answer: async (value) => {
      const text = `${JSON.stringify(value, null, 2)}\n`;
      const file = flags["jsonFile"];
      if (flags["json"] === true) write(process.stdout, flags["full"] === true ? text : await inShort(value, text, file));
      if (typeof file !== "string") return;
      await writeFile(file, text).catch((error: Error) => {
        throw new Failure("unwritable", `${file} cannot be written: ${error.message}`, "Give --json-file a path that can.");
      });
    },
    event: (value) => {
      if (flags["events"] === true) write(process.stdout, `${JSON.stringify(value)}\n`);
    },
  };
}

/** The object cut to what a program reads at once, with the file that has all of it. */
async function inShort(value: object, text: string, file: unknown): Promise<string> {
  const { short, leftOut } = shorten(value);
  if (Object.keys(leftOut).length === 0) return text;
  const more: More = { file: typeof file === "string" ? resolve(file) : await keptAnswer(text), leftOut };
  return `${JSON.stringify({ ...short, more })}\n`;
}
