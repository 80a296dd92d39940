/** What somebody who looks on is told of one journal entry. `seq` counts from 0 without gaps. */
export interface Told {
  seq: number;
  ts: number;
  /** The step that begins; null: none does. */
  step: string | null;
  lines: string[];
}

/** One session in the list of all. */
export interface SessionRow {
  session: string;
  target: string;
  outcome: string;
  /** A process works on it now. */
  running: boolean;
  startedAt: number;
  experiments: number;
  keeps: number;
  heapBytes: { before: number | null; after: number | null };
  /** Why its journal cannot be read; null: it can. */
  problem: string | null;
}
