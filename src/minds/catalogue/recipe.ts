import type { MindEvidence } from "../../vocabulary/ports.ts";
import type { Forbidden, Proposal } from "../../vocabulary/proposal.ts";
import type { UsageRequest } from "../../vocabulary/usage.ts";

/**
 * All that a recipe may look at: what was measured (`profile`), what is true of the source (`facts`), what the recorder
 * saw during the tests and the target (`usage`, null before it ran), the Python version and the smallest gain worth
 * proposing (`floorBytes`; the 5 MiB border is the verdict's business).
 */
export type Evidence = MindEvidence;

export type Finding = { kind: "proposal"; proposal: Proposal } | { kind: "forbidden"; forbidden: Forbidden };

/**
 * One entry of the catalogue: pure, one file, one technique.
 *
 * *Contract:* never throws; the same evidence gives the same findings; an empty list means that nothing of its kind
 * stands at the peak. A site that fits but fails a precondition is a `forbidden` finding with the reason, never silence.
 */
export interface Recipe {
  technique: string;
  /** What the recorder should watch so that `propose` can be sure; called before the recorder runs. Without any, `propose` looks at no usage. */
  watch(evidence: Evidence): Partial<UsageRequest>;
  propose(evidence: Evidence): Finding[];
}
