import { join } from "node:path";
import { z } from "zod";
import { writeAtomic } from "../../adapters/disk/files.ts";
import { freshProfile } from "../../method/state.ts";
import { atThePeakLines } from "../../records/at-the-peak.ts";
import { stageTableLines } from "../../records/stage-table.ts";
import { Failure } from "../../vocabulary/failure.ts";
import type { Talk } from "../cli/talk.ts";
import { CompareOutput, MicroOutput } from "../output.ts";
import type { House } from "./house.ts";
import { commandNamed, inputOf } from "./inputs.ts";
import { tool } from "./tool.ts";

const width = 84;

/** A command's words go to the agent, and its object is kept for the answer. */
function listening(house: House): { out: Talk; said(): unknown } {
  let object: unknown = null;
  const out: Talk = {
    width,
    bars: false,
    say: (lines) => house.say(lines),
    tell: (lines) => house.say(lines),
    during: (_, work) => work(),
    watching: (_, work) => work(),
    answer: async (value) => {
      object = value;
    },
    event: () => undefined,
  };
  return { out, said: () => object };
}

/** What is run is the agent's: text that it wrote, or commits that it may have had a hand in. */
const byAgent = ({ cwd, version }: House) => ({ cwd, version, editor: "mind" as const });

export const profile = tool({
  name: "profile",
  title: "Where the memory goes",
  description: `${capital(commandNamed("profile").summary)}. Without a target: the table of the open session's head.`,
  effect: "reads",
  input: {
    target: z.string().optional().describe("as in `start`; needs no session"),
    ...inputOf("profile", ["setup", "args", "function", "python"]),
  },
  output: {},
  run: async (house, { target, ...flags }, progress) => {
    if (target === undefined) return headTable(house);
    return house.work("profile", progress, async (signal) => {
      const door = await import("../cli/profile.ts");
      const { out } = listening(house);
      await door.run({ target: [target], flags: house.flags(flags), cwd: house.cwd, version: house.version, signal }, out);
      return {};
    });
  },
});

async function headTable(house: House) {
  const state = house.agent?.state();
  const found = state && freshProfile(state);
  if (!found)
    throw new Failure(
      "wrong-use",
      state ? "The per-stage table is older than the last keep." : "No session is open.",
      state ? "Call `start` without arguments: the harness profiles again." : "Name a target to profile, or call `start`.",
    );
  house.say([...stageTableLines(found.table, width), ...atThePeakLines(found, state.peaks?.processBytes ?? null, width)]);
  return house.answer();
}

export const microBenchmark = tool({
  name: "micro_benchmark",
  title: "Micro-benchmark",
  description: `${capital(commandNamed("micro").summary)}: the current way and the new one, before you submit.`,
  effect: "reads",
  input: { a: z.string(), b: z.string(), ...inputOf("micro", ["setup", "pairs"]) },
  output: {
    result: MicroOutput.pick({ equal: true, gainBytes: true, gainShare: true, counts: true }).optional(),
  },
  run: async (house, flags, progress) =>
    house.work("micro_benchmark", progress, async (signal) => {
      const number = experimentNumber(house);
      if (number !== null) house.say([`[experiment ${number}] Micro-benchmarking...`]);
      const door = await import("../cli/micro.ts");
      const { out, said } = listening(house);
      await door.run({ ...byAgent(house), target: [], flags: house.flags(flags), signal }, out);
      const found = MicroOutput.parse(said());
      if (number !== null) await keep(house, number, flags, found);
      const { equal, gainBytes, gainShare, counts } = found;
      return { result: { equal, gainBytes, gainShare, counts } };
    }),
});

/** The experiment that a micro-benchmark belongs to; null: none is being prepared. */
function experimentNumber({ agent }: House): number | null {
  if (!agent || (agent.phase() !== "submit" && agent.phase() !== "check")) return null;
  return agent.state().experiments.length + 1;
}

/** The script and its figures stay with the experiment (method.md, 7.4), and what it taught is a discovery. */
async function keep({ agent }: House, number: number, script: object, found: MicroOutput): Promise<void> {
  if (!agent) return;
  const folder = join(agent.project.home, ".codeflash", "experiments", String(number).padStart(3, "0"));
  await writeAtomic(join(folder, "micro.json"), `${JSON.stringify({ script, result: found }, null, 2)}\n`);
  const mib = (bytes: number | null) => (bytes === null ? "-" : (bytes / 1024 / 1024).toFixed(1));
  const position = agent.position();
  const what = position.at === "check" || position.at === "submit" ? position.target : "the change";
  const values = found.equal === null ? "values differ from run to run" : found.equal ? "values equal" : "values DIFFERENT";
  await agent.append({
    kind: "discovered",
    experiment: null,
    text: `Micro-benchmark for ${what}: ${mib(found.a.heapBytes)} MiB the old way, ${mib(found.b.heapBytes)} MiB the new way, ${values}.`,
  });
}

const Compared = CompareOutput.shape.comparison.pick({
  metric: true,
  change: true,
  baseBytes: true,
  headBytes: true,
  noiseBytes: true,
  timeRatio: true,
  outputEqual: true,
  broken: true,
});

export const compare = tool({
  name: "compare",
  title: "Compare two commits",
  description: `${capital(commandNamed("compare").summary)}.`,
  effect: "reads",
  input: {
    base: z.string().describe("commit, branch, tag, or `worktree`"),
    head: z.string().optional().describe("the same (default: HEAD)"),
    target: z.string().optional().describe("default: the open session's"),
    ...inputOf("compare", ["tests", "pairs"]),
  },
  output: {
    comparison: Compared.optional(),
  },
  run: async (house, { base, head, target, ...flags }, progress) => {
    const name = target ?? house.agent?.state().session?.targetName;
    return house.work("compare", progress, async (signal) => {
      const door = await import("../cli/compare.ts");
      const { out, said } = listening(house);
      const words = [base, head ?? "HEAD"];
      await door.run({ ...byAgent(house), target: words, flags: house.flags({ ...flags, target: name }), signal }, out);
      return { comparison: Compared.strip().parse(CompareOutput.parse(said()).comparison) };
    });
  },
});

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
