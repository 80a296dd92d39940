import type { Edit, Forbidden, Profile, Proposal } from "../../vocabulary/index.ts";
import type { Facts } from "../../vocabulary/facts.ts";
import type { Usage, UsageRequest } from "../../vocabulary/usage.ts";

/** All that a recipe may look at: what was measured, what is true of the source, what was seen in use. */
export interface Evidence {
  profile: Profile;
  facts: Facts;
  /** What the recorder saw during the tests and the target; null before it ran. */
  usage: Usage | null;
  /** `[3, 11]` */
  python: readonly [number, number];
  /** Smallest gain worth proposing: the heap floor in bytes (the 5 MiB border is the verdict's business). */
  floorBytes: number;
}

export type Finding = { kind: "proposal"; proposal: Proposal } | { kind: "forbidden"; forbidden: Forbidden };

/**
 * One entry of the catalogue: pure, one file, one technique.
 *
 * *Contract:* never throws; the same evidence gives the same findings; an empty list means that nothing of its kind
 * stands at the peak. A site that fits but fails a precondition is a `forbidden` finding with the reason, never silence.
 */
export interface Recipe {
  technique: string;
  /** What the recorder should watch so that `propose` can be sure; called before the recorder runs. */
  watch(evidence: Evidence): Partial<UsageRequest>;
  propose(evidence: Evidence): Finding[];
}

export type { Edit };
