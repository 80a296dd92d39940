/** A flag of a command; `setting` flags share the schema of `[tool.codeflash-memory]`. */
export interface Flag {
  name: string;
  /** What stands for its value in the help; null: a switch. */
  value: string | null;
  text: string;
  /** May be repeated; with commas, one word may hold several values too. */
  many?: "repeated" | "commas";
  number?: boolean;
}

export interface Command {
  name:
    | "profile"
    | "optimize"
    | "compare"
    | "micro"
    | "survey"
    | "pr"
    | "pin"
    | "export"
    | "init"
    | "status"
    | "report"
    | "serve"
    | "journal"
    | "doctor"
    | "mcp"
    | "install";
  /** What its words name: a target, the two sides to compare, a coding agent's host, what to do with a journal, or nothing. */
  words: "target" | "refs" | "host" | "journal" | null;
  summary: string;
  flags: readonly Flag[];
  examples: readonly string[];
}

const python: Flag = { name: "python", value: "PATH", text: "interpreter or virtual environment to use (default: found)" };
const target: readonly Flag[] = [
  python,
  { name: "setup", value: "CODE", text: "Python statements before the call of a function target" },
  { name: "args", value: "CODE", text: "arguments of the call of a function target" },
  { name: "function", value: "NAME", text: "the pipeline function, `file.py:name` or `name` (default: found)" },
  { name: "timeout", value: "SECONDS", text: "end a first run of the target after this long (600)", number: true },
];
const isolation: readonly Flag[] = [
  {
    name: "isolation",
    value: "RUNG",
    text: "how runs are kept apart: namespaces, landlock, process, external (default: the best that holds)",
  },
  { name: "expose", value: "WHAT", text: "what a confined run may see: a path, or env:NAME", many: "repeated" },
  { name: "memory-limit", value: "MIB", text: "memory for a run (default: what is free)", number: true },
];
const network: Flag = { name: "allow-net", value: null, text: "the same as --allow net: a model's changes may use the network" };
const tier: Flag = {
  name: "tier",
  value: "NAME=TARGET",
  text: "a benchmark by weight (b, a, s); heavier ones are gone to when they show more",
  many: "repeated",
};
const fetching: Flag = {
  name: "allow",
  value: "WHAT",
  text: "net: fetch memray once, outside of your environment",
  many: "commas",
};
const model: readonly Flag[] = [
  {
    name: "model",
    value: "PROVIDER:NAME",
    text: "a language model that goes on where the recipes stop: anthropic, openai, google, openai-compatible, bedrock",
  },
  { name: "base-url", value: "URL", text: "address of the model's server" },
  {
    name: "price",
    value: "IN,OUT",
    text: "US dollars per million tokens, where the price table does not know the model",
    many: "commas",
  },
];
const output: readonly Flag[] = [
  { name: "json", value: null, text: "one JSON object on stdout (long lists cut to 3 KB), all talk on stderr" },
  { name: "full", value: null, text: "with --json: all of it" },
  { name: "schema", value: null, text: "print the JSON schema of that object and do nothing else" },
  { name: "json-file", value: "PATH", text: "write the whole object to a file" },
  { name: "quiet", value: null, text: "say what came of it, not what happens on the way" },
];

/** The one table of commands: the command line is made from it. */
export const commands: readonly Command[] = [
  {
    name: "profile",
    words: "target",
    summary: "show where the memory goes: per stage, per line, what it is; changes nothing",
    flags: [
      ...target,
      { name: "quick", value: null, text: "two runs only: stages by resident memory, lines by memray" },
      { name: "larger", value: "TARGET", text: "the same code with a larger input: how each line grows" },
      { name: "flame", value: "FILE.svg", text: "write a flame graph of what stands at the peak" },
      { name: "speedscope", value: "FILE.json", text: "write the same for speedscope, in bytes" },
      { name: "collapsed", value: "FILE.txt", text: "write the same as collapsed stacks" },
      { name: "csv", value: "FILE.csv", text: "write the stages and the lines at the peak" },
      { name: "markdown", value: "FILE.md", text: "write the same as it is shown" },
      fetching,
      ...isolation,
      ...output,
    ],
    examples: [
      "profile tests/test_report.py::test_large",
      "profile build_index.py data.csv",
      "profile shop.report:monthly --args '2024, 5'",
    ],
  },
  {
    name: "optimize",
    words: "target",
    summary: "lower the peak, one proved change at a time, on the branch codeflash/optimize",
    flags: [
      ...target,
      tier,
      { name: "tests", value: "ARGS", text: "pytest arguments: the tests that must stay green (default: all that pytest finds)" },
      { name: "test-command", value: "COMMAND", text: "any other command that must exit with 0" },
      { name: "guard", value: "COMMAND", text: "a command that must exit with 0 after every change" },
      {
        name: "allow",
        value: "WHAT",
        text: "give leave: slow, api, mmap, cache, processes, runtime, quantization, import-time, settings, net, untested",
        many: "commas",
      },
      network,
      ...isolation,
      { name: "protect", value: "PATH", text: "a path that is never changed", many: "repeated" },
      { name: "repos", value: "PATH", text: "another checkout that is worked on together with this one", many: "repeated" },
      { name: "pairs", value: "N", text: "alternating pairs of runs behind each verdict (3)", number: true },
      { name: "input", value: "SIZE", text: "size of the input: MiB, or a file or folder (default: the files that are read)" },
      { name: "jobs", value: "N", text: "runs at once, as far as cores and memory are free (2)", number: true },
      { name: "milestone", value: "N", text: "keeps between two milestones: full benchmark, review, tag (3)", number: true },
      { name: "max-experiments", value: "N", text: "stop after N experiments (60)", number: true },
      { name: "max-time", value: "MINUTES", text: "stop after this many minutes", number: true },
      ...model,
      { name: "max-cost", value: "DOLLARS", text: "stop when the model has cost this much (US dollars)", number: true },
      { name: "triage-model", value: "PROVIDER:NAME", text: "a cheap model that sorts the sites before the model is asked" },
      {
        name: "docs",
        value: "URL",
        text: "MCP documentation server (or the command for one) that the model may ask about libraries",
      },
      { name: "proposals", value: "N", text: "different changes that the model drafts for one site (1)", number: true },
      { name: "no-catalogue", value: null, text: "leave the built-in recipes out" },
      { name: "fresh", value: null, text: "begin a new session where an earlier one ended or was interrupted" },
      ...output,
      { name: "events", value: null, text: "stream every journal entry as NDJSON on stdout" },
    ],
    examples: [
      "optimize tests/test_report.py::test_large",
      "optimize build_index.py data.csv --tests 'tests/unit -x'",
      "optimize -m shop.import catalogue.xml --test-command 'make check'",
    ],
  },
  {
    name: "compare",
    words: "refs",
    summary: "measure a target at two commits (or the files as they are) in turns, and say what changed",
    flags: [
      { name: "target", value: "TARGET", text: "what is run on both sides" },
      ...target,
      { name: "tests", value: "ARGS", text: "pytest arguments: tests to run on both sides first (default: none)" },
      { name: "test-command", value: "COMMAND", text: "any other command that must exit with 0" },
      { name: "pairs", value: "N", text: "alternating pairs of runs (3)", number: true },
      { name: "allow", value: "WHAT", text: "lock: compare though the dependency lock differs", many: "commas" },
      ...isolation,
      { name: "fail-above", value: "PERCENT", text: "exit code 1 when head's peak is higher by more than this", number: true },
      { name: "markdown", value: "PATH", text: "write the comparison as Markdown" },
      ...output,
    ],
    examples: [
      "compare main --target tests/test_report.py::test_large",
      "compare v1.2 worktree --target 'build_index.py data.csv'",
    ],
  },
  {
    name: "survey",
    words: null,
    summary: "the peaks of all tiers in one table; without tiers, proposes some from the tests",
    flags: [
      python,
      tier,
      { name: "timeout", value: "SECONDS", text: "end a first run of a target after this long (600)", number: true },
      ...isolation,
      ...output,
    ],
    examples: ["survey", "survey --tier 'b=run.py small.csv' --tier 'a=run.py large.csv'"],
  },
  {
    name: "micro",
    words: null,
    summary: "measure two snippets on the same setup, each in a process of its own",
    flags: [
      python,
      { name: "a", value: "CODE", text: "the way it is now; @file.py reads a file; its last expression is its value" },
      { name: "b", value: "CODE", text: "the other way" },
      { name: "setup", value: "CODE", text: "run before either, not measured" },
      { name: "pairs", value: "N", text: "alternating pairs of runs (3)", number: true },
      { name: "timeout", value: "SECONDS", text: "end a run after this long (600)", number: true },
      ...isolation,
      ...output,
    ],
    examples: ["micro --setup 'rows = range(10**5)' --a 'sum([it * it for it in rows])' --b 'sum(it * it for it in rows)'"],
  },
  {
    name: "pr",
    words: null,
    summary: "make pull requests of the kept changes: branch, text, chart, measured afresh; shown to nobody without leave",
    flags: [
      { name: "base", value: "REF", text: "the branch to merge into (default: the one that the session began on)" },
      { name: "session", value: "ID", text: "the session to take (default: the last that kept something)" },
      { name: "target", value: "TARGET", text: "what is measured (default: the session's tiers)", many: "repeated" },
      { name: "together", value: null, text: "all kept changes in one branch (default: independent ones apart)" },
      { name: "pairs", value: "N", text: "alternating pairs of runs (default: the session's)", number: true },
      { name: "fresh", value: null, text: "measure again what was measured before, write its text anew" },
      { name: "remote", value: "NAME", text: "where to (default: the base branch's, or origin)" },
      { name: "push", value: null, text: "leave to push the branches" },
      { name: "open", value: null, text: "leave to push them and to open drafts with gh" },
      { name: "assets", value: null, text: "leave to push the charts to a branch pr-assets of their own (public repositories)" },
      python,
      ...output,
    ],
    examples: ["pr", "pr --base develop --open"],
  },
  {
    name: "pin",
    words: "target",
    summary: "write a pytest test that fails when the target's peak comes back",
    flags: [
      ...target.filter((it) => it.name !== "function"),
      { name: "out", value: "PATH", text: "the file to write (default: beside the tests)" },
      {
        name: "against",
        value: "REF",
        text: "a commit where it must fail (default: what the last session on the target began from)",
      },
      ...output,
    ],
    examples: ["pin tests/test_report.py::test_large", "pin build_index.py data.csv --against main"],
  },
  {
    name: "export",
    words: null,
    summary: "a session as Markdown, CSV or JSON, read from its journal",
    flags: [
      { name: "session", value: "ID", text: "the session to take (default: the last)" },
      {
        name: "markdown",
        value: "PATH",
        text: "write its story: tables, what was kept and discarded, discoveries, what is left",
      },
      { name: "csv", value: "PATH", text: "write its experiments, one a row" },
      ...output,
    ],
    examples: ["export --markdown memory.md --csv experiments.csv", "export --json --full"],
  },
  {
    name: "init",
    words: null,
    summary: "make .codeflash/conventions.md: every setting with its default, for you to change",
    flags: output,
    examples: ["init"],
  },
  {
    name: "status",
    words: null,
    summary: "what the sessions of this repository found and what comes next",
    flags: output,
    examples: ["status"],
  },
  {
    name: "report",
    words: null,
    summary: "write what a session found as one page to look at, from its records alone",
    flags: [
      { name: "session", value: "ID", text: "which session (default: the last; `status` names them)" },
      { name: "out", value: "FILE.html", text: "where to write it (default: .codeflash/report.html)" },
      ...output,
    ],
    examples: ["report", "report --out memory.html"],
  },
  {
    name: "serve",
    words: null,
    summary: "the same page live in a browser on this machine: follow sessions, stop and guide them",
    flags: [{ name: "port", value: "N", text: "port on the loopback address (default: a free one)", number: true }, ...output],
    examples: ["serve", "serve --port 4545"],
  },
  {
    name: "journal",
    words: "journal",
    summary: "`verify`: whether the records of the sessions are what was written, entry by entry; changes nothing",
    flags: output,
    examples: ["journal verify", "journal verify copy/journal.jsonl"],
  },
  {
    name: "doctor",
    words: null,
    summary: "what this machine and project have, and what is missing",
    flags: [python, fetching, ...isolation, ...model, ...output],
    examples: ["doctor", "doctor --allow net", "doctor --model anthropic:claude-sonnet-4-5"],
  },
  {
    name: "mcp",
    words: null,
    summary: "serve a coding agent, which then is the mind: MCP over stdin and stdout, or over HTTP on this machine",
    flags: [
      { name: "project", value: "PATH", text: "the project's folder (default: where it is started)" },
      { name: "http", value: null, text: "streamable HTTP on 127.0.0.1; prints its address and its token" },
      { name: "port", value: "N", text: "with --http (default: a free one)", number: true },
      {
        name: "wait",
        value: "SECONDS",
        text: "how long a call waits for its job before it answers with the id alone (45)",
        number: true,
      },
      network,
      ...isolation,
    ],
    examples: ["mcp", "mcp --http --port 8350"],
  },
  {
    name: "install",
    words: "host",
    summary: "tell a coding agent's host of this program; shows the change first",
    flags: [
      { name: "project", value: null, text: "in this project's files, for everybody who works on it (default: in your own)" },
      { name: "undo", value: null, text: "take it out again" },
      { name: "yes", value: null, text: "do not ask" },
    ],
    examples: ["install claude-code", "install codex --project", "install cursor --undo"],
  },
];

export const exitCodes = `Exit codes:
  0  done (also: nothing left to do)
  1  the target or its tests fail
  2  wrong use: unknown target or setting, not a git repository
  3  stopped by a limit
  4  the environment is unfit: no Python 3.9+, folder not writable, another run holds the project, the model does not answer
  130  interrupted; the same command goes on from there`;
