import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { keptAnswer } from "../../adapters/disk/cache.ts";
import { elapsed } from "../../records/live.ts";
import { shorten } from "../../records/shorten.ts";
import { Failure } from "../../vocabulary/failure.ts";
import type { More } from "../output.ts";
import { coloursOf, harmless, painted } from "../terminal/colours.ts";
import { regionOf } from "../terminal/region.ts";

/** Where a command says things: to people, and as one JSON object to programs. */
export interface Talk {
  width: number;
  /** Whether tables get heat bars: only where somebody looks. */
  bars: boolean;
  /** What comes of the command. */
  say(lines: readonly string[]): void;
  /** What happens on the way; left out with `--quiet`. */
  tell(lines: readonly string[]): void;
  /** What is done now: on a terminal, a line that moves when it takes more than two seconds. */
  during<T>(what: string, work: () => Promise<T>): Promise<T>;
  /** The same with a picture of its own, from the start: the moving line's text, and what stands below it. */
  watching<T>(picture: () => { now: string; sinceMs: number; below: string[] }, work: () => Promise<T>): Promise<T>;
  /** Prints the object where asked for. */
  answer(value: object): Promise<void>;
  event(value: unknown): void;
}

/** What takes longer than this is worth a word. */
const patienceMs = 2000;
const turns = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const turn = (): string => turns[Math.floor(Date.now() / 200) % turns.length] as string;

export function talk(flags: Record<string, unknown>): Talk {
  const machine = flags["json"] === true || flags["events"] === true;
  const quiet = flags["quiet"] === true;
  const people = machine ? process.stderr : process.stdout;
  const on = coloursOf(people, process.env);
  const region = regionOf(people, on);
  // Lines that go into a file or a pipe leave the terminal free for one line that says how far it is.
  const beside = region ?? regionOf(process.stderr, coloursOf(process.stderr, process.env));
  const moving = quiet ? null : beside;
  const say = (lines: readonly string[]) => {
    if (lines.length === 0) return;
    const text = harmless(lines.join("\n"));
    const shown = `${text
      .split("\n")
      .map((line) => painted(line, on))
      .join("\n")}\n`;
    if (region) return region.above(shown);
    beside?.pause();
    people.write(shown);
  };
  return {
    width: Math.max(60, Math.min(people.columns ?? 100, 120)),
    bars: region !== null,
    say,
    tell: (lines) => {
      if (!quiet) say(lines);
    },
    during: async (what, work) => {
      const began = Date.now();
      const picture = () => [`${turn()} ${what} · ${elapsed(Date.now() - began)}`];
      const patience = setTimeout(() => moving?.show(picture), patienceMs);
      try {
        return await work();
      } finally {
        clearTimeout(patience);
        moving?.hide();
      }
    },
    watching: async (picture, work) => {
      const began = Date.now();
      moving?.show(() => {
        const { now, sinceMs, below } = picture();
        const all = `${elapsed(Date.now() - began)} in all`;
        return [`${turn()} ${now} · ${elapsed(Date.now() - sinceMs)} (${all})`, ...(region ? below : [])].map(harmless);
      });
      try {
        return await work();
      } finally {
        moving?.hide();
      }
    },
    answer: async (value) => {
      const text = `${JSON.stringify(value, null, 2)}\n`;
      const file = flags["jsonFile"];
      if (flags["json"] === true) process.stdout.write(flags["full"] === true ? text : await inShort(value, text, file));
      if (typeof file !== "string") return;
      await writeFile(file, text).catch((error: Error) => {
        throw new Failure("unwritable", `${file} cannot be written: ${error.message}`, "Give --json-file a path that can.");
      });
    },
    event: (value) => {
      if (flags["events"] === true) process.stdout.write(`${JSON.stringify(value)}\n`);
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
