import { join } from "node:path";
import { z } from "zod";
import { writeAtomic } from "../../adapters/disk/files.ts";
import type { Said } from "../../minds/guest/guest.ts";
import { targetsOf } from "../../minds/guest/targets.ts";
import { mib } from "../../records/mib.ts";
import { summary } from "../../records/summary.ts";
import type { Brief } from "../../vocabulary/draft.ts";
import { Failure } from "../../vocabulary/failure.ts";
import { Status } from "../../vocabulary/journal.ts";
import { Category, Strategy, SweepKind } from "../../vocabulary/proposal.ts";
import type { AgentSession } from "./agent-session.ts";
import { evidenceOf, sourceOf } from "./evidence.ts";
import { nextWords } from "./gate-file.ts";
import type { House, More } from "./house.ts";
import { underway } from "./start.ts";
import { tool } from "./tool.ts";
import { blocksOfCopy, layOut } from "./work-copy.ts";

/** The session where it waits for the agent; the sentence that refuses says which gate is closed. */
function atTheTable(house: House): AgentSession & { brief: Brief } {
  const { agent } = house;
  house.mustBeFree();
  if (!agent)
    throw new Failure(
      "wrong-use",
      "There is no per-stage table of this session yet.",
      "Call `start` first: nothing is chosen, opened or changed before the table is there.",
    );
  const phase = agent.phase();
  if (phase === "finished")
    throw new Failure("wrong-use", `The session has ended: ${agent.state().finished?.why}.`, nextWords[phase]);
  if (phase === "stopped" || !agent.brief) throw new Failure("wrong-use", `Not now: ${agent.closed()}.`, nextWords.stopped);
  return agent as AgentSession & { brief: Brief };
}

/** Gives the agent's word to the session and lets it go on; a word that a gate refuses is a failure with the gate's sentence. */
async function speak(house: House, agent: AgentSession, said: Said, signal: AbortSignal): Promise<void> {
  const refusal = await underway(house, agent, signal, () => agent.go(said));
  if (refusal !== null) throw new Failure("wrong-use", `Refused: ${refusal}.`, nextWords[agent.phase()]);
}

const passed = z
  .array(z.strictObject({ target: z.string(), why: z.string() }))
  .optional()
  .describe("larger targets that stay, each with a reason that others can check");

export const targets = tool({
  name: "targets",
  title: "Targets in measured order",
  description:
    "Functions of the project by the memory that they hold at the peak, largest first: the order in which they are worked on.",
  effect: "reads",
  input: {},
  output: {
    targets: z.array(
      z.strictObject({
        id: z.string(),
        bytes: z.number(),
        standing: z.enum(["open", "tried", "passed"]),
        why: z.string().nullable(),
      }),
    ),
  },
  run: async (house) => {
    const agent = atTheTable(house);
    const { brief } = agent;
    const all = targetsOf(brief, agent.state()).filter((it) => it.bytes > 0.01 * brief.profile.peak.peakBytes);
    return house.answer({ targets: all.slice(0, 12).map(({ id, bytes, standing, why }) => ({ id, bytes, standing, why })) });
  },
});

export const chooseTarget = tool({
  name: "choose_target",
  title: "Choose a target",
  description:
    "Choose the largest open target (needs a fresh table). Gives what was measured of it and its source: read no other. A smaller one needs a reason for each larger one in `passed`.",
  effect: "records",
  input: { target: z.string().describe("an id from `targets`"), passed },
  output: {
    evidence: z.array(z.string()).optional(),
    source: z.string().optional(),
    file: z.string().optional(),
    linesShown: z.string().optional(),
    workingCopy: z.string().optional(),
  },
  run: async (house, args, progress) => {
    const agent = atTheTable(house);
    return house.work("choose_target", progress, async (signal) => {
      await speak(house, agent, { kind: "choose", target: args.target, passed: args.passed ?? [] }, signal);
      const state = agent.state();
      const { brief } = agent;
      const target = targetsOf(brief, state).find((it) => it.id === args.target);
      if (!target) return {};
      house.say([`[experiment ${state.experiments.length + 1}] Target: ${target.id} (${mib(target.bytes)} MiB)`]);
      const { file } = target.site;
      const copies = await layOut(agent, [file], true);
      const bytes = await agent.read(state.commit, file);
      const { from, to, source } = sourceOf(target, brief, Buffer.from(bytes ?? []).toString("utf8"));
      return {
        evidence: evidenceOf(target, brief, state),
        file,
        linesShown: `${from}-${to}`,
        source,
        workingCopy: copies[file],
      };
    });
  },
});

const answer = (text: string) => z.string().describe(text);

export const openExperiment = tool({
  name: "open_experiment",
  title: "Answer the checklist",
  description:
    'The eight answers about one change to the chosen target. Gives the right to submit it, or the reasons why not. reducible, persistent, exercised and mechanism name the object and cite a measured figure; "unknown" is refused.',
  effect: "records",
  input: {
    technique: z
      .string()
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      .describe("kebab-case name of the way"),
    strategy: Strategy,
    subject: answer("what of the target is meant: a variable, attribute, callee"),
    summary: answer('one imperative sentence without "and"; becomes the commit\'s subject'),
    expectedMib: z.number().describe("what the change gives back at the peak"),
    category: Category,
    visible: answer("inside the benchmarked path, or import and set-up?"),
    reducible: answer("smaller, freed earlier, or avoided: how much"),
    persistent: answer("alive after its operation returns? as measured"),
    exercised: answer("does the target run this line? as measured"),
    mechanism: answer("how exactly the peak falls, with a figure"),
    productionSafe: answer("throughput, latency, caches, ownership"),
    verifyCheaply: answer("the micro-benchmark, or why there is none"),
    scope: z
      .array(z.string())
      .optional()
      .describe("what the change touches beside the target: file.py:qualname, file.py:<module> for an import"),
    costs: z.array(z.string()).optional().describe("what a reader must know that it costs"),
    consent: z.string().nullable().optional().describe("leave that it needs: api, slow, mmap, quantization"),
    sweep: SweepKind.nullable().optional().describe("where it belongs to the secondary sweep"),
  },
  output: { scope: z.array(z.string()).optional(), workingCopies: z.array(z.string()).optional() },
  run: async (house, args, progress) => {
    const agent = atTheTable(house);
    return house.work("open_experiment", progress, async (signal) => {
      const { category, technique, strategy, subject, summary: text, visible, reducible, persistent, exercised } = args;
      const { mechanism, productionSafe, verifyCheaply } = args;
      const plan = {
        technique,
        strategy,
        subject,
        description: subject,
        summary: text,
        category,
        expectedBytes: args.expectedMib * 1024 * 1024,
        checklist: { category, visible, reducible, persistent, exercised, mechanism, productionSafe, verifyCheaply },
        scope: args.scope ?? [],
        declaredCosts: args.costs ?? [],
        consent: args.consent ?? null,
        sweep: args.sweep ?? null,
      };
      await speak(house, agent, { kind: "open", plan }, signal);
      const scope = planScope(agent);
      return { scope, workingCopies: Object.values(await layOut(agent, filesOf(scope), false)) };
    });
  },
});

function planScope(agent: AgentSession): string[] {
  const position = agent.position();
  if (agent.failed) return agent.failed.proposal.scope;
  return position.at === "submit" ? position.plan.scope : [];
}

const filesOf = (scope: readonly string[]): string[] => [...new Set(scope.map((it) => it.slice(0, it.lastIndexOf(":"))))];

export const submit = tool({
  name: "submit",
  title: "Submit the change",
  description:
    "Hand in the one change as `blocks`, or as `copy`, the path of the edited working copy (a snapshot of it is what is measured). Then scope, tests, guard, measurement, verdict, record, commit and re-profile happen by themselves. Also for a repair, or to give one up.",
  effect: "records",
  input: {
    blocks: z
      .array(z.strictObject({ file: z.string(), search: z.string(), replace: z.string() }))
      .optional()
      .describe("each `search` is quoted exactly and stands once in the file"),
    copy: z.string().optional(),
    giveUp: z.string().optional().describe("why a broken change is not repaired"),
  },
  output: {
    experiment: z.int().nullable().optional(),
    status: Status.nullable().optional(),
    reason: z.string().nullable().optional(),
    heapDeltaBytes: z.number().nullable().optional(),
    processDeltaBytes: z.number().nullable().optional(),
    broken: z.string().nullable().optional(),
  },
  run: async (house, args, progress) => {
    const agent = atTheTable(house);
    const { blocks, copy, giveUp } = args;
    if ([blocks, copy, giveUp].filter((it) => it !== undefined).length !== 1)
      throw new Failure("wrong-use", "One of blocks, copy and giveUp is needed.", "Submit the change in one form.");
    return house.work("submit", progress, async (signal) => {
      const said: Said =
        giveUp !== undefined
          ? { kind: "give-up", why: giveUp }
          : { kind: "submit", blocks: blocks ?? (await blocksOfCopy(agent, copy ?? "", filesOf(planScope(agent)))) };
      const before = agent.state().experiments.length;
      await speak(house, agent, said, signal);
      return outcome(agent, before);
    });
  },
});

/** What became of the change: its verdict, what broke, or the gate that did not let it open. */
function outcome(agent: AgentSession, before: number): More {
  const { failed } = agent;
  const state = agent.state();
  const it = state.experiments.at(-1);
  if (failed) return { experiment: failed.experiment, status: null, reason: failed.reason, broken: failed.output.slice(0, 900) };
  if (!it || (state.experiments.length === before && it.verdict === null))
    return { experiment: null, status: null, reason: state.refused.at(-1)?.reason ?? null };
  const { verdict } = it;
  const minus = (bytes: number | null | undefined) => (bytes == null ? null : -bytes);
  return {
    experiment: it.number,
    status: verdict?.status ?? null,
    reason: verdict?.reason ?? null,
    heapDeltaBytes: minus(verdict?.heapGainBytes),
    processDeltaBytes: minus(verdict?.processGainBytes),
  };
}

export const finish = tool({
  name: "finish",
  title: "Plateau",
  description:
    "Say that nothing more is to be had. Refused while a target above the floor is untried and without a reason. Documents the plateau, reviews and replays the branch, goes on with a heavier tier where that shows more, and writes the final summary.",
  effect: "records",
  input: {
    why: z.string().describe("what remains, and why it cannot go"),
    passed,
    discoveries: z.array(z.string()).optional().describe("what you learned about how this system allocates, with figures"),
    sweep: z
      .string()
      .optional()
      .describe("needed without the catalogue: __slots__, copies, JSON round trips, log formatting: looked where, found what"),
  },
  output: { summary: z.string().optional(), handoff: z.string().optional() },
  run: async (house, args, progress) => {
    const agent = atTheTable(house);
    if (!agent.project.settings.catalogue && (args.sweep ?? "").trim().length < 20)
      throw new Failure(
        "wrong-use",
        "The secondary sweep is open: nobody has looked for __slots__, copies, JSON round trips and wasted log formatting.",
        "Look for each of the four, submit what is found as experiments of their own, and say in `sweep` what you looked at.",
      );
    const learned = [...(args.discoveries ?? []), ...(args.sweep ? [`Secondary sweep: ${args.sweep}`] : [])];
    return house.work("finish", progress, async (signal) => {
      await speak(house, agent, { kind: "finish", why: args.why, passed: args.passed ?? [], learned }, signal);
      const folder = join(agent.project.home, ".codeflash");
      const path = join(folder, "summary.md");
      await writeAtomic(path, summary(agent.state()));
      return { summary: path, handoff: join(folder, "HANDOFF.md") };
    });
  },
});
