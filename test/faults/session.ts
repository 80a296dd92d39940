import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readJournal } from "../../src/adapters/disk/journal.ts";
import { withEffects } from "../../src/adapters/effects.ts";
import { openProject, type Project } from "../../src/entry/compose.ts";
import { openSession } from "../../src/entry/open-session.ts";
import { writeViews } from "../../src/entry/views.ts";
import { runSession } from "../../src/session/run-session.ts";
import type { Drafter } from "../../src/vocabulary/draft.ts";
import type { Ports } from "../../src/vocabulary/ports.ts";
import { loudHooks, makeRepository, snapshot, userGit } from "../adapters/git/user-tree.ts";
import { MiB, profileOf, proposal, sample, tests, traced } from "../method/state-builder.ts";
import { ScriptedWorld } from "../session/scripted-ports.ts";
import { type Fault, Faulty, Killed } from "./plan.ts";

const source = "def main():\n    a = 1\n    b = 1\n    c = 1\n    return 0\n";

/** A repository whose session is known: `a` is kept, `b` breaks a test, and the model's `c` is kept. Only the measuring is scripted. */
class FaultWorld {
  readonly root = makeRepository({ "app.py": source, "test_app.py": "def test_a():\n    pass\n" });
  /** Questions to the model whose answer was in the journal already. */
  repeatedCalls = 0;
  calls = 0;
  private readonly before: string;
  private readonly project: Promise<Project>;

  constructor(python: string) {
    loudHooks(this.root);
    this.before = snapshot(this.root);
    const flags = { python, pairs: 2, allow: ["untested"], milestone: 100 };
    this.project = openProject({ target: ["app.py"], flags, cwd: this.root, version: "0.0.0" }).then((it) => ({
      ...it,
      settings: { ...it.settings, isolation: "process", model: "test:scripted" },
    }));
  }

  untouched = (): boolean => snapshot(this.root) === this.before;
  dispose = (): void => rmSync(this.root, { recursive: true, force: true });

  /** One process's life. What it was ended by; null: it came to its end. */
  async live(faulty: Faulty): Promise<unknown> {
    const project = await this.project;
    const lock = join(this.root, ".git/codeflash/lock");
    return withEffects(faulty, async () => {
      let failed: unknown = null;
      const session = await openSession(project, { version: "0.0.0", fresh: false, drafter: this.drafter() }).catch((error) => {
        failed = error;
        return null;
      });
      if (!session) return failed;
      try {
        const ports = await session.ports(async (_, state) => writeViews(project, session, state));
        const state = await runSession(session.state(), this.over(ports), { requested: false, now: false });
        await writeViews(project, session, state);
      } catch (error) {
        failed = error;
      }
      const held = faulty.dead && existsSync(lock) ? readFileSync(lock) : null;
      await session.close().catch(() => undefined);
      if (held) writeFileSync(lock, held); // the dead do not let go
      return failed;
    });
  }

  /** What is left when all is over, without what only time makes. */
  async end(): Promise<string> {
    const { journal, state } = await this.journal();
    const told = state.map((it) => [it.subject, it.status, it.reason]);
    const tree = userGit(this.root, "rev-parse", "refs/heads/codeflash/optimize^{tree}");
    const count = userGit(this.root, "rev-list", "--count", "main..codeflash/optimize");
    const results = readFileSync(join(this.root, ".codeflash/results.tsv"), "utf8").replaceAll(/\b[0-9a-f]{7,40}\b/g, "commit");
    const handoff = readFileSync(join(this.root, ".codeflash/HANDOFF.md"), "utf8").match(
      /## Optimizations Kept[\s\S]*?## Key/,
    )?.[0];
    const trees = userGit(this.root, "worktree", "list").split("\n").length;
    const kept = (handoff ?? "").replaceAll(/\b[0-9a-f]{7,40}\b/g, "commit");
    return JSON.stringify({ told, tree, count, results, kept, trees, torn: journal.tornBytes });
  }

  private async journal() {
    const folder = join(this.root, ".git/codeflash/sessions");
    // One that was killed before its first entry was whole is no session.
    const all = await Promise.all(namesIn(folder).map((id) => readJournal(join(folder, id, "journal.jsonl"))));
    const [journal, ...others] = all.filter((it) => it.records.length > 0);
    if (!journal || others.length > 0) throw new Error(`there are ${others.length + 1} sessions`);
    const entries = journal.records.map((it) => it.entry);
    const state = entries.flatMap((it) =>
      it.kind === "decided" ? [{ subject: it.experiment, status: it.verdict.status, reason: it.verdict.reason }] : [],
    );
    return { journal, state };
  }

  private over(ports: Ports): Ports {
    const text = (commit: string) => userGit(this.root, "show", `${commit.replace("clean:", "")}:app.py`);
    const heap = (commit: string) => 100 - 20 * (text(commit).match(/= 0/g)?.length ?? 0);
    const world = new ScriptedWorld([], new Map()).ports();
    const { profiler } = world.at("B");
    const tree: typeof profiler.tree = async (commit) => {
      const { peak } = profileOf(commit, heap(commit));
      const [node] = (await profiler.tree("base")).nodes;
      return { nodes: node ? [{ ...node, peakBytes: peak.peakBytes }] : [], peak, threads: 0, notes: [] };
    };
    return {
      ...ports,
      reviewer: world.reviewer,
      history: world.history,
      mind: { ...world.mind, propose: () => ({ proposals: [changed("a", 40), changed("b", 30)], forbidden: [] }) },
      tests: {
        ...world.tests,
        run: async (commit) => tests({ t: "passed", u: text(commit).includes("b = 0") ? "failed" : "passed" }),
      },
      at: () => ({
        profiler: { ...profiler, tree },
        bench: {
          ...world.at("B").bench,
          sample: async (commit) => sample(heap(commit) + 30),
          traced: async (commit) => traced(heap(commit)),
        },
      }),
    };
  }

  private drafter(): Drafter {
    const world = this;
    return {
      name: "scripted",
      async *draft(brief) {
        if (brief.paid.length === 0) {
          world.calls += 1;
          if (world.isPaid(brief.call)) world.repeatedCalls += 1;
          yield {
            kind: "answered",
            call: brief.call,
            turn: 0,
            model: "test:scripted",
            request: "digest",
            sentBytes: 1,
            said: { role: "question", text: "what next?" },
            shown: [],
            answer: { text: "", calls: [], ending: "done", raw: null },
            tokens: { input: 1, cached: 0, output: 1 },
            cost: 0.1,
          };
        }
        const first = brief.call === "draft-1";
        return { proposals: first ? [changed("c", 20)] : [], done: !first, why: "nothing left" };
      },
      // biome-ignore lint/correctness/useYield: a mind that pays for nothing
      async *rework() {
        return null;
      },
    };
  }

  /** Whether the journal on the disk has an answer to a question. */
  private isPaid(call: string): boolean {
    const folder = join(this.root, ".git/codeflash/sessions");
    return namesIn(folder).some((id) => {
      const text = readFileSync(join(folder, id, "journal.jsonl"), "utf8");
      return text.slice(0, text.lastIndexOf("\n")).includes(`"kind":"answered","body":{"call":"${call}"`);
    });
  }
}

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

function changed(name: string, mib: number) {
  const start = source.indexOf(`${name} = 1`) + 4;
  return proposal(name, mib, {
    technique: `t${name}`,
    evidenceBytes: mib * MiB,
    edits: [{ file: "app.py", start, end: start + 1, text: "0" }],
  });
}

export interface Lived {
  /** How many effects an undisturbed life has. */
  effects: number;
  end: string;
}

/** A life without a fault. */
export async function undisturbed(python: string): Promise<Lived & { kinds: string[] }> {
  const world = new FaultWorld(python);
  try {
    const calm = new Faulty(-1, "kill");
    const failed = await world.live(calm);
    if (failed) throw failed;
    if (!world.untouched()) throw new Error("an undisturbed session touches the user's files");
    return { effects: calm.count, end: await world.end(), kinds: calm.kinds };
  } finally {
    world.dispose();
  }
}

export interface Crashed {
  at: string;
  /** What is wrong with what came of it; empty: nothing. */
  wrong: string[];
  /** What the process said that met the fault. */
  said: unknown;
}

/** Lives that each end by a fault, one after the other, and a last one without. */
export async function crashes(python: string, faults: readonly { at: number; fault: Fault }[], calm: Lived): Promise<Crashed> {
  const world = new FaultWorld(python);
  const at = faults.map((it) => `${it.fault} at ${it.at}`).join(", ");
  const wrong: string[] = [];
  let said: unknown = null;
  try {
    for (const { at: n, fault } of faults) {
      said = await world.live(new Faulty(n, fault));
      if (!world.untouched()) wrong.push(`${fault} at ${n}: the user's files were touched`);
      if ((fault === "kill" || fault === "torn") && said !== null && !isKilled(said)) wrong.push(`it said ${said}`);
    }
    const last = await world.live(new Faulty(-1, "kill"));
    if (last) wrong.push(`it cannot be taken up: ${last}`);
    else if ((await world.end()) !== calm.end) wrong.push(`it ends otherwise: ${await world.end()}`);
    if (world.repeatedCalls > 0) wrong.push(`${world.repeatedCalls} answers were paid for twice`);
    if (!world.untouched()) wrong.push("the user's files were touched");
  } catch (error) {
    wrong.push(String(error));
  } finally {
    world.dispose();
  }
  return { at, wrong, said };
}

const isKilled = (error: unknown): boolean => error instanceof Killed || String(error).includes("killed");
