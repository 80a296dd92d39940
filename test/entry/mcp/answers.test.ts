import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { short, standing } from "../../../src/entry/mcp/answers.ts";
import { repository } from "../cli/program.ts";
import { Agent } from "./agent.ts";

it("an answer stays under 3 KB: the last lines and the first elements stay, a file and a resource have all of it", async () => {
  const lines = Array.from({ length: 200 }, (_, index) => `[experiment ${index}] KEEP of something that was measured`);
  const targets = Array.from({ length: 100 }, (_, index) => ({ id: `module_${index}.py:function`, bytes: index }));
  const answer = await short({ ...standing(null, lines, null), targets });
  expect(JSON.stringify(answer).length).toBeLessThanOrEqual(3000);
  expect(answer.targets[0]).toEqual(targets[0]);
  expect(answer.lines.at(-1)).toBe(lines.at(-1));
  expect(answer.more?.leftOut).toMatchObject({ lines: 200 - answer.lines.length, targets: 100 - answer.targets.length });
  expect(JSON.parse(readFileSync(answer.more?.file ?? "", "utf8"))).toMatchObject({ lines, targets });
  const agent = await Agent.overStdio(repository());
  const { contents } = await agent.client.readResource({ uri: answer.more?.uri ?? "" });
  expect(JSON.parse((contents[0] as { text: string }).text).lines).toHaveLength(200);
  await agent.close();
});

it("a short answer is whole", async () => {
  const answer = await short(standing(null, ["one"], "job-1"));
  expect(answer).toMatchObject({ phase: "working", lines: ["one"], job: "job-1" });
  expect(answer.more).toBeUndefined();
});
