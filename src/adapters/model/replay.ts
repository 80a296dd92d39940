import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { Failure } from "../../vocabulary/failure.ts";
import { ModelAnswer, type Provider, Tokens, type ToolSpec } from "../../vocabulary/model.ts";

/** One recorded answer. A line of a journal is one too: what else it says is left alone. */
const Recorded = z.object({
  call: z.string(),
  turn: z.int(),
  answer: ModelAnswer.partial({ text: true, raw: true, ending: true }).extend({
    calls: z.array(
      z.object({ id: z.string().optional(), name: z.string(), input: z.json(), problem: z.string().nullable().optional() }),
    ),
  }),
  tokens: Tokens.optional(),
  cost: z.number().nullable().optional(),
});
const Line = z.union([Recorded, z.object({ kind: z.literal("answered"), body: Recorded }).transform((it) => it.body)]);

/**
 * Plays a recording: JSON lines with `call`, `turn` and `answer` (`calls`: name and input), or the journal of an earlier session. Nothing is
 * sent anywhere.
 */
export function replay(name: string, path: string, { cwd }: { cwd: string }): Provider {
  const file = resolve(cwd, path);
  if (!existsSync(file))
    throw new Failure("bad-settings", `The recording ${path} is not there.`, "Write --model replay:conversation.jsonl");
  const recorded = new Map<string, z.infer<typeof Recorded>>();
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const parsed = Line.safeParse(read(line));
    if (parsed.success) recorded.set(`${parsed.data.call} ${parsed.data.turn}`, parsed.data);
  }
  if (recorded.size === 0)
    throw new Failure("bad-settings", `There is no answer in the recording ${path}.`, "See docs/models.md for its form.");
  return {
    name,
    ask: async ({ call, turn, stable, turns, tools }) => {
      const found = recorded.get(`${call} ${turn}`);
      const calls = (found?.answer.calls ?? [nothing(tools, `the recording ends before ${call}, turn ${turn}`)]).map(
        (it, index) => ({
          id: `${call}-${turn}-${index}`,
          name: it.name,
          input: it.input,
          problem: it.problem ?? null,
        }),
      );
      const ending = found?.answer.ending ?? (calls.length > 0 ? "tools" : "done");
      return {
        answer: { text: found?.answer.text ?? "", calls, ending, raw: null },
        tokens: found?.tokens ?? { input: 0, cached: 0, output: 0 },
        cost: found?.cost ?? 0,
        sentBytes: Buffer.byteLength(JSON.stringify([stable, turns])),
      };
    },
  };
}

/** What says that there is nothing to say, in the words of the question. */
function nothing(tools: readonly ToolSpec[], why: string): { name: string; input: z.core.util.JSONType; problem: null } {
  const has = (name: string) => tools.some((it) => it.name === name);
  if (has("doubts")) return { name: "doubts", input: { doubts: [] }, problem: null };
  if (has("triage")) return { name: "triage", input: { sites: [{ site: "-", worth: true, why }] }, problem: null };
  return { name: "pass", input: { why }, problem: null };
}

function read(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
