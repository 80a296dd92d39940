import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Evidence, Finding, Recipe } from "../../../src/minds/catalogue/recipe.ts";
import { Facts } from "../../../src/vocabulary/facts.ts";
import type { Census, HeldType, PeakLocal } from "../../../src/vocabulary/profile.ts";
import { Forbidden, Proposal } from "../../../src/vocabulary/proposal.ts";
import { aPython } from "../../pythons.ts";

export const mebibyte = 1024 * 1024;
export type Files = Record<string, string>;
const boot = resolve("python/boot.py");
const python311 = aPython().executable;
const known = new Map<string, Facts>();

function inProject<T>(files: Files, work: (root: string) => T): T {
  const root = mkdtempSync(join(tmpdir(), "lifetimes-"));
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text, "latin1");
    }
    return work(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** One request to the program `facts`, answered by real Python. */
function ask(root: string, request: Record<string, unknown>, python: string): Record<string, unknown> {
  const answers = join(root, "answers.jsonl");
  writeFileSync(join(root, "request.json"), JSON.stringify({ protocol: 1, ...request }));
  execFileSync(python, ["-B", boot, "facts", join(root, "request.json"), answers], { stdio: ["ignore", "ignore", "pipe"] });
  const { kind: _, ...answer } = JSON.parse(readFileSync(answers, "utf8"));
  rmSync(answers);
  return answer;
}

export function factsOf(files: Files, python = python311): Facts {
  const key = JSON.stringify([files, python]);
  const facts =
    known.get(key) ??
    inProject(files, (root) => Facts.parse(ask(root, { want: "facts", root, files: Object.keys(files) }, python)));
  known.set(key, facts);
  return facts;
}

/** What `verify` says of a text and edits of it; the text after is made from them unless it is given. */
export function verified(before: string, edits: Proposal["edits"], python = python311, after = applied(before, edits)) {
  return inProject({ "before.py": before, "after.py": after }, (root) => {
    const paths = { before: join(root, "before.py"), after: join(root, "after.py") };
    return ask(root, { want: "verify", ...paths, edits }, python) as { ok: boolean; why: string };
  });
}

/** A local at the peak. `at`: text of the line that its frame stands in. */
export interface Held {
  name: string;
  at: string;
  file?: string;
  state?: PeakLocal["state"];
  type?: string;
  mib?: number;
  depth?: number;
}

export interface Case {
  files: Files;
  held: Held[];
  types?: HeldType[];
  python?: readonly [number, number];
  executable?: string;
}

/** Evidence with real facts and a census written by hand. */
export function evidenceOf(given: Case): Evidence {
  const facts = factsOf(given.files, given.executable);
  const locals = given.held.map((it) => rowOf(given.files, facts, it));
  const stack = [...new Map(locals.map((it) => [it.depth, { file: it.file, line: it.line, function: it.function }])).entries()]
    .sort(([a], [b]) => a - b)
    .map(([, place]) => place);
  const peakBytes = 64 * mebibyte;
  const empty = {
    lines: [],
    unplacedBytes: 0,
    areas: [],
    libraries: [],
    projectLines: [],
    holders: [],
    repeated: [],
    equalTuples: [],
    records: [],
    caches: [],
    emptyValues: [],
  };
  const census: Census = { ...empty, tracedBytes: peakBytes, peakBytes, stack, types: given.types ?? [], locals };
  const pipeline = { file: "app.py", qualname: "main", line: 1 };
  return {
    profile: {
      tree: "t",
      nodes: [],
      peak: { peakBytes, event: 7, stack },
      table: { pipeline, why: "", rows: [], dominant: 0, beside: [], peakBytes },
      census,
      timeline: null,
      notes: [],
    },
    facts,
    usage: null,
    python: given.python ?? [3, 11],
    floorBytes: mebibyte / 16,
  };
}

function rowOf(files: Files, facts: Facts, held: Held): PeakLocal {
  const file = held.file ?? "app.py";
  const line = (files[file] ?? "").split("\n").findIndex((it) => it.includes(held.at)) + 1;
  if (line === 0) throw new Error(`no line of ${file} contains ${held.at}`);
  const functions = facts.files[file]?.lifetimes.functions ?? [];
  const around = functions.filter((it) => it.line <= line && line <= it.endLine).at(-1);
  return {
    file,
    line,
    function: around?.qualname ?? "<module>",
    functionLine: around?.line ?? 1,
    name: held.name,
    type: held.type ?? "list",
    state: held.state ?? "dead",
    exclusiveBytes: Math.round((held.mib ?? 10) * mebibyte),
    depth: held.depth ?? 0,
  };
}

/** Findings of a recipe, checked against their schemas; the same evidence must give the same again. */
export function findings(recipe: Recipe, given: Case): Finding[] {
  const evidence = evidenceOf(given);
  const found = recipe.propose(evidence);
  for (const one of found) {
    if (one.kind === "proposal") Proposal.parse(one.proposal);
    else Forbidden.parse(one.forbidden);
  }
  if (JSON.stringify(recipe.propose(evidence)) !== JSON.stringify(found))
    throw new Error("the same evidence gave other findings");
  return found;
}

export const proposals = (recipe: Recipe, given: Case): Proposal[] =>
  findings(recipe, given).flatMap((it) => (it.kind === "proposal" ? [it.proposal] : []));

/** The one proposal of a case. */
export function proposalOf(recipe: Recipe, given: Case): Proposal {
  const found = findings(recipe, given);
  const [one] = found;
  if (one?.kind !== "proposal" || found.length > 1)
    throw new Error(`expected one proposal, got ${JSON.stringify(found, null, 1)}`);
  return one.proposal;
}

/** The one reason of a case that is forbidden. */
export function reasonOf(recipe: Recipe, given: Case): string {
  const found = findings(recipe, given);
  const [one] = found;
  if (one?.kind !== "forbidden" || found.length > 1)
    throw new Error(`expected one forbidden, got ${JSON.stringify(found, null, 1)}`);
  return one.forbidden.reason;
}

/** A text with edits in it; one character stands for one byte. */
export function applied(text: string, edits: Proposal["edits"]): string {
  let result = "";
  let at = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** The files after a proposal, each of them seen good by `verify`. */
export function edited(files: Files, proposal: Proposal): Files {
  const result: Files = {};
  for (const [file, text] of Object.entries(files)) {
    const edits = proposal.edits.filter((it) => it.file === file);
    result[file] = applied(text, edits);
    const answer = verified(text, edits);
    if (!answer.ok) throw new Error(`${file} after ${proposal.technique}: ${answer.why}\n${result[file]}`);
  }
  return result;
}

const measurer = `
import sys, tracemalloc
sys.path.insert(0, sys.argv[1])
import app
tracemalloc.start()
value = app.main()
print(tracemalloc.get_traced_memory()[1], repr(value))
`;

/** Peak of \`app.main()\` in MiB, and what it returns. */
export function measured(files: Files, python = python311): { peakMib: number; value: string } {
  return inProject(files, (root) => {
    const output = execFileSync(python, ["-B", "-c", measurer, root], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    const [bytes = "", ...value] = output.trim().split(" ");
    return { peakMib: Number(bytes) / mebibyte, value: value.join(" ") };
  });
}
