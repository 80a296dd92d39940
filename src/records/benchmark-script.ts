import type { Target } from "../vocabulary/target.ts";

/** What the Python interpreter is started with to run a target. */
export function interpreterWords(target: Target): string[] {
  switch (target.kind) {
    case "pytest":
      return ["-m", "pytest", "-q", "-p", "no:cacheprovider", target.nodeId];
    case "script":
      return [target.path, ...target.args];
    case "module":
      return ["-m", target.module, ...target.args];
    case "function": {
      const [first = target.qualname] = target.qualname.split(".");
      const call = `from ${target.module} import ${first}\n${target.qualname}(${target.args ?? ""})`;
      return ["-c", [...(target.setup === undefined ? [] : [target.setup]), call].join("\n")];
    }
  }
}

/** The benchmark that anybody can run, out of its template: the two refs, the folder, and what is run in it. */
export function benchmarkScript(
  template: string,
  it: { base: string; head: string; folder: string; words: readonly string[]; pairs: number },
): string {
  const values: Record<string, unknown> = { BASE: it.base, HEAD: it.head, FOLDER: it.folder, COMMAND: it.words, PAIRS: it.pairs };
  return template.replaceAll(
    /^(BASE|HEAD|FOLDER|COMMAND|PAIRS) = .*$/gm,
    (_, name: string) => `${name} = ${JSON.stringify(values[name])}`,
  );
}
