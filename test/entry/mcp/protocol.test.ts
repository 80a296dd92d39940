import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repository } from "../cli/program.ts";
import { Agent, type HttpServer, httpServer } from "./agent.ts";

/** No tokenizer is every host's: a token of JSON and English is taken as 3.5 characters, which is few. */
const tokens = (value: unknown): number => Math.ceil(JSON.stringify(value).length / 3.5);

/** Tokens that each tool's definition may cost in the context of an agent, as most hosts show it: name, description, input. */
const budgets: Record<string, number> = {
  start: 750,
  profile: 300,
  targets: 120,
  choose_target: 250,
  open_experiment: 850,
  micro_benchmark: 250,
  submit: 350,
  finish: 350,
  status: 120,
  compare: 300,
  job: 160,
};
const wholeBudget = 3_200;

describe("the server", () => {
  it.each(["legacy", "auto"] as const)("speaks the previous and the current protocol (%s)", async (mode) => {
    const agent = await Agent.overStdio(repository(), [], mode);
    expect(agent.client.getNegotiatedProtocolVersion()).toBe(mode === "auto" ? "2026-07-28" : "2025-11-25");
    expect(agent.client.getServerVersion()?.name).toBe("codeflash-memory");
    expect(agent.client.getInstructions()).toContain("start, targets, choose_target");
    await agent.close();
  });

  it("costs an agent's context no more than its budget, definition by definition", async () => {
    const agent = await Agent.overStdio(repository());
    const { tools } = await agent.client.listTools();
    expect(tools.map((it_) => it_.name).sort()).toEqual(Object.keys(budgets).sort());
    const costs = tools.map(({ name, description, inputSchema }) => [name, tokens({ name, description, inputSchema })] as const);
    console.info(costs.map(([name, cost]) => `${name} ${cost}`).join(", "), "tokens");
    for (const [name, cost] of costs) expect(cost, name).toBeLessThanOrEqual(budgets[name] ?? 0);
    expect(costs.reduce((sum, [, cost]) => sum + cost, 0)).toBeLessThanOrEqual(wholeBudget);
    await agent.close();
  });

  it("describes what each tool takes, gives and does", async () => {
    const agent = await Agent.overStdio(repository());
    const { tools } = await agent.client.listTools();
    for (const it_ of tools) {
      expect(it_.outputSchema, it_.name).toMatchObject({ type: "object" });
      expect(it_.annotations, it_.name).toMatchObject({ destructiveHint: false, openWorldHint: false });
    }
    const readers = tools.filter((it_) => it_.annotations?.readOnlyHint).map((it_) => it_.name);
    expect(readers).toEqual(["profile", "targets", "micro_benchmark", "status", "compare", "job"]);
    const { prompts } = await agent.client.listPrompts();
    expect(prompts.map((it_) => it_.name)).toEqual(["optimize", "resume", "review"]);
    const prompt = await agent.client.getPrompt({ name: "optimize", arguments: { target: "app.py" } });
    expect(JSON.stringify(prompt.messages)).toContain("Lower the peak memory of `app.py`");
    await agent.close();
  });

  it("answers what is no session yet, and wrong arguments, with a sentence", async () => {
    const agent = await Agent.overStdio(repository());
    expect(await agent.must("status")).toMatchObject({ phase: "none", sessions: [] });
    expect(await agent.ask("start")).toContain("no unfinished session here");
    expect(await agent.ask("start", { target: "nowhere.py" })).toContain("There is no nowhere.py");
    expect(await agent.ask("start", { target: "app.py", pairs: 0 })).toContain("The setting pairs is wrong");
    expect(await agent.ask("job", { id: "job-9" })).toContain("There is no job job-9");
    expect(await agent.ask("submit", { block: [] })).toContain("block");
    await expect(agent.client.readResource({ uri: "codeflash-memory://answers/../../etc/passwd" })).rejects.toThrow();
    await agent.close();
  });
});

describe("the server over HTTP", () => {
  let server: HttpServer;
  beforeAll(async () => {
    server = await httpServer(repository());
  });
  afterAll(() => void server.child.kill("SIGTERM"));

  const post = (headers: Record<string, string>, path = "/mcp"): Promise<number | undefined> =>
    new Promise((done, fail) => {
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} });
      const own = { "content-type": "application/json", accept: "application/json, text/event-stream" };
      const { port } = new URL(server.url);
      const sent = request({ host: "127.0.0.1", port, path, method: "POST", headers: { ...own, ...headers } }, (response) => {
        response.resume();
        done(response.statusCode);
      });
      sent.once("error", fail);
      sent.end(body);
    });

  it("lets in who has the token, from this machine, from no page of another site", async () => {
    const authorization = `Bearer ${server.token}`;
    expect(await post({ authorization })).toBe(200);
    expect(await post({})).toBe(401);
    expect(await post({ authorization: "Bearer wrong" })).toBe(401);
    expect(await post({ authorization, host: "evil.example" })).toBe(403);
    expect(await post({ authorization, origin: "https://evil.example" })).toBe(403);
    expect(await post({ authorization, origin: "http://localhost:3000" })).toBe(200);
    expect(await post({ authorization }, "/other")).toBe(404);
  });

  it("gives both protocols the same tools", async () => {
    const lists = await Promise.all(
      (["legacy", "auto"] as const).map(async (mode) => {
        const agent = await Agent.overHttp(server, mode);
        const { tools } = await agent.client.listTools();
        await agent.close();
        return tools.map((it_) => it_.name);
      }),
    );
    expect(lists[0]).toEqual(lists[1]);
  });
});
