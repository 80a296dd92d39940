import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the server does with one request, in order; the last one is repeated. */
export type Act =
  | { kind: "answer"; text?: string; calls?: { name: string; input: unknown }[]; ending?: "length" | "refused" }
  /** A tool call whose input is no JSON. */
  | { kind: "malformed"; name: string; input: string }
  | { kind: "error"; status: number; headers?: Record<string, string> }
  /** Begins to answer and hangs up. */
  | { kind: "cut" }
  /** Takes the request and says nothing until the other side goes. */
  | { kind: "silence" };

export type Wire = "anthropic" | "openai" | "compatible" | "google";

export interface FakeServer {
  url: string;
  /** Bodies of the requests, as they came. */
  requests: { path: string; headers: IncomingMessage["headers"]; body: Record<string, unknown> }[];
  close(): Promise<void>;
}

const usage = { input: 1200, cached: 1000, output: 80 };

/** A local server that speaks the streaming wire formats of four providers; the path tells which. */
export async function fakeServer(
  acts: Act[] | ((request: FakeServer["requests"][number], index: number) => Act),
): Promise<FakeServer> {
  const requests: FakeServer["requests"] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", () => {
      const got = { path: request.url ?? "", headers: request.headers, body: JSON.parse(text || "{}") };
      requests.push(got);
      const index = requests.length - 1;
      const act = typeof acts === "function" ? acts(got, index) : (acts[Math.min(index, acts.length - 1)] as Act);
      respond(response, wireOf(got.path), act);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

function wireOf(path: string): Wire {
  if (path.includes("/messages")) return "anthropic";
  if (path.includes("/responses")) return "openai";
  return path.includes("/chat/completions") ? "compatible" : "google";
}

function respond(response: ServerResponse, wire: Wire, act: Act): void {
  if (act.kind === "silence") return;
  if (act.kind === "error") {
    response.writeHead(act.status, { "content-type": "application/json", ...act.headers });
    response.end(
      JSON.stringify({
        type: "error",
        error: { type: "some_error", message: `status ${act.status}`, code: act.status, status: "X" },
      }),
    );
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const events = eventsOf[wire](act);
  const upTo = act.kind === "cut" ? Math.ceil(events.length / 2) : events.length;
  for (const event of events.slice(0, upTo)) response.write(event);
  if (act.kind === "cut") response.destroy();
  else response.end();
}

const named = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
const plain = (body: object) => `data: ${JSON.stringify(body)}\n\n`;

interface Said {
  text: string;
  calls: { name: string; json: string }[];
  ending: "length" | "refused" | undefined;
}

function saidOf(act: Act): Said {
  if (act.kind === "malformed") return { text: "", calls: [{ name: act.name, json: act.input }], ending: undefined };
  if (act.kind !== "answer") return { text: "half of an answer that will never", calls: [], ending: undefined };
  return {
    text: act.text ?? "",
    calls: (act.calls ?? []).map((it) => ({ name: it.name, json: JSON.stringify(it.input) })),
    ending: act.ending,
  };
}

const eventsOf: Record<Wire, (act: Act) => string[]> = {
  anthropic: (act) => {
    const { text, calls, ending } = saidOf(act);
    const reason =
      ending === "length" ? "max_tokens" : ending === "refused" ? "refusal" : calls.length > 0 ? "tool_use" : "end_turn";
    const tokens = {
      input_tokens: usage.input - usage.cached,
      cache_read_input_tokens: usage.cached,
      cache_creation_input_tokens: 0,
    };
    const block = (index: number, start: object, delta: object) => [
      named("content_block_start", { index, content_block: start }),
      named("content_block_delta", { index, delta }),
      named("content_block_stop", { index }),
    ];
    return [
      named("message_start", {
        message: {
          id: "msg_1",
          type: "message",
          role: "assistant",
          model: "m",
          content: [],
          stop_reason: null,
          usage: { ...tokens, output_tokens: 1 },
        },
      }),
      ...(text ? block(0, { type: "text", text: "" }, { type: "text_delta", text }) : []),
      ...calls.flatMap((it, at) =>
        block(
          at + 1,
          { type: "tool_use", id: `toolu_${at}`, name: it.name, input: {} },
          { type: "input_json_delta", partial_json: it.json },
        ),
      ),
      named("message_delta", { delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: usage.output } }),
      named("message_stop", {}),
    ];
  },
  openai: (act) => {
    const { text, calls, ending } = saidOf(act);
    const status = ending === "length" ? "incomplete" : "completed";
    const details =
      ending === "length" ? { reason: "max_output_tokens" } : ending === "refused" ? { reason: "content_filter" } : null;
    const message = { type: "message", id: "msg_1", role: "assistant", status: "completed", content: [] };
    return [
      named("response.created", { response: { id: "resp_1", created_at: 1, model: "m" } }),
      ...(text
        ? [
            named("response.output_item.added", { output_index: 0, item: message }),
            named("response.output_text.delta", { item_id: "msg_1", output_index: 0, content_index: 0, delta: text }),
            named("response.output_item.done", { output_index: 0, item: message }),
          ]
        : []),
      ...calls.flatMap((it, at) => {
        const item = {
          type: "function_call",
          id: `fc_${at}`,
          call_id: `call_${at}`,
          name: it.name,
          arguments: it.json,
          status: "completed",
        };
        return [
          named("response.output_item.added", { output_index: at + 1, item: { ...item, arguments: "" } }),
          named("response.function_call_arguments.delta", { item_id: item.id, output_index: at + 1, delta: it.json }),
          named("response.output_item.done", { output_index: at + 1, item }),
        ];
      }),
      named(details ? "response.incomplete" : "response.completed", {
        response: {
          id: "resp_1",
          status,
          incomplete_details: details,
          usage: {
            input_tokens: usage.input,
            input_tokens_details: { cached_tokens: usage.cached },
            output_tokens: usage.output,
            output_tokens_details: { reasoning_tokens: 0 },
          },
        },
      }),
    ];
  },
  compatible: (act) => {
    const { text, calls, ending } = saidOf(act);
    const reason =
      ending === "length" ? "length" : ending === "refused" ? "content_filter" : calls.length > 0 ? "tool_calls" : "stop";
    const chunk = (delta: object, finish: string | null = null) =>
      plain({
        id: "c1",
        object: "chat.completion.chunk",
        created: 1,
        model: "m",
        choices: [{ index: 0, delta, finish_reason: finish }],
      });
    return [
      chunk({ role: "assistant", content: text }),
      ...calls.map((it, at) =>
        chunk({
          tool_calls: [{ index: at, id: `call_${at}`, type: "function", function: { name: it.name, arguments: it.json } }],
        }),
      ),
      chunk({}, reason),
      plain({
        id: "c1",
        created: 1,
        model: "m",
        choices: [],
        usage: {
          prompt_tokens: usage.input,
          completion_tokens: usage.output,
          total_tokens: usage.input + usage.output,
          prompt_tokens_details: { cached_tokens: usage.cached },
        },
      }),
      "data: [DONE]\n\n",
    ];
  },
  google: (act) => {
    const { text, calls, ending } = saidOf(act);
    const parts = [...(text ? [{ text }] : []), ...calls.map((it) => ({ functionCall: { name: it.name, args: args(it.json) } }))];
    const content = { role: "model", parts: parts.length > 0 ? parts : [{ text: "" }] };
    const usageMetadata = {
      promptTokenCount: usage.input,
      cachedContentTokenCount: usage.cached,
      candidatesTokenCount: usage.output,
      totalTokenCount: usage.input + usage.output,
    };
    const finishReason = ending === "length" ? "MAX_TOKENS" : ending === "refused" ? "SAFETY" : "STOP";
    return [
      plain({ candidates: [{ content, index: 0 }], usageMetadata }),
      plain({ candidates: [{ content: { role: "model", parts: [{ text: "" }] }, index: 0, finishReason }], usageMetadata }),
    ];
  },
};

function args(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return { text: json };
  }
}
