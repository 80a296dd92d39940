import { existsSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { Failure } from "../vocabulary/failure.ts";
import type { Target } from "../vocabulary/target.ts";

/** Splits as a shell does: spaces, single and double quotes, backslash. */
export function words(text: string): string[] {
  const found: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let index = 0; index < text.length; index++) {
    const letter = text[index] as string;
    if (letter === "\\" && quote !== "'") {
      index++;
      word = (word ?? "") + (text[index] ?? "");
    } else if (quote !== null) {
      if (letter === quote) quote = null;
      else word = (word ?? "") + letter;
    } else if (letter === "'" || letter === '"') {
      quote = letter;
      word ??= "";
    } else if (/\s/.test(letter)) {
      if (word !== null) found.push(word);
      word = null;
    } else {
      word = (word ?? "") + letter;
    }
  }
  if (word !== null) found.push(word);
  return found;
}

const kinds =
  "A target is a pytest node id (tests/test_x.py::test_y), a script with arguments (script.py a b), a module (-m package.module a b), or a function (package.module:function with --setup and --args).";

const isFile = (path: string) => existsSync(path) && statSync(path).isFile();

/**
 * What the user named. `given` is the words after the command; a single word with spaces in it is split.
 * Fails with `unknown-target` when the file it names is not there.
 */
export function parseTarget(given: readonly string[], cwd: string, options: { setup?: string; args?: string }): Target {
  const whole =
    given.length === 1 && /\s/.test(given[0] ?? "") && !isFile(join(cwd, given[0] ?? "")) ? words(given[0] ?? "") : [...given];
  const [first, ...rest] = whole;
  if (first === undefined) throw new Failure("wrong-use", "No target was named.", kinds);
  if (first === "-m") {
    const [module, ...args] = rest;
    if (module === undefined) throw new Failure("wrong-use", "-m names no module.", kinds);
    return { kind: "module", module, args };
  }
  const call = first.match(/^([A-Za-z_][\w.]*):([A-Za-z_][\w.]*)$/);
  if (call && !first.includes("/")) {
    const [, module = "", qualname = ""] = call;
    return {
      kind: "function",
      module,
      qualname,
      ...(options.setup === undefined ? {} : { setup: options.setup }),
      ...(options.args === undefined ? {} : { args: options.args }),
    };
  }
  const [path = first] = first.split("::");
  const test = first.includes("::") || /^(test_.*|.*_test)\.py$/.test(basename(first));
  if (!existsSync(join(cwd, path))) {
    throw new Failure("unknown-target", `There is no ${path} in ${cwd}.`, kinds);
  }
  if (test) {
    if (rest.length > 0) throw new Failure("wrong-use", `A pytest target takes no further arguments (${rest.join(" ")}).`, kinds);
    return { kind: "pytest", nodeId: first };
  }
  if (!isFile(join(cwd, first))) throw new Failure("unknown-target", `${first} is a folder.`, kinds);
  return { kind: "script", path: first, args: rest };
}
