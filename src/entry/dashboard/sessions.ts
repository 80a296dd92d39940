import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { JournalReader } from "../../adapters/disk/journal.ts";
import { advance, before, beginning, keeps, type State } from "../../method/state.ts";
import { liveLines } from "../../records/report/live.ts";
import { reportOf } from "../../records/report/report.ts";
import { Failure } from "../../vocabulary/failure.ts";
import type { SessionRow, Told } from "../../vocabulary/live.ts";
import type { Report } from "../../vocabulary/report.ts";
import { holderOf, sessionsFolder } from "../open-session.ts";

interface Followed {
  id: string;
  reader: JournalReader;
  state: State;
  told: Told[];
  problem: string | null;
  report: { seq: number; value: Report | null } | null;
}

/** Follows the journals of all sessions of a repository. Nothing else is read, and nothing is written. */
export class LiveSessions {
  private readonly commonDir: string;
  private readonly all = new Map<string, Followed>();
  private readonly waiting = new Set<() => void>();
  private holder: number | null = null;

  constructor(commonDir: string) {
    this.commonDir = commonDir;
  }

  /** Reads what is new; wakes whoever waits for it. */
  async refresh(): Promise<void> {
    const folder = sessionsFolder(this.commonDir);
    const names = (await readdir(folder).catch(() => [] as string[])).sort();
    let changed = false;
    for (const id of names) {
      const known = this.all.get(id) ?? follow(id, join(folder, id, "journal.jsonl"));
      this.all.set(id, known);
      if (await advanced(known)) changed = true;
    }
    const holder = holderOf(this.commonDir)?.pid ?? null;
    if (holder !== this.holder) changed = true;
    this.holder = holder;
    if (!changed) return;
    for (const wake of [...this.waiting]) wake();
  }

  /** Newest first; those without an entry are left out. */
  rows(): SessionRow[] {
    const known = [...this.all.values()].filter((it) => it.state.session !== null || it.problem !== null);
    const last = known.at(-1);
    return known.map((it) => rowOf(it, it === last && this.holder !== null)).reverse();
  }

  /** Entries after `seq`; empty where there is no such session. */
  after(id: string, seq: number): Told[] {
    return this.all.get(id)?.told.slice(Math.max(0, seq + 1)) ?? [];
  }

  report(id: string): Report | null {
    const it = this.all.get(id);
    if (!it) return null;
    const seq = it.told.length;
    if (it.report?.seq !== seq) it.report = { seq, value: reportOf(it.state) };
    return it.report.value;
  }

  /** Resolves when something is new, or after so many milliseconds. */
  changed(atMostMs: number): Promise<void> {
    return new Promise((done) => {
      const wake = () => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        done();
      };
      const timer = setTimeout(wake, atMostMs);
      this.waiting.add(wake);
    });
  }

  /** Lets nobody wait any longer. */
  wakeAll(): void {
    for (const wake of [...this.waiting]) wake();
  }
}

const follow = (id: string, path: string): Followed => ({
  id,
  reader: new JournalReader(path),
  state: beginning,
  told: [],
  problem: null,
  report: null,
});

async function advanced(it: Followed): Promise<boolean> {
  if (it.problem !== null) return false;
  try {
    const records = await it.reader.more();
    for (const recorded of records) {
      it.state = advance(it.state, recorded);
      const { entry, seq, ts } = recorded;
      it.told.push({ seq, ts, step: entry.kind === "began" ? entry.step : null, lines: liveLines(entry, it.state) });
    }
    return records.length > 0;
  } catch (error) {
    it.problem = error instanceof Failure ? error.message : `The journal cannot be read: ${error}.`;
    return true;
  }
}

function rowOf({ id, state, problem }: Followed, running: boolean): SessionRow {
  return {
    session: id,
    target: state.session?.targetName ?? "",
    outcome: state.finished?.outcome ?? "unfinished",
    running,
    startedAt: state.startedAt,
    experiments: state.experiments.length,
    keeps: keeps(state).length,
    heapBytes: { before: before(state)?.heapBytes ?? null, after: state.peaks?.heapBytes ?? null },
    problem,
  };
}
