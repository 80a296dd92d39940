import type { Experiment, State } from "../../method/state.ts";
import { idsOf } from "../../vocabulary/commit.ts";
import type { EntryOf } from "../../vocabulary/journal.ts";
import type { Report } from "../../vocabulary/report.ts";
import type { Target } from "../../vocabulary/target.ts";

type Session = EntryOf<"session-began">;

/** A word as a POSIX shell reads it back. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** Words that name a target, as one types them. */
function targetWords(target: Target): string[] {
  switch (target.kind) {
    case "pytest":
      return [target.nodeId];
    case "script":
      return [target.path, ...dashed(target.args)];
    case "module":
      return ["-m", target.module, ...dashed(target.args)];
    case "function":
      return [`${target.module}:${target.qualname}`];
  }
}

/** Arguments of the target that begin with a dash go behind `--`. */
const dashed = (args: readonly string[]): string[] => (args.some((it) => it.startsWith("-")) ? ["--", ...args] : [...args]);

function targetFlags(target: Target): string[] {
  if (target.kind !== "function") return [];
  return [
    ...(target.setup === undefined ? [] : ["--setup", target.setup]),
    ...(target.args === undefined ? [] : ["--args", target.args]),
  ];
}

function testFlags({ tests }: Session): string[] {
  if (tests === null || tests.args === "") return [];
  return [tests.kind === "pytest" ? "--tests" : "--test-command", tests.args];
}

const line = (words: readonly string[]): string => ["codeflash-memory", ...words.map(quoted)].join(" ");

/** `compare` takes the target as one word. */
function compare(session: Session, tier: string, from: string, to: string): string | null {
  if (idsOf(from).length > 1) return null;
  const target = session.tiers.find((it) => it.name === tier)?.target ?? session.target;
  const words = targetWords(target)
    .filter((it) => it !== "--")
    .map(quoted)
    .join(" ");
  return line(["compare", from, to, "--target", words, ...targetFlags(target), ...testFlags(session)]);
}

/** Measures an experiment's two commits again; null: it made none, or it spans repositories, which `compare` does not. */
export function experimentCommand({ parent, implemented, tier }: Experiment, session: Session): string | null {
  return implemented?.commit ? compare(session, tier, parent, implemented.commit) : null;
}

/** How each kind of figure on the pages can be had again. */
export function sessionCommands(state: State, session: Session): Report["commands"] {
  const target = session.tiers.find((it) => it.name === state.tier)?.target ?? session.target;
  const named = targetWords(target);
  const profile = ["profile", ...targetFlags(target), "--flame", "peak.svg", ...named];
  const whole = compare(session, state.tier, session.base, state.commit);
  return [
    ...(whole && state.commit !== session.base ? [{ what: "the peaks before and after, measured afresh", command: whole }] : []),
    { what: "stages, lines, types and flame graph of the files as they are", command: line(profile) },
    {
      what: "the whole session anew",
      command: line(["optimize", "--fresh", ...testFlags(session), ...targetFlags(target), ...named]),
    },
    ...(state.commit === session.base ? [] : [{ what: "every kept change", command: "git log -p codeflash/optimize" }]),
  ];
}
