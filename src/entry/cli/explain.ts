import { Failure } from "../../vocabulary/failure.ts";

/** One sentence, the way forward, an exit code. A fault of ours says so and how to show us its place. */
export function explain(error: unknown): number {
  if (error instanceof Failure) {
    process.stderr.write(`codeflash-memory: ${error.message}\n  ${error.wayForward}\n`);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `codeflash-memory: an error of ours: ${message}\n  Nothing of yours was changed. Run again with CODEFLASH_MEMORY_DEBUG=1 to see where, and please report it.\n`,
  );
  if (process.env["CODEFLASH_MEMORY_DEBUG"] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return 4;
}
