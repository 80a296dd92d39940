import type { EntryOf } from "../../vocabulary/journal.ts";
import type { ModelAnswer, Provider, Said, ToolCall, ToolSpec, Turn } from "../../vocabulary/model.ts";
import { wordsOf } from "./text.ts";

type Answered = EntryOf<"answered">;

/** What a tool says to a call. `ends`: the conversation is over, nothing more is asked. */
export interface ToolResult {
  text: string;
  ends?: boolean;
  /** What of the repository is in the text, in words. */
  shown?: string[];
}

export interface Conversation {
  provider: Provider;
  call: string;
  /** Number of its first turn: a question may take several conversations. */
  from: number;
  stable: string;
  tools: readonly ToolSpec[];
  opening: { text: string; shown: string[] };
  mostTurns: number;
  mostTokens: number;
  /** US dollars that it may cost; null: no limit. */
  budget: number | null;
  paid: readonly Answered[];
  mask(text: string): Promise<string>;
  digest(text: string): string;
  /** Answers a call whose input is well formed. `seen`: all words that the model was shown. */
  use(call: ToolCall, seen: ReadonlySet<string>): Promise<ToolResult>;
}

/** How it ended, how many turns and how much money it took. */
export interface Ended {
  turns: number;
  cost: number;
  why: "ended" | "turns" | "budget" | "refused" | "silent";
}

/** Turns in which a model may say nothing that counts: no tool called, or an answer that was cut. */
const mostIdle = 2;
const mostCallsOfTurn = 8;

/**
 * Asks, answers the tools that are called, and asks again, until a tool ends it. Every answer is yielded before it is used. An answer that
 * the journal has is not asked again: what was said in its turn is taken from there too, since measurements in it would come out anew.
 */
export async function* converse(it: Conversation): AsyncGenerator<Answered, Ended> {
  const turns: Turn[] = [];
  const seen = new Set<string>();
  let paid = paidFrom(it, await openingOf(it));
  let say: Said & { shown?: string[] } = { ...(await openingOf(it)), shown: it.opening.shown };
  let cost = 0;
  let idle = 0;
  for (let turn = 0; turn < it.mostTurns; turn++) {
    const before = paid[turn];
    if (!before) paid = [];
    const { shown = [], ...said } = before ? { ...before.said, shown: before.shown } : say;
    turns.push(said);
    for (const word of wordsOf(textOf(said))) seen.add(word);
    if (!before && it.budget !== null && cost >= it.budget) return { turns: turn, cost, why: "budget" };
    const entry = before ?? (await ask(it, turn, turns, said, shown));
    if (!before) yield entry;
    cost += entry.cost ?? 0;
    turns.push({ role: "answer", answer: entry.answer });
    if (entry.answer.ending === "refused") return { turns: turn + 1, cost, why: "refused" };
    const next = await reply(it, entry.answer, seen);
    if (next.ends) return { turns: turn + 1, cost, why: "ended" };
    idle = next.idle ? idle + 1 : 0;
    if (idle > mostIdle) return { turns: turn + 1, cost, why: "silent" };
    say = next.said;
  }
  return { turns: it.mostTurns, cost, why: "turns" };
}

async function openingOf(it: Conversation): Promise<Said> {
  return { role: "question", text: await it.mask(it.opening.text) };
}

/** Answers that the journal has to this very question, in order; none where other words were said, or another model was asked. */
function paidFrom(it: Conversation, said: Said): Answered[] {
  const request = digestOf(it, [said]);
  const start = it.paid.findLastIndex((one) => one.turn === it.from && one.request === request && one.model === it.provider.name);
  if (start < 0) return [];
  const rest = it.paid.slice(start);
  const end = rest.findIndex((one, index) => one.turn !== it.from + index);
  return end < 0 ? rest : rest.slice(0, end);
}

const digestOf = (it: Conversation, turns: readonly Turn[]): string =>
  it.digest(JSON.stringify([it.provider.name, it.stable, it.tools.map((tool) => [tool.name, tool.text]), turns]));

async function ask(it: Conversation, turn: number, turns: readonly Turn[], said: Said, shown: string[]): Promise<Answered> {
  const { provider, call, stable, tools, mostTokens } = it;
  const request = { call, turn: it.from + turn, stable, tools, turns, mostTokens };
  const { answer, tokens, cost, sentBytes } = await provider.ask(request);
  const digest = digestOf(it, turns);
  return {
    kind: "answered",
    call,
    turn: request.turn,
    model: provider.name,
    request: digest,
    sentBytes,
    said,
    shown,
    answer,
    tokens,
    cost,
  };
}

const textOf = (said: Said): string => (said.role === "question" ? said.text : said.results.map((it) => it.text).join("\n"));

type Reply = { ends: true } | { ends: false; idle: boolean; said: Said & { shown?: string[] } };

/** Calls are answered one after the other: what one measures is not disturbed by the next. */
async function reply(it: Conversation, answer: ModelAnswer, seen: ReadonlySet<string>): Promise<Reply> {
  if (answer.calls.length === 0) {
    const text =
      answer.ending === "length"
        ? `Your answer was cut at ${it.mostTokens} tokens. Be much shorter, and call a tool.`
        : `Answer with a tool: ${it.tools.map((tool) => tool.name).join(", ")}.`;
    return { ends: false, idle: true, said: { role: "question", text } };
  }
  const results: { id: string; name: string; text: string }[] = [];
  const shown: string[] = [];
  for (const [index, call] of answer.calls.entries()) {
    const result =
      index < mostCallsOfTurn
        ? await answerTo(it, call, answer.ending === "length", seen)
        : { text: "Too many calls in one answer." };
    if (result.ends) return { ends: true };
    results.push({ id: call.id, name: call.name, text: await it.mask(result.text) });
    shown.push(...(result.shown ?? []));
  }
  return { ends: false, idle: false, said: { role: "results", results, shown } };
}

async function answerTo(it: Conversation, call: ToolCall, wasCut: boolean, seen: ReadonlySet<string>): Promise<ToolResult> {
  const tool = it.tools.find((one) => one.name === call.name);
  if (!tool) return { text: `There is no tool ${call.name}. There are: ${it.tools.map((one) => one.name).join(", ")}.` };
  if (call.problem !== null)
    return {
      text: `The input is no JSON (${call.problem})${wasCut ? ": the answer was cut at its length limit; be shorter" : ""}. Call ${call.name} again.`,
    };
  const parsed = tool.input.safeParse(call.input);
  if (!parsed.success) {
    const issues = parsed.error.issues.slice(0, 4).map((one) => `${one.path.join(".") || "input"}: ${one.message}`);
    return { text: `The input is wrong: ${issues.join("; ")}. Call ${call.name} again.` };
  }
  return it.use(call, seen);
}
