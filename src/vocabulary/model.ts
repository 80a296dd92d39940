import { z } from "zod";
import type { MicroResult } from "./micro.ts";
import type { Edit } from "./proposal.ts";
import type { Finding } from "./review.ts";

/** A tool that a model may call: what it does, in words for the model, and what it must be given. */
export interface ToolSpec {
  name: string;
  text: string;
  input: z.ZodType;
}

/** One call of a tool, as the model wrote it. `problem`: why its input is no JSON; null: it is. */
export const ToolCall = z.strictObject({ id: z.string(), name: z.string(), input: z.json(), problem: z.string().nullable() });
export type ToolCall = z.infer<typeof ToolCall>;

/** One answer of a model, as it lies in the journal. */
export const ModelAnswer = z.strictObject({
  text: z.string(),
  calls: z.array(ToolCall),
  /** `length`: cut at the limit of one answer; `refused`: the model or its provider declined. */
  ending: z.enum(["done", "tools", "length", "refused", "other"]),
  /** The answer in the provider's own form: sent back to it as it came (signatures of its reasoning are in it). */
  raw: z.json(),
});
export type ModelAnswer = z.infer<typeof ModelAnswer>;

/** What we say in one turn: a question, or the results of the tools that were called. */
export const Said = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("question"), text: z.string() }),
  z.strictObject({
    role: z.literal("results"),
    results: z.array(z.strictObject({ id: z.string(), name: z.string(), text: z.string() })).min(1),
  }),
]);
export type Said = z.infer<typeof Said>;

export type Turn = Said | { role: "answer"; answer: ModelAnswer };

export interface ModelRequest {
  /** Which question it is (`Brief.call`), and which turn of it. */
  call: string;
  turn: number;
  /** The same at every call of a session: what a provider may cache. */
  stable: string;
  tools: readonly ToolSpec[];
  turns: readonly Turn[];
  /** Longest answer, in tokens. */
  mostTokens: number;
}

/** `input` holds the cached ones too. */
export const Tokens = z.strictObject({ input: z.int(), cached: z.int(), output: z.int() });
export type Tokens = z.infer<typeof Tokens>;

export interface Asked {
  answer: ModelAnswer;
  tokens: Tokens;
  /** US dollars by the offline price table; null: the price is not known. */
  cost: number | null;
  /** Of the request's body. */
  sentBytes: number;
}

/**
 * A language model behind some wire format.
 * *Contract:* tries again by itself where that may help; throws `Failure` (`model-failed`) where it does not, `interrupted` when it was
 * told to stop. Nothing of a failed try is an answer.
 */
export interface Provider {
  /** `provider:name`, as the user chose it. */
  name: string;
  ask(request: ModelRequest): Promise<Asked>;
}

/** A function or class of a file, by whole lines; offsets are into the raw bytes. `indent`: columns in front of its first line. */
export const Definition = z.strictObject({
  qualname: z.string(),
  kind: z.enum(["function", "class"]),
  line: z.int(),
  endLine: z.int(),
  start: z.int(),
  end: z.int(),
  indent: z.int(),
});
export type Definition = z.infer<typeof Definition>;

export interface SourceText {
  bytes: Uint8Array;
  /** As the file's encoding reads them. */
  text: string;
  /** Null: the file cannot be parsed. */
  definitions: Definition[] | null;
}

/** A line that names something. `function`: the innermost definition around it, or `<module>`. */
export const NamedAt = z.strictObject({ file: z.string(), line: z.int(), function: z.string(), text: z.string() });
export type NamedAt = z.infer<typeof NamedAt>;

/** The only hands of a model on the project: all of them read, none of them writes, and what they give is small. */
export interface Hands {
  /** *Contract:* null where the commit has no such file. */
  source(commit: string, file: string): Promise<SourceText | null>;
  /** Every line of the project's Python files that has the name as a word. */
  uses(commit: string, name: string): Promise<{ uses: NamedAt[]; more: number }>;
  /** Both snippets alone in processes of their own, on the commit's tree. *Contract:* what fails is a sentence, never a throw. */
  micro(commit: string, code: { setup: string; a: string; b: string }): Promise<MicroResult | string>;
  /** What a documentation server of the user's says of a library; null: there is none. *Contract:* what fails is a sentence; throws `Failure` (`interrupted`) alone. */
  docs: { server: string; ask(library: string, topic: string): Promise<string> } | null;
  /** What the deterministic reviewer finds in edits of the commit's files. *Contract:* a text that it cannot read is a blocking `doubt`. */
  review(commit: string, edits: readonly Edit[]): Promise<Finding[]>;
  /** The text with everything that looks like a secret replaced. */
  mask(text: string): Promise<string>;
  /** Names a text: the same text, the same name. */
  digest(text: string): string;
}
