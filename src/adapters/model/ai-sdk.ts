import { jsonSchema, type LanguageModel, type ModelMessage, streamText, type ToolSet, tool } from "ai";
import { toJSONSchema } from "zod";
import type { Asked, ModelAnswer, ModelRequest, Provider, Tokens } from "../../vocabulary/model.ts";
import { priceOf } from "./prices.ts";
import { type Patience, withPatience } from "./retry.ts";
import { stopped } from "./stopped.ts";

export interface SdkModel {
  /** `provider:name`. */
  name: string;
  model: LanguageModel;
  /** US dollars per million tokens, in and out, as the user gave them; null: by the offline table. */
  price: readonly [number, number] | null;
  signal: AbortSignal;
  patience: Patience;
}

// It would print on stdout, where the one JSON object stands.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

/** A model behind the AI SDK. One call of `ask` is one step: tools are answered by us, never by the SDK. */
export function sdkProvider(it: SdkModel): Provider {
  return { name: it.name, ask: (request) => withPatience(it, () => once(it, request)) };
}

/** What a provider may keep until the next call: all that stands before this mark. Others than Anthropic ignore it or do so unasked. */
const cached = { anthropic: { cacheControl: { type: "ephemeral" as const } } };

async function once({ name, model, price, signal }: SdkModel, request: ModelRequest): Promise<Asked> {
  const messages = messagesOf(request);
  const tools = toolsOf(request);
  const sentBytes = Buffer.byteLength(JSON.stringify([request.stable, messages, request.tools.map((it) => [it.name, it.text])]));
  const result = streamText({
    model,
    messages: [{ role: "system", content: request.stable, providerOptions: cached }, ...messages],
    allowSystemInMessages: true,
    tools,
    maxOutputTokens: request.mostTokens,
    maxRetries: 0,
    abortSignal: signal,
    onError: () => undefined,
  });
  let text = "";
  let ending: ModelAnswer["ending"] | null = null;
  let usage: Tokens = { input: 0, cached: 0, output: 0 };
  let written = 0;
  const calls: ModelAnswer["calls"] = [];
  for await (const part of result.fullStream) {
    if (part.type === "error") throw part.error;
    if (part.type === "abort") throw stopped();
    if (part.type === "text-delta") text += part.text;
    if (part.type === "tool-call") calls.push(callOf(part));
    if (part.type === "finish-step") {
      ending = endingOf(part.finishReason, calls.length > 0);
      usage = {
        input: part.usage.inputTokens ?? 0,
        cached: part.usage.inputTokenDetails?.cacheReadTokens ?? 0,
        output: part.usage.outputTokens ?? 0,
      };
      written = part.usage.inputTokenDetails?.cacheWriteTokens ?? 0;
    }
  }
  if (signal.aborted) throw stopped();
  if (ending === null || ending === "other") throw new CutStream();
  const raw = JSON.parse(JSON.stringify((await result.response).messages)) as ModelAnswer["raw"];
  return { answer: { text, calls, ending, raw }, tokens: usage, cost: priceOf(name, usage, written, price), sentBytes };
}

/** A stream that ended before the model had finished: nothing of it is used. */
class CutStream extends Error {
  constructor() {
    super("the answer broke off");
  }
}

function endingOf(reason: string, called: boolean): ModelAnswer["ending"] {
  if (reason === "length") return "length";
  if (reason === "content-filter") return "refused";
  if (reason === "tool-calls" || called) return "tools";
  return reason === "stop" ? "done" : "other";
}

function callOf(part: { toolCallId: string; toolName: string; input: unknown }): ModelAnswer["calls"][number] {
  const call = { id: part.toolCallId, name: part.toolName };
  if (typeof part.input === "string") return { ...call, input: null, problem: `it begins \`${part.input.slice(0, 60)}\`` };
  return { ...call, input: JSON.parse(JSON.stringify(part.input ?? null)), problem: null };
}

/** Tools without hands: the SDK gives us the calls back. Their input is checked by us, so that a wrong one can be answered. */
function toolsOf({ tools }: ModelRequest): ToolSet {
  return Object.fromEntries(
    tools.map((it) => [
      it.name,
      tool({
        description: it.text,
        inputSchema: jsonSchema(toJSONSchema(it.input, { io: "input", target: "draft-7" }) as object),
      }),
    ]),
  );
}

function messagesOf({ turns }: ModelRequest): ModelMessage[] {
  return turns.flatMap((turn): ModelMessage[] => {
    if (turn.role === "question") return [{ role: "user", content: turn.text }];
    if (turn.role === "answer") return turn.answer.raw as unknown as ModelMessage[];
    const content = turn.results.map((it) => ({
      type: "tool-result" as const,
      toolCallId: it.id,
      toolName: it.name,
      output: { type: "text" as const, value: it.text },
    }));
    return [{ role: "tool", content, providerOptions: cached }];
  });
}
