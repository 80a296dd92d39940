import { z } from "zod";
import { base } from "./answers.ts";
import type { House, More, Progress } from "./house.ts";

/** One thing that an agent may ask for. */
export interface Tool {
  name: string;
  title: string;
  description: string;
  input: z.ZodObject;
  output: z.ZodObject;
  annotations: { readOnlyHint: boolean; destructiveHint: boolean; idempotentHint: boolean; openWorldHint: boolean };
  run(house: House, args: Record<string, unknown>, progress: Progress): Promise<More>;
}

/** What a tool does to the world: `reads` nothing but records and runs; `records` in the journal and on our own branch. */
type Effect = "reads" | "records";

export function tool<I extends z.ZodRawShape, O extends z.ZodRawShape>(spec: {
  name: string;
  title: string;
  description: string;
  effect: Effect;
  input: I;
  output: O;
  run(house: House, args: z.infer<z.ZodObject<I>>, progress: Progress): Promise<More>;
}): Tool {
  const { name, title, description, effect, input, output, run } = spec;
  const schema = z.strictObject(input);
  return {
    name,
    title,
    description,
    input: schema as unknown as z.ZodObject,
    output: z.strictObject({ ...base, ...output }) as unknown as z.ZodObject,
    annotations: {
      readOnlyHint: effect === "reads",
      destructiveHint: false,
      idempotentHint: effect === "reads",
      openWorldHint: false,
    },
    run: (house, args, progress) => run(house, schema.parse(args), progress),
  };
}
