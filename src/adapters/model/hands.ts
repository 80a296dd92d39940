import { createHash } from "node:crypto";
import { z } from "zod";
import { Failure } from "../../vocabulary/failure.ts";
import type { MicroResult, MicroRun } from "../../vocabulary/micro.ts";
import { Definition, type Hands, NamedAt, type SourceText } from "../../vocabulary/model.ts";
import type { DocsServer } from "../docs/library-docs.ts";
import { applyEdits } from "../git/workspace.ts";
import { runSnippet } from "../python/micro.ts";
import { answersOf, type ProbeContext, runPython } from "../python/probe.ts";
import { reviewTexts } from "../python/review.ts";

export interface HandsOptions {
  context: ProbeContext;
  /** The folder that holds the tree of a commit. */
  treeOf(commit: string): Promise<string>;
  /** Bytes of a file of a commit; null where it has none. */
  read(commit: string, file: string): Promise<Uint8Array | null>;
  /** The user's documentation server; null: none. */
  docs: DocsServer | null;
  /** What the runs of two snippets say. */
  compare(a: readonly MicroRun[], b: readonly MicroRun[]): MicroResult;
}

const Outline = z.looseObject({
  files: z.array(z.object({ file: z.string(), encoding: z.string(), definitions: z.array(Definition) })),
});
const Uses = z.looseObject({ uses: z.array(NamedAt), more: z.int() });
const microTimeoutMs = 60_000;

/** A model's hands over real Python: they look at the tree of a commit, never at the user's own. */
export function hands(options: HandsOptions): Hands {
  const { context, treeOf } = options;
  const ask = async (commit: string, request: Record<string, unknown>) => {
    const root = await treeOf(commit);
    return runPython("facts", { root, ...request }, { ...context, cwd: root, timeoutMs: 120_000 });
  };
  const sources = new Map<string, Promise<SourceText | null>>();
  const source = async (commit: string, file: string): Promise<SourceText | null> => {
    const bytes = await options.read(commit, file);
    if (bytes === null) return null;
    const outline = answersOf(await ask(commit, { want: "outline", files: [file] }), "outline", Outline).at(-1)?.files[0];
    const text = decoded(bytes, outline?.encoding ?? "utf-8");
    return { bytes, text, definitions: outline?.definitions ?? null };
  };
  return {
    source: (commit, file) => {
      const key = `${commit} ${file}`;
      const known = sources.get(key) ?? source(commit, file);
      sources.set(key, known);
      return known;
    },
    uses: async (commit, name) =>
      answersOf(await ask(commit, { want: "uses", name }), "uses", Uses).at(-1) ?? { uses: [], more: 0 },
    micro: async (commit, code) => {
      const at = { ...context, cwd: await treeOf(commit), timeoutMs: microTimeoutMs };
      const runs: { a: MicroRun[]; b: MicroRun[] } = { a: [], b: [] };
      try {
        for (const traced of [false, false, true])
          for (const side of ["a", "b"] as const)
            runs[side].push(
              await runSnippet(at, { name: `Snippet ${side.toUpperCase()}`, setup: code.setup, code: code[side], traced }),
            );
      } catch (error) {
        if (error instanceof Failure && !context.signal.aborted) return error.message;
        throw error;
      }
      return options.compare(runs.a, runs.b);
    },
    docs: options.docs === null ? null : docsOf(options.docs),
    review: async (commit, edits) => {
      const texts = [];
      for (const file of new Set(edits.map((it) => it.file))) {
        const before = await options.read(commit, file);
        const own = edits.filter((it) => it.file === file);
        texts.push({ file, before, after: before && applyEdits(Buffer.from(before), own) });
      }
      return reviewTexts(context, [await treeOf(commit)], texts);
    },
    mask: async (text) => (await import("./secrets.ts")).masked(text),
    digest: (text) => createHash("sha256").update(text).digest("hex"),
  };
}

/** The client is loaded, and the server started or called, when it is asked for the first time. */
function docsOf(server: DocsServer): Hands["docs"] {
  return {
    server: typeof server.address === "string" ? server.address : server.address.join(" "),
    ask: async (library, topic) => (await import("../docs/library-docs.ts")).libraryDocs(server, library, topic),
  };
}

function decoded(bytes: Uint8Array, encoding: string): string {
  try {
    return new TextDecoder(encoding === "utf-8-sig" ? "utf-8" : encoding).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString("latin1");
  }
}
