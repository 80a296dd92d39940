import { basename } from "node:path";
import { z } from "zod";
import { keptAnswer } from "../../adapters/disk/cache.ts";
import { stopRule } from "../../method/plateau.ts";
import { before } from "../../method/state.ts";
import { targetsOf, worthAWord } from "../../minds/guest/targets.ts";
import { shorten } from "../../records/shorten.ts";
import type { AgentSession } from "./agent-session.ts";
import { nextWords } from "./gate-file.ts";

const phases = ["none", "working", "choose", "check", "submit", "repair", "stopped", "finished"] as const;

/** What each answer of a tool has: where the agent stands, what happened since it was last told, and what it does next. */
export const base = {
  phase: z.enum(phases),
  next: z.string(),
  lines: z.array(z.string()),
  heapPeakBytes: z.strictObject({ before: z.number().nullable(), now: z.number().nullable() }).nullable(),
  job: z.string().nullable(),
  more: z.strictObject({ file: z.string(), uri: z.string(), leftOut: z.record(z.string(), z.int()) }).optional(),
};
export type Base = z.infer<z.ZodObject<typeof base>>;

/** Characters of an answer's JSON. */
const mostCharacters = 3_000;

/** The part that all answers share. `job`: id of the one under way. */
export function standing(agent: AgentSession | null, lines: readonly string[], job: string | null): Base {
  const phase = job !== null ? "working" : (agent?.phase() ?? "none");
  const state = agent?.state();
  const next = nextOf(phase, agent, job);
  const first = state && before(state);
  const heapPeakBytes = state ? { before: first?.heapBytes ?? null, now: state.peaks?.heapBytes ?? null } : null;
  return { phase, next, lines: [...lines], heapPeakBytes, job };
}

function nextOf(phase: Base["phase"], agent: AgentSession | null, job: string | null): string {
  if (phase === "working") return `Call \`job\` with id ${job} until it has ended.`;
  if (phase === "none" || !agent)
    return "Call `start` with the target to begin a session, or without arguments to go on with the last one.";
  const { brief } = agent;
  const state = agent.state();
  if (phase !== "choose" || !brief) return nextWords[phase];
  const stop = stopRule(state);
  if (stop) return `The tier is at its plateau (${stop.rule}: ${stop.why}): call \`finish\`.`;
  const left = targetsOf(brief, state).some((it) => it.standing === "open" && worthAWord(it, brief));
  return left ? nextWords[phase] : "No target above the floor is without an experiment or a reason: call `finish`.";
}

export const answerScheme = "codeflash-memory://answers/";

/** The answer within the limit: the oldest lines go first, then the ends of long lists; a file and a resource have all of it. */
export async function short<T extends Base>(answer: T): Promise<T> {
  const whole = JSON.stringify(answer);
  if (whole.length <= mostCharacters) return answer;
  const file = await keptAnswer(whole);
  const uri = `${answerScheme}${basename(file)}`;
  const lines = lastLines(
    answer.lines,
    Math.max(600, mostCharacters - 500 - (whole.length - JSON.stringify(answer.lines).length)),
  );
  const cut = { ...answer, lines };
  const { short: rest, leftOut } = shorten(cut);
  const dropped = answer.lines.length - lines.length;
  const more = { file, uri, leftOut: { ...leftOut, ...(dropped > 0 && { lines: dropped + (leftOut["lines"] ?? 0) }) } };
  return { ...(rest as T), more };
}

/** As many of the last lines as fit. */
function lastLines(lines: readonly string[], characters: number): string[] {
  let left = characters;
  let from = lines.length;
  while (from > 0 && left - JSON.stringify(lines[from - 1]).length - 1 >= 0) {
    from -= 1;
    left -= JSON.stringify(lines[from]).length + 1;
  }
  return lines.slice(from);
}
