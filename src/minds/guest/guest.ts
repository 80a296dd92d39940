import type { State } from "../../method/state.ts";
import type { Brief, Drafter, Failed, Told } from "../../vocabulary/draft.ts";
import type { Passed, Plan, Word } from "../../vocabulary/guest.ts";
import type { Edit } from "../../vocabulary/proposal.ts";
import { type EditBlock, editsFrom, type SourceFile } from "../edit-blocks.ts";
import { definitionsOf } from "./definitions.ts";
import { choosing, finishing, opening } from "./gates.ts";
import { type GuestTarget, targetsOf } from "./targets.ts";

/** What an agent says, before any gate has looked at it. */
export type Said =
  | { kind: "choose"; target: string; passed: Passed[] }
  | { kind: "open"; plan: Omit<Plan, "site" | "evidenceBytes" | "evidence"> }
  | { kind: "submit"; blocks: EditBlock[] }
  | { kind: "give-up"; why: string }
  | { kind: "finish"; why: string; passed: Passed[]; learned: string[] };

/** Where the agent sits: its door fills this in. */
export interface Desk {
  /** Told each time the session stands before the agent. `failed`: a change of its own that it may repair. */
  asked(brief: Brief, failed: Failed | null): void;
  /** What it said since; null: nothing, and the session waits. Each word is given once. */
  take(): Said | null;
  refuse(why: string): void;
  state(): State;
  read(commit: string, file: string): Promise<Uint8Array | null>;
}

/** How far the agent has come with the change that is asked for. */
export type Position =
  | { at: "choose" }
  | { at: "check"; target: string }
  | { at: "submit"; target: string; plan: Plan }
  | { at: "done"; word: Word; plan: Plan | null };

/** What the agent has said to a question, in order. */
export const wordsTo = (call: string, state: State): Word[] => state.words.filter((it) => it.call === call).map((it) => it.word);

/** Read from what the journal has of the agent's words: nothing is known that a crash could take away. */
export function positionOf(words: readonly Word[]): Position {
  let position: Position = { at: "choose" };
  for (const word of words) {
    if (word.kind === "target") position = { at: "check", target: word.target };
    else if (word.kind === "plan") position = { at: "submit", target: positionTarget(position), plan: word.plan };
    else position = { at: "done", word, plan: position.at === "submit" ? position.plan : null };
  }
  return position;
}

const positionTarget = (it: Position): string => (it.at === "check" || it.at === "submit" ? it.target : "");

/** A person's own coding agent as the mind: it is waited for, and each of its words passes a gate before it counts. */
export function guest(desk: Desk): Drafter {
  return {
    name: "the agent",
    async *draft(brief) {
      desk.asked(brief, null);
      const before = positionOf(wordsTo(brief.call, desk.state()));
      const word = before.at === "done" ? before.word : yield* heard(brief, before, desk);
      if (word?.kind === "done") return { proposals: [], done: true, why: word.why };
      const plan = before.at === "submit" || before.at === "done" ? before.plan : null;
      if (word?.kind === "edits" && plan) return { proposals: [{ ...plan, edits: word.edits }], done: false, why: "" };
      return null;
    },
    async *rework(brief, failed) {
      desk.asked(brief, failed);
      const word = wordsTo(brief.call, desk.state()).at(-1) ?? (yield* repaired(brief, failed, desk));
      if (word === null) return "waits";
      return word.kind === "edits" ? word.edits : null;
    },
  };
}

/** Takes the agent's next word to its gate; null: it said nothing, or was refused. */
async function* heard(brief: Brief, position: Position, desk: Desk): AsyncGenerator<Told, Word | null> {
  const said = desk.take();
  if (said === null) return null;
  const judged = await judge(said, brief, position, desk);
  if (typeof judged === "string") {
    desk.refuse(judged);
    yield { kind: "refused", key: `${subjectOf(said, position)}`, gate: gateOf[said.kind], reason: judged };
    return null;
  }
  yield { kind: "said", call: brief.call, word: judged };
  for (const text of learnedFrom(said)) yield { kind: "discovered", experiment: null, text };
  return judged;
}

const gateOf = { choose: "order", open: "checklist", submit: "scope", "give-up": "order", finish: "plateau" } as const;

const subjectOf = (said: Said, position: Position): string =>
  said.kind === "choose" ? said.target : positionTarget(position) || said.kind;

/** What others should know afterwards: what was passed over, and why. */
function learnedFrom(said: Said): string[] {
  if (said.kind !== "choose" && said.kind !== "finish") return [];
  const passed = said.passed.map(({ target, why }) => `${target} was passed over: ${why}`);
  return said.kind === "finish" ? [...passed, ...said.learned] : passed;
}

/** The word as it goes into the journal, or the sentence that refuses it. */
async function judge(said: Said, brief: Brief, position: Position, desk: Desk): Promise<Word | string> {
  const state = desk.state();
  switch (said.kind) {
    case "choose": {
      const { target, passed } = said;
      return choosing(brief, state, target, passed) ?? { kind: "target", target, passed };
    }
    case "open": {
      if (position.at === "choose")
        return "no target is chosen: the table opens choosing, and the checklist is about what was chosen";
      const target = targetsOf(brief, state).find((it) => it.id === positionTarget(position));
      if (!target) return `${positionTarget(position)} holds nothing at the peak any more: choose again`;
      const plan = planOf(said.plan, target);
      return opening(brief, state, target, plan) ?? { kind: "plan", plan };
    }
    case "submit": {
      if (position.at !== "submit") return notOpen(position);
      const read = await editsOf(said.blocks, position.plan, brief, desk);
      return typeof read === "string" ? read : { kind: "edits", edits: read };
    }
    case "give-up":
      return "nothing is broken that could be given up: submit a change, choose another target, or finish";
    case "finish": {
      const { why, passed } = said;
      return finishing(brief, state, why, passed) ?? { kind: "done", why, passed };
    }
  }
}

const notOpen = (position: Position): string =>
  position.at === "choose"
    ? "no experiment is open: choose a target first, then answer the checklist"
    : "no experiment is open: the target is chosen, and its checklist was not accepted yet";

/** What only the harness may say of a change: where it is and what was measured there. */
function planOf(plan: Extract<Said, { kind: "open" }>["plan"], target: GuestTarget): Plan {
  const [line] = target.lines;
  const mib = (target.bytes / 1024 / 1024).toFixed(1);
  const own = `${target.site.file}:${target.site.qualname}`;
  return {
    ...plan,
    site: target.site,
    scope: [...new Set([own, ...plan.scope])],
    evidenceBytes: target.bytes,
    evidence: `${own} holds ${mib} MiB at the peak${line ? `, most of it by line ${line.line}` : ""}`,
  };
}

async function editsOf(
  blocks: readonly EditBlock[],
  { scope }: Pick<Plan, "scope">,
  brief: Brief,
  desk: Desk,
): Promise<Edit[] | string> {
  const files = new Map<string, SourceFile>();
  for (const file of new Set(blocks.map((it) => it.file))) {
    const bytes = await desk.read(brief.commit, file);
    const facts = brief.facts.files[file];
    if (bytes) files.set(file, { bytes, definitions: facts ? definitionsOf(bytes, facts) : null });
  }
  const read = editsFrom(blocks, files, scope, brief.protect);
  return read.kind === "edits" ? read.edits : read.reason;
}

/** A repair is held to the scope of the change that it repairs. Null: nothing was said, or it was refused. */
async function* repaired(brief: Brief, { proposal }: Failed, desk: Desk): AsyncGenerator<Told, Word | null> {
  const said = desk.take();
  if (said === null) return null;
  const word = await repair(said, proposal, brief, desk);
  if (typeof word === "string") {
    desk.refuse(word);
    yield { kind: "refused", key: `${proposal.site.file}:${proposal.site.qualname}`, gate: gateOf[said.kind], reason: word };
    return null;
  }
  yield { kind: "said", call: brief.call, word };
  return word;
}

async function repair(said: Said, plan: Pick<Plan, "scope">, brief: Brief, desk: Desk): Promise<Word | string> {
  if (said.kind === "give-up") return { kind: "gives-up", why: said.why };
  if (said.kind !== "submit") return "the last change broke something: submit a repair, or give it up, before anything else";
  const read = await editsOf(said.blocks, plan, brief, desk);
  return typeof read === "string" ? read : { kind: "edits", edits: read };
}
