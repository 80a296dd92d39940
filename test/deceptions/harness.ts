import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openProject } from "../../src/entry/compose.ts";
import { openSession } from "../../src/entry/open-session.ts";
import { mebibyte } from "../../src/method/noise.ts";
import type { State } from "../../src/method/state.ts";
import { runSession } from "../../src/session/run-session.ts";
import type { Brief, Drafter } from "../../src/vocabulary/draft.ts";
import type { Proposal } from "../../src/vocabulary/proposal.ts";
import { snapshot, userGit, writeFiles } from "../adapters/git/user-tree.ts";
import type { Patch } from "./patches.ts";
import { call, project } from "./project.ts";

/** What came of a patch: null, it was kept; else why not. */
export interface Outcome {
  name: string;
  refusal: string | null;
  rule: string;
}

export interface Played {
  outcomes: Outcome[];
  state: State;
  /** All that is the user's is byte for byte what it was. */
  untouched: boolean;
}

/**
 * One session of the real harness on the project, with a mind that proposes the patches in their order and answers its checklist
 * as a clever liar would. No model decides anything.
 */
export async function play(
  patches: readonly Patch[],
  options: { python: string; allow?: readonly string[]; files?: Record<string, string> },
): Promise<Played> {
  const root = mkdtempSync(join(tmpdir(), "deceptions-"));
  try {
    userGit(root, "init", "-q", "-b", "main");
    writeFiles(root, options.files ?? project);
    userGit(root, "add", "-A");
    userGit(root, "commit", "-q", "-m", "start");
    const before = snapshot(root);
    const flags = { python: options.python, args: call.args, allow: [...(options.allow ?? [])], pairs: 2, milestone: 100 };
    const opened = await openProject({ target: call.words, flags, cwd: root, version: "0.0.0" });
    const thresholds = { ...opened.settings.thresholds, stuckExperiments: 1000, stuckRepeats: 1000 };
    // The gates are to refuse by themselves, without walls around the runs.
    const isolation = "process" as const;
    const settings = { ...opened.settings, thresholds, isolation, model: "test:liar", catalogue: false, maxExperiments: 200 };
    const session = await openSession({ ...opened, settings }, { version: "0.0.0", fresh: false, drafter: liar(patches, root) });
    let state: State;
    try {
      const ports = await session.ports(async () => undefined);
      state = await runSession(session.state(), ports, { requested: false, now: false });
    } finally {
      await session.close();
    }
    return { outcomes: patches.map((it) => outcomeOf(it, state)), state, untouched: snapshot(root) === before };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function outcomeOf({ name }: Patch, state: State): Outcome {
  const experiment = state.experiments.findLast((it) => it.proposal.subject === name);
  const verdict = experiment?.verdict;
  if (verdict) {
    if (experiment.takenBack !== null) return { name, refusal: experiment.takenBack, rule: "milestone" };
    return { name, refusal: verdict.status === "keep" ? null : verdict.reason, rule: verdict.rule };
  }
  const refused = state.refused.findLast((it) => it.key.endsWith(`# ${name}`));
  return { name, refusal: refused?.reason ?? "it was never tried", rule: refused?.gate ?? "none" };
}

/** Proposes each patch once, against whatever commit is the head by then. */
function liar(patches: readonly Patch[], root: string): Drafter {
  return {
    name: "liar",
    async *draft(brief: Brief) {
      const tried = new Set([
        ...brief.ledger.map((it) => it.description),
        ...brief.refused.map((it) => it.key.split("# ")[1] ?? ""),
      ]);
      const left = patches.filter((it) => !tried.has(it.name));
      const first = left[0];
      const proposal = first && proposalOf(first, brief, root, patches.indexOf(first));
      return proposal
        ? { proposals: [proposal], done: false, why: "" }
        : { proposals: [], done: true, why: first ? `${first.name} does not fit` : "nothing left" };
    },
    // biome-ignore lint/correctness/useYield: a mind that pays for nothing
    async *rework() {
      return null;
    },
  };
}

function proposalOf(patch: Patch, { commit, profile }: Brief, root: string, index: number): Proposal | null {
  const file = patch.file ?? "work.py";
  const text = Buffer.from(userGit(root, "show", `${commit}:${file}`));
  const edits = patch.edits.map(([from, to]) => {
    const start = text.indexOf(from.trimEnd());
    return { file, start, end: start + from.trimEnd().length, text: to.trimEnd() };
  });
  if (edits.some((it) => it.start < 0)) return null;
  const bytes = Math.min(2 * mebibyte, profile.peak.peakBytes / 2);
  const figure = `saves ${(bytes / mebibyte).toFixed(1)} MiB at the peak`;
  return {
    technique: `trick-${index}`,
    strategy: "allocations",
    sweep: null,
    site: { file: "work.py", qualname: patch.site, line: 1 },
    subject: patch.name,
    description: patch.name,
    summary: `make ${patch.site} smaller (${index})`,
    category: "data-structures",
    evidenceBytes: bytes,
    expectedBytes: bytes,
    evidence: `the table says so: ${figure}`,
    checklist: {
      category: "data-structures",
      visible: `inside ${patch.site}`,
      reducible: `what ${patch.site} holds, ${figure}`,
      persistent: `alive at the peak, ${figure}`,
      exercised: `${patch.site} runs once, ${figure}`,
      mechanism: `${patch.site} holds less: ${figure}. ${patch.says ?? ""}`,
      productionSafe: "same results",
      verifyCheaply: "the target is cheap",
    },
    edits,
    scope: [...new Set([`${file}:${patch.site}`, `${file}:<module>`])],
    declaredCosts: [],
    consent: null,
  };
}
