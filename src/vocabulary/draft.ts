import type { Facts } from "./facts.ts";
import type { History } from "./history.ts";
import type { EntryOf } from "./journal.ts";
import type { Look } from "./look.ts";
import type { Profile } from "./profile.ts";
import type { Category, Edit, Forbidden, PassedSite, Proposal, Strategy } from "./proposal.ts";
import type { Finding } from "./review.ts";

/** What an earlier experiment of the session taught. Bytes; gains are positive when memory fell, null when not measured. */
export interface LedgerRow {
  experiment: number;
  /** Names the approach (`approachKey`): the same one is not tried twice. */
  key: string;
  description: string;
  technique: string;
  site: string;
  status: "keep" | "discard" | "crash";
  reason: string;
  heapGainBytes: number | null;
  processGainBytes: number | null;
}

/** All that a mind is told when it is asked for the next change. Everything in it was measured or recorded. */
export interface Brief {
  /** Names the question: the same after a crash, so that an answer that was paid for is found again. */
  call: string;
  commit: string;
  profile: Profile;
  look: Look;
  facts: Facts;
  python: readonly [number, number];
  /** Smallest heap difference that is not noise. */
  floorBytes: number;
  library: boolean;
  allow: readonly string[];
  protect: readonly string[];
  /** What the user says, as written: wishes, not facts. */
  guidance: string;
  ledger: LedgerRow[];
  /** The strategy whose turn it is, by category of allocation (method.md, 6.4). */
  strategies: Record<Category, Strategy>;
  /** Why nothing came of the last tries; null: the session is not stuck. */
  stuck: string | null;
  history: History;
  /** Proposals that a gate refused since the last keep, latest last. */
  refused: { key: string; gate: string; reason: string }[];
  /** Sites where a catalogue recipe fits but may not be applied, with the precondition that fails. */
  forbidden: Forbidden[];
  discoveries: string[];
  /** Sites of this state of the code that the mind has said it has nothing for. */
  passed: PassedSite[];
  /** US dollars that may still be spent (`--max-cost`); null: no limit. */
  budget: number | null;
  /** Answers to this very question that are in the journal already, in order. */
  paid: EntryOf<"answered">[];
}

/** What a mind answers: changes to try, and whether it has anything more for this state of the code. */
export interface Draft {
  proposals: Proposal[];
  done: boolean;
  why: string;
  /** Sites that it looked at and has nothing for, with the reason. */
  passed?: PassedSite[];
}

/** An experiment that failed its tests, its output, the guard, or crashed, as it is given back for repair. */
export interface Failed {
  experiment: number;
  proposal: Proposal;
  patch: string;
  reason: string;
  /** Output of the failing tests, guard or crash, at most 4,000 characters. */
  output: string;
}

/** What a mind may tell while it is asked: its answers, what a gate refused, what it learned. */
export type Told = EntryOf<"answered" | "said" | "refused" | "discovered">;
/** What a reviewer is shown: the change, its tests and figures, and nothing that its author thought. */
export interface Review {
  call: string;
  patch: string;
  /** Tests and measurements, in sentences. */
  figures: string[];
  budget: number | null;
  paid: EntryOf<"answered">[];
}

/**
 * A mind that reads and writes source: a language model, or a person's coding agent. Asked when the catalogue has nothing left.
 * *Contract:* yields each answer that was paid for before it uses it; answers in `brief.paid` are not asked again.
 */
export interface Drafter {
  name: string;
  /** Null: it waits for somebody; the session pauses and asks again when it is resumed. */
  draft(brief: Brief): AsyncGenerator<Told, Draft | null>;
  /** Other edits for the same proposal, against the experiment's parent. Null: it has no repair. `waits`: as above. */
  rework(brief: Brief, failed: Failed): AsyncGenerator<Told, Edit[] | null | "waits">;
  /** Doubts about kept changes, with fresh eyes. *Contract:* none of them blocks. Absent: it does not review. */
  review?(review: Review): AsyncGenerator<EntryOf<"answered">, Finding[]>;
}
