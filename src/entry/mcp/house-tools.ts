import { z } from "zod";
import { openRepository } from "../../adapters/git/repository.ts";
import { statusRow } from "../cli/status.ts";
import { sessionsOf } from "../open-session.ts";
import { StatusOutput } from "../output.ts";
import { commandNamed } from "./inputs.ts";
import { tool } from "./tool.ts";

export const status = tool({
  name: "status",
  title: "Where things stand",
  description: `Where you stand and what comes next; ${commandNamed("status").summary}.`,
  effect: "reads",
  input: {},
  output: {
    chosen: z.string().nullable(),
    sessions: z.array(
      StatusOutput.shape.sessions.element.pick({ session: true, target: true, outcome: true, experiments: true, keeps: true }),
    ),
  },
  run: async (house) => {
    const repository = await openRepository(house.cwd);
    const { sessions } = repository ? await sessionsOf(repository.commonDir) : { sessions: [] };
    const position = house.agent?.position();
    return house.answer({
      chosen: position && "target" in position ? position.target : null,
      sessions: sessions.slice(-5).map(({ id, state }) => {
        const { session, target, outcome, experiments, keeps } = statusRow(id, state, null);
        return { session, target, outcome, experiments, keeps };
      }),
    });
  },
});

export const job = tool({
  name: "job",
  title: "Wait for a job, or cancel it",
  description: "Waits until a job has ended, and gives its answer. cancel: true ends it; nothing that was recorded is lost.",
  effect: "reads",
  input: {
    id: z.string(),
    cancel: z.boolean().optional(),
    waitSeconds: z.number().min(0).max(600).optional().describe("how long to wait (45)"),
  },
  output: { tool: z.string(), ended: z.boolean(), answer: z.record(z.string(), z.json()).nullable() },
  run: async (house, { id, cancel, waitSeconds }, progress) =>
    house.job(id, { cancel: cancel ?? false, waitMs: waitSeconds === undefined ? null : waitSeconds * 1000 }, progress),
});
