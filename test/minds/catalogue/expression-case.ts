import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import type { Evidence, Finding, Recipe } from "../../../src/minds/catalogue/recipe.ts";
import type { Facts } from "../../../src/vocabulary/facts.ts";
import { ExpressionFacts } from "../../../src/vocabulary/facts-expressions.ts";
import { Census, type Profile, type StageNode } from "../../../src/vocabulary/profile.ts";
import { Forbidden, Proposal } from "../../../src/vocabulary/proposal.ts";
import { ValueUsage, type ValueUsageRequest } from "../../../src/vocabulary/usage-values.ts";
import { aPython } from "../../pythons.ts";

export const mebibyte = 1024 * 1024;
export type Files = Record<string, string>;

let found: string | null = null;

/** Looked for once: the search starts every interpreter of the machine. */
export function thePython(): string {
  found ??= aPython().executable;
  return found;
}

/** Runs our Python parts as the probe would: mounted under the private namespace, the recorder through `probe.source`. */
const driver = `
import hashlib, importlib, json, os, sys, types
request = json.load(sys.stdin)
package = types.ModuleType("_codeflash_memory"); package.__path__ = [request["python"]]; sys.modules["_codeflash_memory"] = package
root = request["root"]
class Project:
    def relative(self, path):
        path = os.path.realpath(path)
        return os.path.relpath(path, root).replace(os.sep, "/") if path.startswith(root + os.sep) else None
def module(name): return importlib.import_module("_codeflash_memory." + name)
if request["want"] == "facts":
    Source = module("facts.spans").Source
    files = [os.path.join(root, it) for it in request["files"]]
    facts = module("facts.expressions").facts
    print(json.dumps({it: facts(Source.read(os.path.join(root, it)), it, files) for it in request["files"] if it.endswith(".py")}))
else:
    source = module("probe.source"); source.use(Project())
    recorder = module("facts.recorder_values"); recorder.install(request["values"], Project())
    sys.path.insert(0, root); sys.argv = [os.path.join(root, request["run"])]
    space = {"__name__": "__main__", "__file__": sys.argv[0]}
    out, sys.stdout = sys.stdout, sys.stderr
    os.chdir(root)
    with open(sys.argv[0], "rb") as file: exec(source.compile_file(sys.argv[0], file.read()), space)
    sys.stdout = out
    print(json.dumps(recorder.collect()))
`;

/** A scratch project; the folder goes when the callback has ended. */
function inProject<T>(files: Files, work: (root: string) => T): T {
  const root = mkdtempSync(join(tmpdir(), "codeflash memory "));
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    return work(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function ask(request: Record<string, unknown>, python: string): unknown {
  const input = JSON.stringify({ ...request, python: resolve("python") });
  const output = execFileSync(python, ["-B", "-c", driver], { input, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });
  return JSON.parse(output);
}

/** ExpressionFacts of every file, by real Python. */
export function factsOf(files: Files, python = thePython()): Record<string, ExpressionFacts> {
  return inProject(files, (root) =>
    z.record(z.string(), ExpressionFacts).parse(ask({ want: "facts", root, files: Object.keys(files) }, python)),
  );
}

/** What the recorder sees when `run` is run as a script. */
export function record(files: Files, run: string, values: ValueUsageRequest[], python = thePython()): ValueUsage[] {
  return inProject(files, (root) => z.array(ValueUsage).parse(ask({ want: "usage", root, run, values }, python)));
}

export interface Case {
  files: Files;
  /** The script that stands for tests and target; null: the recorder did not run. */
  run?: string | null;
  /** `file:line` → bytes that the line holds at the peak. */
  held?: Record<string, number>;
  /** `file:line` → bytes by which the heap rises inside the line's statement, where the peak stands. */
  rises?: Record<string, number>;
  holders?: Census["holders"];
  locals?: Census["locals"];
  equalTuples?: Census["equalTuples"];
  python?: string;
  /** Hand-written usage instead of a run. */
  usage?: ValueUsage[];
}

/** Evidence with real facts, real usage and hand-written bytes. */
export function evidenceOf(recipe: Recipe, given: Case): Evidence {
  const expressions = factsOf(given.files, given.python);
  const evidence: Evidence = {
    profile: profileOf(given),
    facts: {
      files: Object.fromEntries(
        Object.entries(expressions).map(([file, it]) => [
          file,
          { file, sha256: "", module: null, newline: "\n", encoding: "utf-8", expressions: it },
        ]),
      ),
      unreadable: {},
    } as unknown as Facts,
    usage: null,
    python: [3, 11],
    floorBytes: 64 * 1024,
  };
  if (given.usage) return { ...evidence, usage: { runs: ["tests", "target"], tests: 1, classes: [], values: given.usage } };
  if (given.run === null) return evidence;
  const values = recipe.watch(evidence).values ?? [];
  const seen = record(given.files, given.run ?? "main.py", values, given.python);
  return { ...evidence, usage: { runs: ["target"], tests: 0, classes: [], values: seen } };
}

/** Findings of a recipe, checked against their schemas. */
export function findings(recipe: Recipe, given: Case): Finding[] {
  const found = recipe.propose(evidenceOf(recipe, given));
  for (const one of found) {
    if (one.kind === "proposal") Proposal.parse(one.proposal);
    else Forbidden.parse(one.forbidden);
  }
  return found;
}

/** The one proposal of a case. Throws with the reasons when there is none. */
export function proposalOf(recipe: Recipe, given: Case): Proposal {
  const found = findings(recipe, given);
  const proposals = found.flatMap((it) => (it.kind === "proposal" ? [it.proposal] : []));
  const [one] = proposals;
  if (!one || proposals.length > 1) throw new Error(`expected one proposal, got ${JSON.stringify(found, null, 1)}`);
  return one;
}

/** The one reason of a case that is forbidden. */
export function reasonOf(recipe: Recipe, given: Case): string {
  const found = findings(recipe, given);
  const [one] = found;
  if (one?.kind !== "forbidden" || found.length > 1)
    throw new Error(`expected one forbidden, got ${JSON.stringify(found, null, 1)}`);
  return one.forbidden.reason;
}

/** The files with the edits in them, on bytes. */
export function edited(files: Files, proposal: Proposal): Files {
  const result: Files = { ...files };
  for (const [file, text] of Object.entries(files)) {
    let raw = Buffer.from(text, "utf8");
    const edits = proposal.edits.filter((it) => it.file === file).sort((a, b) => b.start - a.start);
    for (const edit of edits) raw = Buffer.concat([raw.subarray(0, edit.start), Buffer.from(edit.text), raw.subarray(edit.end)]);
    result[file] = raw.toString("utf8");
  }
  return result;
}

/** What the script prints. */
export function output(files: Files, run = "main.py", python = thePython()): string {
  return inProject(files, (root) =>
    execFileSync(python, ["-B", run], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }),
  );
}

function profileOf(given: Case): Profile {
  const lines = Object.entries(given.held ?? {}).map(([place, bytes]) => ({
    ...placeOf(place),
    bytes,
    blocks: 1,
    project: true,
  }));
  const peakBytes = 64 * mebibyte;
  const nodes = Object.entries(given.rises ?? {}).map(([place, riseBytes], id): StageNode => {
    const { file, line } = placeOf(place);
    const ref = { file, qualname: "f", line: 1 };
    return {
      id,
      parent: null,
      function: ref,
      line,
      endLine: line,
      text: "",
      callee: null,
      count: 1,
      deltaBytes: 0,
      riseBytes,
      peakBytes,
    };
  });
  const empty = {
    records: [],
    repeated: [],
    equalTuples: given.equalTuples ?? [],
    caches: [],
    emptyValues: [],
    unplacedBytes: 0,
    areas: [],
    libraries: [],
    types: [],
    stack: [],
    lines,
  };
  const census = {
    ...empty,
    tracedBytes: peakBytes,
    peakBytes,
    projectLines: lines,
    locals: given.locals ?? [],
    holders: given.holders ?? [],
  };
  const pipeline = { file: "main.py", qualname: "main", line: 1 };
  return {
    tree: "t",
    nodes,
    peak: { peakBytes, event: 1, stack: [] },
    table: { pipeline, why: "", rows: [], dominant: 0, beside: [], peakBytes },
    census: Census.parse(census),
    timeline: null,
    notes: [],
  };
}

function placeOf(place: string): { file: string; line: number; function: string } {
  const [file, line] = place.split(":");
  return { file: file ?? "", line: Number(line), function: "f" };
}
