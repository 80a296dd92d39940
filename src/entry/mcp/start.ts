import { z } from "zod";
import { openRepository } from "../../adapters/git/repository.ts";
import { targetName } from "../../adapters/python/discover.ts";
import type { State } from "../../method/state.ts";
import { Failure } from "../../vocabulary/failure.ts";
import type { Target } from "../../vocabulary/target.ts";
import { openProject } from "../compose.ts";
import { sessionsOf } from "../open-session.ts";
import { AgentSession } from "./agent-session.ts";
import type { House } from "./house.ts";
import { inputOf } from "./inputs.ts";
import { tool } from "./tool.ts";

const flags = [
  "setup",
  "args",
  "function",
  "python",
  "tier",
  "tests",
  "test-command",
  "guard",
  "allow",
  "protect",
  "pairs",
  "fresh",
];

export const start = tool({
  name: "start",
  title: "Start or resume",
  description:
    "Start a memory session on a target, or go on with the last one (no arguments). Runs the tests, measures, prints the per-stage table, lets the built-in catalogue make its proved changes, then waits for your choice. Minutes: returns a job id when it takes long.",
  effect: "records",
  input: {
    target: z
      .string()
      .optional()
      .describe("pytest node id | script.py args | -m module args | package.module:function; leave out to resume"),
    ...inputOf("optimize", flags),
    catalogue: z.boolean().optional().describe("false: no built-in recipes, every change is yours (default: they go first)"),
  },
  output: {},
  run: async (house, args, progress) =>
    house.work("start", progress, async (signal) => {
      const agent = await take(house, args);
      return underway(house, agent, signal, async () => {
        if (agent.ended) house.say([`[resume] this target is at its plateau from this commit; begin anew with fresh: true`]);
        else await agent.go(null);
        return {};
      });
    }),
});

/** Lets the session run for a job; when that is ended from outside, the session is let go, and goes on when it is started again. */
export async function underway<T>(house: House, agent: AgentSession, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  const cancel = () => agent.cancel();
  signal.addEventListener("abort", cancel);
  let failed = true;
  try {
    const answer = await run();
    failed = false;
    return answer;
  } finally {
    signal.removeEventListener("abort", cancel);
    if (failed || signal.aborted) await house.leave();
    else if (agent.phase() === "finished") await agent.close();
  }
}

type Wish = Record<string, unknown>;

/** The session that is held, or the one that the arguments name. */
async function take(house: House, args: Wish): Promise<AgentSession> {
  const held = house.agent;
  const { target, fresh, ...given } = args;
  if (held && held.phase() !== "finished") {
    const name = held.state().session?.targetName;
    if (target === undefined || target === name) return held;
    throw new Failure("wrong-use", `A session of ${name} is open.`, "Finish it, or go on with it by `start` without arguments.");
  }
  house.agent = null;
  const said = house.flags(given);
  const wish = typeof target === "string" ? { target: [target], flags: said } : await lastWish(house.cwd, said);
  const project = await openProject({ ...wish, cwd: house.cwd, version: house.version }, true);
  house.agent = await AgentSession.open(project, { version: house.version, fresh: fresh === true }, house.say);
  return house.agent;
}

/** The last session of this folder that was not finished, with its settings. */
async function lastWish(cwd: string, given: Wish): Promise<{ target: string[]; flags: Wish }> {
  const repository = await openRepository(cwd);
  const { sessions } = repository ? await sessionsOf(repository.commonDir) : { sessions: [] };
  const open = sessions.findLast(({ state }) => isOpen(state))?.state.session;
  if (open) return { target: wordsOf(open.target), flags: { ...open.settings, ...callOf(open.target), ...given } };
  throw new Failure(
    "wrong-use",
    "There is no unfinished session here.",
    "Name a target: `start` with target tests/test_x.py::test_y, or script.py with its arguments.",
  );
}

const isOpen = ({ session, finished }: State): boolean => session !== null && (finished === null || finished.outcome === "limit");

/** The target as it was typed. */
function wordsOf(target: Target): string[] {
  if (target.kind === "script") return [target.path, ...target.args];
  if (target.kind === "module") return ["-m", target.module, ...target.args];
  return [target.kind === "function" ? `${target.module}:${target.qualname}` : targetName(target)];
}

const callOf = (target: Target): Wish => (target.kind === "function" ? { setup: target.setup, args: target.args } : {});
