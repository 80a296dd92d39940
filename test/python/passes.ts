import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Census, PeakMoment, StageNode } from "../../src/vocabulary/profile.ts";
import type { Target } from "../../src/vocabulary/target.ts";
import type { FoundPython } from "../pythons.ts";

const boot = fileURLToPath(new URL("../../python/boot.py", import.meta.url));
/** The tiny programs with known memory. */
export const programs = fileURLToPath(new URL("../programs/", import.meta.url));

export interface Answer {
  kind: string;
  [field: string]: unknown;
}

/** Runs one pass over a target in the folder `project` and returns its answers in order. */
export function runPass(python: FoundPython, pass: string, target: Target, fields: object = {}, project = programs): Answer[] {
  const folder = mkdtempSync(join(tmpdir(), "passes-"));
  try {
    const [request, answers] = [join(folder, "request.json"), join(folder, "answers.jsonl")];
    const described = { root: project, tree: project, exclude: [] };
    writeFileSync(request, JSON.stringify({ protocol: 1, pass, target, project: described, ...fields }));
    const run = spawnSync(python.executable, [boot, "probe", request, answers], {
      cwd: project,
      encoding: "utf8",
      env: { ...process.env, PYTHONHASHSEED: "0" },
      timeout: 60_000,
    });
    const lines = readFileSync(answers, "utf8").trim().split("\n");
    const read = lines.map((line) => JSON.parse(line) as Answer);
    if (read.length < 2) throw new Error(`${python.version} ${pass}: ${run.stderr}`);
    return read;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A target that runs one of the programs as a script. */
export const script = (path: string): Target => ({ kind: "script", path, args: [] });

const content = ({ kind: _, ...fields }: Answer) => fields;
const ofKind = (answers: Answer[], kind: string) => answers.filter((answer) => answer.kind === kind).map(content);

export const nodesOf = (answers: Answer[]): StageNode[] => ofKind(answers, "node").map((node) => StageNode.parse(node));
export const peakOf = (answers: Answer[]): PeakMoment => PeakMoment.parse(ofKind(answers, "peak")[0]);
export const censusOf = (answers: Answer[]): Census => Census.parse(ofKind(answers, "census")[0]);
export const notesOf = (answers: Answer[]): string[] => ofKind(answers, "note").map((note) => String(note["text"]));
