import { writeFile } from "node:fs/promises";
import { Failure } from "../../vocabulary/failure.ts";

/** Where a command says things: to people, and as one JSON object to programs. */
export interface Talk {
  width: number;
  say(lines: readonly string[]): void;
  /** Prints the object where asked for. */
  answer(value: unknown): Promise<void>;
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
      if (flags["json"] === true) write(process.stdout, text);
      const file = flags["jsonFile"];
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
