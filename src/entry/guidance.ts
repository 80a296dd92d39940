import { join } from "node:path";
import { z } from "zod";
import { ownText } from "../adapters/disk/files.ts";
import { Failure } from "../vocabulary/failure.ts";
import { type Guidance, silence } from "../vocabulary/guidance.ts";
import { tomlBlock } from "./conventions.ts";

const Said = z.strictObject({ avoid: z.array(z.string()).default([]), stop: z.boolean().default(false) });

/** A guidance.md that cannot be read does not end the work: what is wrong is told, and the rest of it counts as prose. */
export async function readGuidance(root: string): Promise<Guidance> {
  const path = join(root, ".codeflash", "guidance.md");
  const text = await ownText(path);
  try {
    const said = Said.safeParse(tomlBlock(path, text));
    if (said.success) return { text, ...said.data, problem: null };
    return {
      ...silence,
      text,
      problem: `${path}: ${z.prettifyError(said.error)}; it knows \`avoid = [...]\` and \`stop = true\``,
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...silence, text, problem: error.message };
  }
}
