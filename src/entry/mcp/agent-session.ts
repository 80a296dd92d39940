import { readFile, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { guestModel } from "../../method/drafting.ts";
import { openSteps } from "../../method/open-steps.ts";
import type { State } from "../../method/state.ts";
import { type Desk, guest, type Position, positionOf, type Said, wordsTo } from "../../minds/guest/guest.ts";
import { linesOf } from "../../records/lines.ts";
import { runSession } from "../../session/run-session.ts";
import type { Brief, Failed } from "../../vocabulary/draft.ts";
import type { Entry } from "../../vocabulary/journal.ts";
import type { Ports } from "../../vocabulary/ports.ts";
import { record, roomBeside } from "../cli/optimize.ts";
import type { Project } from "../compose.ts";
import { openSession, type Session } from "../open-session.ts";
import { writeLearnings, writeViews } from "../views.ts";
import { gateOf, type Phase, removeGate, writeGate } from "./gate-file.ts";

const width = 84;

/** A session whose mind is the agent at the other end: held by this process, told in lines, its words taken one at a time. */
export class AgentSession implements Desk {
  /** The last question that the session put to the agent; null: none yet. */
  brief: Brief | null = null;
  failed: Failed | null = null;
  private readonly session: Session;
  private readonly say: (lines: readonly string[]) => void;
  private ports: Ports | null = null;
  private readonly stop = { requested: false, now: false };
  private said: Said | null = null;
  private refusal: string | null = null;

  private constructor(session: Session, say: (lines: readonly string[]) => void) {
    this.session = session;
    this.say = say;
  }

  /** `say` is given every line that the terminal would show. */
  static async open(
    project: Project,
    options: { version: string; fresh: boolean },
    say: (lines: readonly string[]) => void,
  ): Promise<AgentSession> {
    const seat: { taken: AgentSession | null } = { taken: null };
    const sitting = (): AgentSession => {
      if (!seat.taken) throw new Error("the session asked before it was open");
      return seat.taken;
    };
    const drafter = guest({
      asked: (brief, failed) => sitting().asked(brief, failed),
      take: () => sitting().take(),
      refuse: (why) => sitting().refuse(why),
      state: () => sitting().state(),
      read: (commit, file) => sitting().read(commit, file),
    });
    const held = { ...project, settings: { ...project.settings, model: guestModel } };
    const session = await openSession(held, { ...options, drafter });
    seat.taken = new AgentSession(session, say);
    say(session.anew.map((it) => `[resume] ${it}`));
    return seat.taken;
  }

  asked(brief: Brief, failed: Failed | null): void {
    this.brief = brief;
    this.failed = failed;
  }

  take(): Said | null {
    const { said } = this;
    this.said = null;
    return said;
  }

  refuse(why: string): void {
    this.refusal = why;
  }

  state(): State {
    return this.session.state();
  }

  async read(commit: string, file: string): Promise<Uint8Array | null> {
    return (await this.ports?.workspace.read(commit, file)) ?? null;
  }

  get project(): Project {
    return this.session.project;
  }

  /** It had come to its plateau before we came. */
  get ended(): boolean {
    return this.session.ended;
  }

  /** The question's answers so far, read from the journal's state. */
  position(): Position {
    const state = this.state();
    return positionOf(wordsTo(`draft-${state.drafts.length + 1}`, state));
  }

  phase(): Phase {
    const state = this.state();
    if (state.finished && state.finished.outcome !== "limit") return "finished";
    const step = openSteps(state).open[0]?.step;
    if (step === "rework" && this.failed) return "repair";
    const { at } = this.position();
    return step === "draft" && this.brief?.commit === state.commit && at !== "done" ? at : "stopped";
  }

  /** Why the agent has no say now, in the words of the method. */
  closed(): string {
    const { open, closed } = openSteps(this.state());
    const reason = closed[0]?.reason ?? "the harness has not finished its step";
    return open[0] ? `${reason} (the open step is "${open[0].step}")` : reason;
  }

  /** Lets the loop run, with the agent's word if there is one, until it waits for the next. Gives why the word was refused; null: it was not. */
  async go(said: Said | null): Promise<string | null> {
    [this.said, this.refusal, this.brief, this.failed] = [said, null, null, null];
    this.ports ??= await this.session.ports(async (recorded, state) => {
      this.say(linesOf(recorded.entry, state, width));
      await record(this.session, recorded, state);
      await this.writeGate();
    });
    await this.noteReads();
    const jobs = this.project.settings.jobs ?? Math.min(2, availableParallelism());
    try {
      await runSession(this.state(), this.ports, this.stop, jobs, () => roomBeside(this.state()));
    } catch (error) {
      if (!this.stop.now) throw error;
    }
    await writeViews(this.project, this.session, this.state());
    await this.writeGate();
    return this.refusal;
  }

  /** Something that was seen outside of the loop's steps. */
  async append(entry: Entry): Promise<void> {
    await this.ports?.journal.append(entry);
  }

  /** Files of the implementation that the host read too early, as its hooks wrote them down. */
  private async noteReads(): Promise<void> {
    const path = join(dirname(this.session.journalPath), "reads.txt");
    const text = await readFile(path, "utf8").catch(() => "");
    if (text === "") return;
    await rm(path, { force: true });
    const files = [...new Set(text.split("\n").filter((it) => it !== ""))];
    await this.append({ kind: "note", text: `The agent's host read ${files.join(", ")} before there was a per-stage table.` });
  }

  private writeGate(): Promise<void> {
    return writeGate(this.session.journalPath, gateOf(this.session, this.state(), this.phase()));
  }

  /** Ends the run under way; what was recorded stays, and the same session goes on when it is opened again. */
  cancel(): void {
    this.stop.requested = true;
    this.stop.now = true;
    this.session.abort();
  }

  async close(): Promise<void> {
    if (this.state().finished) await writeLearnings(this.project, this.session, this.state());
    if (this.phase() !== "finished") await removeGate(this.session.journalPath);
    await this.session.close();
  }
}
