import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { LanguageModel } from "ai";
import { afterEach, describe, expect, it } from "vitest";
import { sdkProvider } from "../../../src/adapters/model/ai-sdk.ts";
import { priceOf } from "../../../src/adapters/model/prices.ts";
import { providerOf } from "../../../src/adapters/model/providers.ts";
import { masked } from "../../../src/adapters/model/secrets.ts";
import { passTools } from "../../../src/minds/model/tools.ts";
import type { ModelRequest, Turn } from "../../../src/vocabulary/model.ts";
import { type Act, type FakeServer, fakeServer, type Wire } from "./fake-server.ts";

const made: Record<Wire, (url: string) => LanguageModel> = {
  anthropic: (url) => createAnthropic({ baseURL: `${url}/v1`, apiKey: "k" })("claude-sonnet-4-5"),
  openai: (url) => createOpenAI({ baseURL: `${url}/v1`, apiKey: "k" })("gpt-5"),
  compatible: (url) => createOpenAICompatible({ name: "local", baseURL: `${url}/v1`, includeUsage: true })("qwen"),
  google: (url) => createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey: "k" })("gemini-2.5-pro"),
};
const wires = Object.keys(made) as Wire[];
const names: Record<Wire, string> = {
  anthropic: "anthropic:claude-sonnet-4-5",
  openai: "openai:gpt-5",
  compatible: "openai-compatible:qwen",
  google: "google:gemini-2.5-pro",
};
const question: Turn = { role: "question", text: "what next?" };
const request = (turns: Turn[] = [question]): ModelRequest => ({
  call: "draft-1",
  turn: 0,
  stable: "be brief",
  tools: passTools,
  turns,
  mostTokens: 500,
});
const why = { why: "nothing is left at this site" };

let server: FakeServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function asks(wire: Wire, acts: Act[], options: { signal?: AbortSignal; turns?: Turn[] } = {}) {
  server = await fakeServer(acts);
  const provider = sdkProvider({
    name: names[wire],
    model: made[wire](server.url),
    price: null,
    signal: options.signal ?? new AbortController().signal,
    patience: { tries: 4, firstMs: 1 },
  });
  return provider.ask(request(options.turns));
}

describe.each(wires)("the wire format of %s", (wire) => {
  it("carries text, calls of tools, tokens and their price", async () => {
    const asked = await asks(wire, [{ kind: "answer", text: "so be it", calls: [{ name: "pass", input: why }] }]);
    expect(asked.answer).toMatchObject({
      text: "so be it",
      ending: "tools",
      calls: [{ name: "pass", input: why, problem: null }],
    });
    expect(asked.tokens).toEqual({ input: 1200, cached: 1000, output: 80 });
    if (wire === "compatible") expect(asked.cost).toBeNull();
    else expect(asked.cost).toBeGreaterThan(0);
    expect(server?.requests).toHaveLength(1);
    expect(JSON.stringify(server?.requests[0]?.body)).toContain("be brief");
  });

  it("carries results of tools back, with the answer before as it came", async () => {
    const first = await asks(wire, [{ kind: "answer", calls: [{ name: "pass", input: why }] }]);
    await server?.close();
    const call = first.answer.calls[0];
    const turns: Turn[] = [
      question,
      { role: "answer", answer: first.answer },
      { role: "results", results: [{ id: call?.id ?? "", name: "pass", text: "REFUSED: say more" }] },
    ];
    await asks(wire, [{ kind: "answer", text: "done" }], { turns });
    expect(JSON.stringify(server?.requests[0]?.body)).toContain("REFUSED: say more");
  });

  it("tries again after 429, 500, 529 and a cut stream, and counts one answer", async () => {
    const acts: Act[] = [
      { kind: "error", status: 429, headers: { "retry-after": "0" } },
      { kind: "error", status: 529 },
      { kind: "cut" },
      { kind: "answer", text: "at last" },
    ];
    expect((await asks(wire, acts)).answer).toMatchObject({ text: "at last", ending: "done", calls: [] });
    expect(server?.requests).toHaveLength(4);
  });

  it("gives up with a sentence: at once for a wrong key, after some tries for a broken server", async () => {
    await expect(asks(wire, [{ kind: "error", status: 401 }])).rejects.toMatchObject({ code: "model-failed" });
    expect(server?.requests).toHaveLength(1);
    await server?.close();
    await expect(asks(wire, [{ kind: "error", status: 500 }])).rejects.toThrow(/did not answer \(4 tries\)/);
    expect(server?.requests).toHaveLength(4);
  });

  it("tells overlong answers and refusals from whole ones", async () => {
    expect((await asks(wire, [{ kind: "answer", text: "on and on", ending: "length" }])).answer.ending).toBe("length");
    await server?.close();
    expect((await asks(wire, [{ kind: "answer", text: "no", ending: "refused" }])).answer.ending).toBe("refused");
  });

  it("ends at once when it is told to stop", async () => {
    const stop = new AbortController();
    const asked = asks(wire, [{ kind: "silence" }], { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await expect(asked).rejects.toMatchObject({ code: "interrupted" });
  });
});

describe("an answer", () => {
  it.each(wires.filter((it) => it !== "google"))(
    "with malformed input of a tool (%s) is an answer that says so",
    async (wire) => {
      const { answer } = await asks(wire, [{ kind: "malformed", name: "pass", input: '{"why": "nothing' }]);
      expect(answer.calls).toMatchObject([{ name: "pass", input: null }]);
      expect(answer.calls[0]?.problem).toContain("nothing");
    },
  );

  it("of Anthropic is asked for with marks of what may be cached", async () => {
    await asks("anthropic", [{ kind: "answer", text: "x" }]);
    expect(JSON.stringify(server?.requests[0]?.body["system"])).toContain("ephemeral");
  });
});

describe("a price", () => {
  it("is unknown, never 0, where no table has it; the user's own wins", () => {
    const tokens = { input: 1_000_000, cached: 0, output: 100_000 };
    expect(priceOf("anthropic:claude-sonnet-4-5", tokens, 0, null)).toBeGreaterThan(1);
    expect(priceOf("anthropic:no-such-model-at-all", tokens, 0, null)).toBeNull();
    expect(priceOf("openai-compatible:gpt-4o", tokens, 0, null)).toBeNull();
    expect(priceOf("openai-compatible:mine", tokens, 0, [2, 10])).toBeCloseTo(3);
  });
});

describe("secrets", () => {
  it("are masked, and nothing else is", async () => {
    const key = ["AKIA", "Z7QXWERTYUIOPAS2"].join("");
    const token = ["ghp_", "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"].join("");
    const text = `def f(x):\n    password = "correct horse1"\n    url = "postgres://me:hunter22@db/x"\n    t = "${token}"\n    k = "${key}"\n    return x\n`;
    const out = await masked(text);
    for (const secret of ["hunter22", token]) expect(out).not.toContain(secret);
    expect(out).toContain("def f(x):");
    expect(out).toContain("return x");
    expect(await masked("total = sum(rows)\n")).toBe("total = sum(rows)\n");
  });
});

describe("a model's name", () => {
  const told: string[] = [];
  const options = {
    tell: (line: string) => void told.push(line),
    baseUrl: undefined,
    price: null,
    signal: new AbortController().signal,
    cwd: tmpdir(),
  };
  it("is refused with a way forward where it cannot be asked", () => {
    for (const name of ["gpt", "nobody:x", "openai-compatible:x", "replay:not-there.jsonl", "bedrock:x"])
      expect(() => providerOf(name, options)).toThrow(expect.objectContaining({ code: "bad-settings" }));
  });

  it("of a folder bridges to any mind outside; an answer that is there is used", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bridge-"));
    const provider = providerOf(`bridge:${folder}`, options);
    const asked = provider.ask(request());
    setTimeout(
      () => writeFileSync(join(folder, "draft-1-0.answer.json"), JSON.stringify({ calls: [{ name: "pass", input: why }] })),
      100,
    );
    expect((await asked).answer.calls).toMatchObject([{ name: "pass", input: why }]);
    expect(told).toEqual([`[model] waits for ${join(folder, "draft-1-0.answer.json")}`]);
    expect(JSON.parse(readFileSync(join(folder, "draft-1-0.question.json"), "utf8"))).toMatchObject({
      call: "draft-1",
      stable: "be brief",
    });
    expect((await provider.ask(request())).answer.ending).toBe("tools");
  });
});
