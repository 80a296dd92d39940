/** What a folder shows at a glance. */
export interface FirstLook {
  name: string;
  repository: boolean;
  /** Null: detached, or no repository. */
  branch: string | null;
  hasCommit: boolean;
  /** Folder of the virtual environment that lies here; null: none does. */
  environment: string | null;
  pythonFiles: number;
  /** Tests that look most like benchmarks, best first. */
  tests: string[];
  /** Files that are made to be run, nearest first. */
  scripts: string[];
  /** Targets of the configured tiers. */
  tiers: string[];
  /** The last session; `outcome` null: it is unfinished. */
  session: { targetName: string; outcome: string | null; experiments: number; keeps: number } | null;
}

interface Proposed {
  command: string;
  why: string;
}

/** A word of a command as a shell takes it. */
export const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** A target as it is typed: several words stay several. */
const target = (name: string): string => (name.includes("::") ? quoted(name) : name);

/** What to do here first, best first: go on with what was begun, else look, then lower. */
export function proposed(look: FirstLook): Proposed[] {
  const { session } = look;
  const begun: Proposed[] = [];
  if (session && session.outcome !== "plateau")
    begun.push({
      command: `optimize ${target(session.targetName)}`,
      why: `goes on where the last session stopped (${session.experiments} experiments, ${session.keeps} kept)`,
    });
  else if (session && session.keeps > 0)
    begun.push({ command: "pr", why: `prepares pull requests from the ${session.keeps} kept changes of the last session` });
  const [first] = [...look.tiers, ...look.tests, ...look.scripts];
  if (first === undefined) return begun;
  const configured = look.tiers.length > 0;
  const looking: Proposed[] = [
    configured
      ? { command: "survey", why: "the peaks of the configured tiers, in one table" }
      : { command: `profile ${target(first)}`, why: "shows where the memory goes; changes nothing" },
  ];
  if (look.repository && look.hasCommit && !session)
    looking.push({
      command: configured ? "optimize" : `optimize ${target(first)}`,
      why: "lowers the peak, one proved change at a time, on a branch of its own",
    });
  return [...begun, ...looking];
}

/** The screen that the bare command shows. */
export function welcome(look: FirstLook, version: string, others: readonly string[]): string[] {
  const all = proposed(look);
  return [
    `codeflash-memory ${version}: lowers the peak memory of Python programs, by itself.`,
    "It profiles, changes one thing, proves the gain by tests and measurement, keeps or reverts it.",
    "Your files, index and branches stay as they are: what is kept goes on codeflash/optimize.",
    "",
    `Here: ${here(look)}`,
    "",
    ...(all.length > 0 ? ["Next:"] : ["Next: stand in a Python project and name what it runs:"]),
    ...(all.length > 0
      ? all
      : [{ command: "profile script.py data.csv", why: "a script, a test, -m module, or package.module:function" }]
    ).flatMap((it) => [`  codeflash-memory ${it.command}`, `      ${it.why}`]),
    "",
    `Also: ${others.join(", ")}. All of it: codeflash-memory --help`,
  ];
}

function here(look: FirstLook): string {
  if (look.pythonFiles === 0) return `${look.name}, where no Python file lies.`;
  const many = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;
  const git = !look.repository
    ? "not in git (profile works, optimize needs a repository)"
    : !look.hasCommit
      ? "in git without a commit (optimize needs one)"
      : look.branch === null
        ? "in git, detached"
        : `in git on ${look.branch}`;
  const found = [
    git,
    ...(look.environment === null ? [] : [look.environment]),
    look.tests.length > 0 ? "with tests" : "no tests found",
    ...(look.scripts.length > 0 ? [`to run: ${look.scripts.slice(0, 3).join(", ")}`] : []),
    ...(look.tiers.length > 0 ? [`tiers: ${look.tiers.join(", ")}`] : []),
  ];
  return `${look.name}, ${many(look.pythonFiles, "Python file")}, ${found.join(", ")}.`;
}
