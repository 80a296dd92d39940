import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { toJSONSchema, z } from "zod";
import type { Provider } from "../../vocabulary/model.ts";
import { stopped } from "./stopped.ts";

const Answer = z.object({
  text: z.string().default(""),
  calls: z.array(z.object({ name: z.string(), input: z.json() })).default([]),
});
const pollMs = 200;

/**
 * Any mind outside can play the model: the question is `CALL-TURN.question.json` in the folder, and the answer is waited for in
 * `CALL-TURN.answer.json` (`{"calls": [{"name": "propose", "input": {…}}]}`), as long as it takes. An answer that is there already is used.
 */
export function bridge(
  name: string,
  path: string,
  { cwd, signal, tell }: { cwd: string; signal: AbortSignal; tell(line: string): void },
): Provider {
  const folder = resolve(cwd, path);
  return {
    name,
    ask: async ({ call, turn, stable, tools, turns }) => {
      const stem = join(folder, `${call}-${turn}`);
      const specs = tools.map((it) => ({ name: it.name, text: it.text, input: toJSONSchema(it.input, { io: "input" }) }));
      const question = JSON.stringify({ call, turn, stable, tools: specs, turns }, null, 2);
      await mkdir(folder, { recursive: true });
      await writeFile(`${stem}.question.json.new`, question);
      await rename(`${stem}.question.json.new`, `${stem}.question.json`);
      for (let told = false; ; ) {
        const answer = await answerAt(`${stem}.answer.json`);
        if (answer) {
          const calls = answer.calls.map((it, index) => ({ ...it, id: `${call}-${turn}-${index}`, problem: null }));
          return {
            answer: { text: answer.text, calls, ending: calls.length > 0 ? "tools" : "done", raw: null },
            tokens: { input: 0, cached: 0, output: 0 },
            cost: 0,
            sentBytes: Buffer.byteLength(question),
          };
        }
        if (!told) tell(`[model] waits for ${stem}.answer.json`);
        told = true;
        await sleep(pollMs, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) throw stopped();
      }
    },
  };
}

/** Null: it is not there, or not written to its end. */
async function answerAt(path: string): Promise<z.infer<typeof Answer> | null> {
  try {
    return Answer.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return null;
  }
}
