import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Evidence, Finding } from "../../../src/minds/catalogue/recipe.ts";
import type { FileFacts } from "../../../src/vocabulary/facts.ts";
import { ClassFacts } from "../../../src/vocabulary/facts-classes.ts";
import type { Census, HeldType } from "../../../src/vocabulary/profile.ts";
import type { Edit, Proposal } from "../../../src/vocabulary/proposal.ts";
import type { AttributeUsage, ClassUsage } from "../../../src/vocabulary/usage-classes.ts";
import { aPython } from "../../pythons.ts";

const interpreter = aPython().executable;
const pythonFolder = fileURLToPath(new URL("../../../python", import.meta.url));

/** Writes the files of a small project to a fresh folder. */
export function project(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "classes-"));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

const driver = `
import importlib, json, os, sys
sys.path.insert(0, sys.argv[1])
import boot
boot.mount()
classes = importlib.import_module("_codeflash_memory.facts.classes")
spans = importlib.import_module("_codeflash_memory.facts.spans")
root, wanted = sys.argv[2], sys.argv[3:]
paths = []
for folder, folders, names in os.walk(root):
    folders[:] = [f for f in folders if f not in (".venv", ".git", "__pycache__")]
    paths += [os.path.join(folder, n) for n in names if n.endswith(".py")]
wanted = wanted or [os.path.relpath(p, root) for p in paths]
print(json.dumps({f: classes.facts(spans.Source.read(os.path.join(root, f)), f, paths) for f in wanted}))
`;

/** The class facts of a project's files, by a real Python, checked against their schema. */
export function factsOf(root: string, files: string[] = [], executable = interpreter): Record<string, ClassFacts> {
  const text = execFileSync(executable, ["-c", driver, pythonFolder, root, ...files], { encoding: "utf8", maxBuffer: 1 << 28 });
  const raw = JSON.parse(text) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(raw).map(([file, facts]) => [file, ClassFacts.parse(facts)]));
}

export interface Given {
  types?: HeldType[];
  census?: Partial<Census>;
  usage?: ClassUsage[] | null;
  testFiles?: string[];
  python?: readonly [number, number];
  floorBytes?: number;
  files?: string[];
}

/** All that a recipe looks at: real facts, hand-written measurements. */
export function evidenceOf(root: string, given: Given): Evidence {
  const facts = factsOf(root, given.files);
  const census: Census = {
    tracedBytes: 100e6,
    peakBytes: 100e6,
    stack: [],
    lines: [],
    unplacedBytes: 0,
    areas: [],
    libraries: [],
    projectLines: [],
    types: given.types ?? [],
    locals: [],
    holders: [],
    repeated: [],
    equalTuples: [],
    records: [],
    caches: [],
    emptyValues: [],
    ...given.census,
  };
  const files = Object.entries(facts).map(([file, classes]) => [
    file,
    { file, sha256: "", module: null, newline: "\n", encoding: "utf-8", classes } as unknown as FileFacts,
  ]);
  return {
    profile: {
      tree: "t",
      nodes: [],
      peak: { peakBytes: 100e6, event: 1, stack: [] },
      table: {
        pipeline: { file: "a.py", qualname: "<module>", line: 1 },
        why: "",
        rows: [],
        dominant: 0,
        beside: [],
        peakBytes: 100e6,
      },
      census,
      timeline: null,
      notes: [],
    },
    facts: { files: Object.fromEntries(files), unreadable: {} },
    usage: given.usage === null ? null : usageOf(given),
    python: given.python ?? [3, 11],
    floorBytes: given.floorBytes ?? 65536,
  };
}

const usageOf = (given: Given) => ({
  runs: ["tests", "target"],
  tests: 4,
  testFiles: given.testFiles ?? [],
  classes: given.usage ?? [],
  values: [],
});

export function held(type: string, count = 50_000, bytesEach = 152): HeldType {
  return { type, count, bytes: count * bytesEach, dictBytes: 0, project: true, sizes: [], heldBy: null, madeAt: [] };
}

/** A watched class whose attributes were all set by its own `__init__`, and read. */
export function seen(
  file: string,
  qualname: string,
  attributes: (string | Partial<AttributeUsage>)[] = [],
  more: Partial<ClassUsage> = {},
): ClassUsage {
  return {
    file,
    qualname,
    seen: true,
    instances: 50,
    attributes: attributes.map((it) => ({
      name: "",
      sets: 50,
      reads: 50,
      deletes: 0,
      types: ["int"],
      setBy: [{ file, line: 1, function: `${qualname}.__init__` }],
      ...(typeof it === "string" ? { name: it } : it),
    })),
    dictUses: [],
    copies: 0,
    protocols: [],
    weakReferences: 0,
    otherSubclasses: [],
    mocked: [],
    ...more,
  };
}

/** Applies edits to the files on disk, by raw bytes. */
export function apply(root: string, edits: Edit[]): void {
  for (const file of new Set(edits.map((it) => it.file))) {
    let raw = readFileSync(join(root, file));
    const mine = edits.filter((it) => it.file === file).sort((a, b) => b.start - a.start);
    for (const it of mine) raw = Buffer.concat([raw.subarray(0, it.start), Buffer.from(it.text), raw.subarray(it.end)]);
    writeFileSync(join(root, file), raw);
  }
}

export function read(root: string, file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** What a program prints when it runs inside the project. */
export function run(root: string, code: string, executable = interpreter): string {
  return execFileSync(executable, ["-c", code], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
  }).trim();
}

export function onlyProposal(findings: Finding[]): Proposal {
  const [first, ...rest] = findings;
  if (first?.kind !== "proposal" || rest.length > 0)
    throw new Error(`expected one proposal, got ${JSON.stringify(findings.map(short))}`);
  return first.proposal;
}

/** The reasons of a list that forbids everything. */
export function reasons(findings: Finding[]): string {
  return findings.map(short).join("; ");
}

function short(finding: Finding): string {
  return finding.kind === "forbidden" ? finding.forbidden.reason : `proposal ${finding.proposal.summary}`;
}
