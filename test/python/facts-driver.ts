import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

const mount = `
import importlib, json, sys, types
package = types.ModuleType("_codeflash_memory")
package.__path__ = [${JSON.stringify(resolve("python"))}]
sys.modules["_codeflash_memory"] = package
given = json.loads(sys.stdin.read())
`;

/** Runs Python with our packages mounted; `program` finds its input as `given` and prints JSON. */
export function inFacts<T>(program: string, given: unknown, python: string): T {
  const output = execFileSync(python, ["-B", "-c", mount + program], {
    input: JSON.stringify(given),
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  return JSON.parse(output) as T;
}
