import { Argument, Command as Commander, CommanderError } from "commander";
import { type Command, commands, exitCodes, type Flag } from "../commands.ts";
import type { Invocation } from "../invocation.ts";

/** Version of the package, put in by the build. */
declare const __VERSION__: string;

/** Doors are loaded when used, so that `--help` answers at once. */
const doors: Record<Command["name"], () => Promise<{ run(invocation: Invocation): Promise<number> }>> = {
  profile: () => import("./profile.ts"),
  optimize: () => import("./optimize.ts"),
  compare: () => import("./compare.ts"),
  survey: () => import("./survey.ts"),
  micro: () => import("./micro.ts"),
  pr: () => import("./pr.ts"),
  export: () => import("./export.ts"),
  pin: () => import("./pin.ts"),
  init: () => import("./init.ts"),
  status: () => import("./status.ts"),
  report: () => import("./report.ts"),
  serve: () => import("./serve.ts"),
  journal: () => import("./journal.ts"),
  doctor: () => import("./doctor.ts"),
  mcp: () => import("./mcp.ts"),
  install: () => import("./install.ts"),
};

const camel = (name: string): string => name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

function addFlag(command: Commander, flag: Flag): void {
  const form = flag.value === null ? `--${flag.name}` : `--${flag.name} <${flag.value}>`;
  if (flag.many)
    command.option(form, `${flag.text} (may be repeated)`, (value: string, all: string[] = []) => [
      ...all,
      ...(flag.many === "commas" ? value.split(",") : [value]),
    ]);
  else if (flag.number) command.option(form, flag.text, (value: string) => (value.trim() === "" ? Number.NaN : Number(value)));
  else command.option(form, flag.text);
}

/**
 * The target's own words follow the command, so options of ours may stand before or after the first of them, and everything
 * behind `--` is the target's. `-m` is the target's word too.
 */
function addCommand(program: Commander, spec: Command, done: (code: number) => void): void {
  const command = program.command(spec.name).description(spec.summary);
  for (const flag of spec.flags) addFlag(command, flag);
  if (spec.words === "refs")
    command.argument("<base>", "a commit, branch or tag").argument("[head]", "the same, or `worktree`", "HEAD");
  if (spec.words === "host") command.argument("<host>", "claude-code, codex, gemini, opencode, cursor, vscode or agents-md");
  if (spec.words === "journal")
    command
      .addArgument(new Argument("<verb>", "what to do").choices(["verify"]))
      .argument("[path]", "a journal, or a session's id (default: all sessions of this repository)");
  if (spec.words === "target") {
    command.argument("[target...]", "pytest node id | script.py args… | -m module args… | package.module:function");
    command.option("-m <module>", "run a module as the target");
  }
  command.addHelpText(
    "after",
    `\nExamples:\n${spec.examples.map((it) => `  codeflash-memory ${it}`).join("\n")}\n\nAn argument of the target that begins with a dash goes behind \`--\`.`,
  );
  command.action(async (...received: unknown[]) => {
    const target = wordsOf(spec, received);
    const { m, ...options } = command.opts() as Record<string, unknown>;
    const flags = Object.fromEntries(Object.entries(options).map(([key, value]) => [camel(key), value]));
    if (flags["schema"] === true) return printSchema(spec.name);
    const words = typeof m === "string" ? ["-m", m, ...target] : target;
    const door = await doors[spec.name]();
    done(await door.run({ target: words, flags, cwd: process.cwd(), version: __VERSION__ }));
  });
}

function wordsOf({ words }: Command, received: readonly unknown[]): string[] {
  if (words === null) return [];
  if (words === "host") return [String(received[0])];
  if (words === "journal") return received.slice(0, 2).filter((it) => it !== undefined) as string[];
  return words === "refs" ? (received.slice(0, 2) as string[]) : (received[0] as string[]);
}

async function printSchema(name: Command["name"]): Promise<void> {
  const [{ toJSONSchema }, { outputs }] = await Promise.all([import("zod"), import("../output.ts")]);
  const output = Object.entries(outputs).find(([it]) => it === name)?.[1];
  if (output) process.stdout.write(`${JSON.stringify(toJSONSchema(output), null, 2)}\n`);
}

/** A reader that went away (`| head`) ends what it reads, not with an error. */
function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}

export async function main(argv: readonly string[]): Promise<number> {
  endWithReader();
  let exitCode = 0;
  const program = new Commander("codeflash-memory")
    .description("Lowers the peak memory of Python programs: profiles, changes one thing, proves the gain, keeps or reverts it.")
    .version(__VERSION__)
    .exitOverride()
    .configureHelp({ helpWidth: Math.max(60, Math.min(process.stdout.columns ?? 100, 110)) })
    .showSuggestionAfterError()
    .addHelpText(
      "after",
      `\nExamples:\n${commands.map((it) => `  codeflash-memory ${it.examples[0]}`).join("\n")}\n\n${exitCodes}`,
    );
  for (const spec of commands)
    addCommand(program, spec, (code) => {
      exitCode = code;
    });
  for (const command of program.commands) command.exitOverride();
  try {
    if (argv.length === 0) {
      const { run } = await import("./welcome.ts");
      return await run({ cwd: process.cwd(), version: __VERSION__ });
    }
    await program.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { explain } = await import("./explain.ts");
    return explain(error);
  }
}
