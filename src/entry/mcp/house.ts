import { Failure } from "../../vocabulary/failure.ts";
import type { AgentSession } from "./agent-session.ts";
import { type Base, short, standing } from "./answers.ts";

/** What a tool adds to the answer that all of them have. */
export type More = Record<string, unknown>;

/** How a call hears of what goes on while it waits. */
export type Progress = (line: string) => void;

/** Work that may outlast the call that began it: it has an id, can be waited for and ended. */
interface Job {
  id: string;
  tool: string;
  abort: AbortController;
  /** Null while it goes on. */
  ended: { more: More } | { failure: unknown } | null;
  done: Promise<void>;
}

/** What one server holds, whoever speaks to it over whichever connection: one session, one job at a time, the lines not told yet. */
export class House {
  readonly cwd: string;
  readonly version: string;
  agent: AgentSession | null = null;
  private readonly waitMs: number;
  private readonly jobs = new Map<string, Job>();
  private current: Job | null = null;
  private untold: string[] = [];
  private readonly listeners = new Set<Progress>();

  /** What the user said at the start of the server about how runs are kept apart; the agent cannot say it. */
  private readonly said: Readonly<Record<string, unknown>>;

  /** `waitMs`: how long a call waits for its job before it answers with the id alone. */
  constructor(options: { cwd: string; version: string; waitMs: number; said?: Readonly<Record<string, unknown>> }) {
    this.cwd = options.cwd;
    this.version = options.version;
    this.waitMs = options.waitMs;
    this.said = options.said ?? {};
  }

  readonly say = (lines: readonly string[]): void => {
    this.untold.push(...lines);
    for (const line of lines) for (const listener of this.listeners) listener(line);
  };

  /** The flags of a call, with the user's word on isolation and the network in place of the agent's. */
  flags(given: Record<string, unknown>): Record<string, unknown> {
    const { allow } = given;
    return { ...given, ...(Array.isArray(allow) && { allow: allow.filter((it) => it !== "net") }), ...this.said };
  }

  /** The answer of a tool that is done at once. */
  async answer(more: More = {}): Promise<Base> {
    const lines = this.untold;
    this.untold = [];
    return short({ ...standing(this.agent, lines, this.current?.id ?? null), ...more });
  }

  /** Begins a job and waits for it a while. Two measurements at once would disturb each other, so there is one at a time. */
  async work(tool: string, progress: Progress, work: (signal: AbortSignal) => Promise<More>): Promise<Base> {
    this.mustBeFree();
    const abort = new AbortController();
    const job: Job = { id: `job-${this.jobs.size + 1}`, tool, abort, ended: null, done: Promise.resolve() };
    this.jobs.set(job.id, job);
    this.current = job;
    job.done = work(abort.signal)
      .then((more) => {
        job.ended = { more };
      })
      .catch((failure: unknown) => {
        job.ended = { failure };
      })
      .finally(() => {
        this.current = null;
      });
    await this.wait(job, this.waitMs, progress);
    return this.answer(this.moreOf(job) ?? {});
  }

  /** Fails with `held` while a job goes on. */
  mustBeFree(): void {
    if (this.current)
      throw new Failure(
        "held",
        `Job ${this.current.id} (${this.current.tool}) is under way.`,
        "Wait for it with `job`, or end it with `job` and cancel.",
      );
  }

  /** Waits for a job, or ends it. Fails with `wrong-use` where there is none of that id, and with the job's own failure. */
  async job(id: string, options: { cancel: boolean; waitMs: number | null }, progress: Progress): Promise<Base> {
    const job = this.jobs.get(id);
    if (!job) throw new Failure("wrong-use", `There is no job ${id} in this server.`, "Call `status` to see where things stand.");
    const went = job.ended === null;
    if (options.cancel && went) {
      job.abort.abort();
      await job.done;
      return this.answer({ tool: job.tool, ended: true, answer: null });
    }
    await this.wait(job, options.waitMs ?? this.waitMs, progress);
    const more = this.moreOf(job);
    return this.answer({ tool: job.tool, ended: more !== null, answer: more });
  }

  private moreOf({ ended }: Job): More | null {
    if (ended === null) return null;
    if ("failure" in ended) throw ended.failure;
    return ended.more;
  }

  private async wait(job: Job, waitMs: number, progress: Progress): Promise<void> {
    this.listeners.add(progress);
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, waitMs);
    });
    await Promise.race([job.done, enough]);
    clearTimeout(timer);
    this.listeners.delete(progress);
  }

  /** Ends what goes on and lets the session go: it goes on from the journal when it is started again. */
  async close(): Promise<void> {
    this.current?.abort.abort();
    await this.current?.done;
    await this.leave();
  }

  async leave(): Promise<void> {
    const { agent } = this;
    this.agent = null;
    await agent?.close();
  }
}
