import { Ansis } from "ansis";

export type Colours = InstanceType<typeof Ansis>;

type Environment = Readonly<Record<string, string | undefined>>;

const isSet = (value: string | undefined): boolean => value !== undefined && value !== "";

/** Whether a stream gets colour: never with NO_COLOR, always with FORCE_COLOR (but 0), else where a terminal has some. */
export function hasColour(stream: { isTTY?: boolean }, env: Environment): boolean {
  if (isSet(env["NO_COLOR"])) return false;
  if (env["FORCE_COLOR"] !== undefined) return !["0", "false"].includes(env["FORCE_COLOR"]);
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

/** The sixteen colours that the user's own theme defines, or none. */
export const coloursOf = (stream: { isTTY?: boolean }, env: Environment): Colours => new Ansis(hasColour(stream, env) ? 1 : 0);

/** Control characters from a repository or a model must not steer the terminal: line ends and tabs stay, the rest is shown as `?`. */
export const harmless = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "?");

/** One line of the method, coloured by what it says. Its text stays as it is. */
export function painted(line: string, on: Colours): string {
  const bar = /^(.*?)(█*[█▏▎▍▌▋▊▉])$/.exec(line);
  if (bar && line.startsWith("  ")) return `${bar[1]}${heat(bar[2] as string, on)}`;
  const tag = /^\[[a-z][^\]]*\]/.exec(line)?.[0];
  if (tag === undefined) return heading(line, on);
  const rest = line.slice(tag.length);
  if (tag.startsWith("[experiment")) return `${on.cyan(tag)}${outcome(rest, on)}`;
  if (/^\[(plateau|complete|tier|milestone|progress)/.test(tag)) return on.bold(line);
  if (/^\[(gate|learned|history|note|mind)/.test(tag)) return on.dim(line);
  if (/^\[(limit|stopp|cross-domain|review)/.test(tag)) return `${on.yellow(tag)}${rest}`;
  return `${on.cyan(tag)}${rest}`;
}

const heat = (bar: string, on: Colours): string => (bar.length >= 7 ? on.red : bar.length >= 4 ? on.yellow : on.green)(bar);

const heading = (line: string, on: Colours): string =>
  /^ {2}(Stage|Line|Type) /.test(line) || /^(#+ |At the peak|By line|What it is)/.test(line) ? on.bold(line) : line;

function outcome(rest: string, on: Colours): string {
  if (rest.startsWith(" KEEP")) return on.green(rest);
  if (rest.startsWith(" DISCARD") || rest.startsWith(" TAKEN BACK")) return on.yellow(rest);
  if (rest.startsWith(" target:")) return on.dim(rest);
  return rest;
}
