import { hands } from "../adapters/model/hands.ts";
import { providerOf } from "../adapters/model/providers.ts";
import type { ProbeContext } from "../adapters/python/probe.ts";
import { microResult } from "../method/micro.ts";
import { modelMind } from "../minds/model/model-mind.ts";
import { passTools } from "../minds/model/tools.ts";
import type { Drafter } from "../vocabulary/draft.ts";
import { Failure } from "../vocabulary/failure.ts";
import type { ModelRequest } from "../vocabulary/model.ts";
import type { Workspace } from "../vocabulary/ports.ts";
import type { Settings } from "../vocabulary/settings.ts";
import { words } from "./parse-target.ts";

/** Where a session lets its second mind look. */
interface Workshop {
  context: ProbeContext;
  treeOf(commit: string): Promise<string>;
  workspace: Workspace;
}

/** The second mind of a session, made when its trees are there. */
export type DrafterMaker = (workshop: Workshop) => Drafter;

const mostTokens = 16_000;

/**
 * The model that the settings name, as a mind; null: none, or a person's own agent. What is missing is said at once: throws `Failure`
 * (`bad-settings`). Nothing is sent before the session asks for a draft. `signal`: ends what is being asked.
 */
export async function modelDrafter(
  settings: Settings,
  cwd: string,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<DrafterMaker | null> {
  const { model, triageModel, maxCost, reworks, proposals, docs } = settings;
  if (model === undefined || model === "guest") return null;
  const make = (name: string) => providerOf(name, { ...providerOptions(settings, cwd, signal), tell });
  const strong = make(model);
  const cheap = triageModel === undefined ? null : make(triageModel);
  const server = docs === undefined ? null : { address: docsAddress(docs), signal };
  if (maxCost !== undefined) for (const it of [strong, ...(cheap ? [cheap] : [])]) await mustHavePrice(it.name, settings);
  return ({ context, treeOf, workspace }) =>
    modelMind({
      hands: hands({
        context,
        treeOf,
        read: workspace.read,
        docs: server,
        compare: (a, b) => microResult(a, b, settings.thresholds),
      }),
      strong,
      cheap,
      proposals,
      mostTokens,
      repairs: reworks,
    });
}

/** The documentation server that the user named: `https://…`, or a command. Throws `Failure` (`bad-settings`). */
function docsAddress(docs: string): string | [string, ...string[]] {
  if (/^https?:\/\//.test(docs)) {
    if (URL.canParse(docs)) return docs;
  } else {
    const [command, ...rest] = words(docs);
    if (command) return [command, ...rest];
  }
  throw new Failure(
    "bad-settings",
    `The documentation server ${docs} is neither an address nor a command.`,
    "Write --docs https://…/mcp",
  );
}

export const providerOptions = ({ baseUrl, price }: Settings, cwd: string, signal: AbortSignal) => ({
  baseUrl,
  price: price === undefined ? null : ([price[0] ?? 0, price[1] ?? 0] as const),
  signal,
  cwd,
});

/** A limit in money that cannot be reckoned would not be one. */
async function mustHavePrice(name: string, { price }: Settings): Promise<void> {
  if (price !== undefined || local.includes(name.slice(0, name.indexOf(":")))) return;
  const { priceOf } = await import("../adapters/model/prices.ts");
  if (priceOf(name, { input: 1000, cached: 0, output: 1000 }, 0, null) !== null) return;
  throw new Failure(
    "bad-settings",
    `--max-cost cannot be kept: the price of ${name} is not known.`,
    "Give it with --price IN,OUT (US dollars per million tokens), or leave --max-cost out.",
  );
}

/** Providers that send nothing to anybody who could ask for money. */
const local = ["replay", "bridge"];

/** Says nothing of the project: whether the model answers and can call a tool. */
export const tinyQuestion: ModelRequest = {
  call: "doctor",
  turn: 0,
  stable: "You are asked whether you can be reached.",
  tools: passTools,
  turns: [{ role: "question", text: "Call the tool `pass` with the reason `reachable`." }],
  mostTokens: 1000,
};
