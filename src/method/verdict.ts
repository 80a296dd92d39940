import type { Verdict } from "../vocabulary/journal.ts";
import type { Figures } from "./figures.ts";
import { mebibyte, median } from "./noise.ts";

/** What a rule says: a verdict, that the figures cannot tell yet and are to be measured again, or nothing. */
type Answer = Pick<Verdict, "status" | "reason"> & Partial<Pick<Verdict, "label" | "parked">>;
export interface Rule {
  name: string;
  decide(figures: Figures): Answer | "inconclusive" | null;
}

/** In KiB below 1 MiB, so that a change and its floor can be told apart. */
const mib = (bytes: number) =>
  Math.abs(bytes) < mebibyte ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / mebibyte).toFixed(1)} MiB`;
const heapGain = (it: Figures) => median(it.heapGains) ?? 0;
const processGain = (it: Figures) => median(it.processGains) ?? 0;

const heapFell = (it: Figures) => it.heapGains.length > 0 && it.heapGains.every((gain) => gain > it.floors.heapBytes);
const processFell = (it: Figures) => it.processGains.length > 0 && it.processGains.every((gain) => gain > it.floors.processBytes);
const heapRose = (it: Figures) => heapGain(it) < -it.floors.heapBytes;
const processRose = (it: Figures) => processGain(it) < -it.floors.processBytes;

/** By how many per cent of itself the peak fell that fell most. */
function fallShare(it: Figures): number {
  return Math.max(heapGain(it) / Math.max(it.heapBeforeBytes, 1), processGain(it) / Math.max(it.processBeforeBytes, 1), 0);
}

const allows = (it: Figures, what: string) => (it.settings.allow as readonly string[]).includes(what);

function label(it: Figures): string | null {
  if (it.movedTo !== null) return `moved to ${it.movedTo.to}`;
  if (heapFell(it) && !processFell(it)) return "heap only";
  if (processFell(it) && !heapFell(it)) return "process only";
  return null;
}

/** The rules of method.md, 8 in their order. The first that answers decides. */
export const rules: readonly Rule[] = [
  {
    name: "refused",
    decide: (it) => (it.refusal === null ? null : { status: "discard", reason: it.refusal }),
  },
  {
    name: "review",
    decide: (it) => (it.unsafe === null ? null : { status: "discard", reason: `the review objects: ${it.unsafe}` }),
  },
  {
    name: "reach",
    decide: (it) => {
      const silent = it.reaches.find((one) => !one.stated);
      return silent ? { status: "discard", reason: `adds ${silent.name} (${silent.place}) without saying what for` } : null;
    },
  },
  {
    name: "integrity",
    decide: (it) =>
      it.tampered === null ? null : { status: "discard", reason: `its run changed ${it.tampered}: nothing that it says counts` },
  },
  {
    name: "crash",
    decide: (it) => (it.crash === null ? null : { status: "crash", reason: `crashed: ${it.crash}` }),
  },
  {
    name: "correctness",
    decide: (it) => {
      if (it.broken.length > 0) {
        const more = it.broken.length > 1 ? ` and ${it.broken.length - 1} more` : "";
        return { status: "discard", reason: `a test that passed before fails: ${it.broken[0]}${more}` };
      }
      return it.outputChanged ? { status: "discard", reason: "the target's output changed" } : null;
    },
  },
  {
    name: "same outcome",
    // What a function gives is what its callers know of it (method.md, 8.7): with leave, tests and the target's output are the proof. No
    // leave is one for a target that answers other inputs otherwise, unless it is by another type.
    decide: (it) => {
      const mayDiffer = allows(it, "api");
      const answer = it.otherAnswer !== null && !(mayDiffer && it.otherAnswer.byType) ? it.otherAnswer : null;
      const outcome = mayDiffer ? null : it.otherOutcome;
      const other = outcome ?? answer;
      if (other === null) return null;
      const saved = mib(Math.max(heapGain(it), processGain(it)));
      if (other.byType) return { status: "discard", reason: `needs consent: api (${other.text}; would save ${saved})` };
      const way = other === outcome ? " (--allow api leaves that to the tests)" : "";
      return { status: "discard", reason: `${other.text}${way}` };
    },
  },
  {
    name: "guard",
    decide: (it) => (it.guardFailed === null ? null : { status: "discard", reason: `the guard fails: ${it.guardFailed}` }),
  },
  {
    name: "regression",
    decide: (it) => {
      if (heapRose(it)) return { status: "discard", reason: `the heap peak rose by ${mib(-heapGain(it))}` };
      if (it.grownTier !== null) {
        const { tier, bytes } = it.grownTier;
        const by = Number.isFinite(bytes) ? `its heap peak rose by ${mib(bytes)}` : "the target fails there";
        return { status: "discard", reason: `it harms tier ${tier}: ${by}` };
      }
      if (!processRose(it)) return null;
      if (!it.confirmed) return "inconclusive";
      return { status: "discard", reason: `the process peak rose by ${mib(-processGain(it))}` };
    },
  },
  {
    name: "moved",
    decide: (it) => {
      if (it.movedTo === null || (it.movedTo.consent !== null && allows(it, it.movedTo.consent))) return null;
      const { to, consent } = it.movedTo;
      const leave = consent === null ? "" : ` (--allow ${consent} keeps it as that)`;
      return { status: "discard", reason: `the memory moved to ${to} instead of going away${leave}` };
    },
  },
  {
    name: "repeat",
    decide: (it) => (it.holdsBack === null ? null : { status: "discard", reason: it.holdsBack }),
  },
  {
    name: "scale",
    decide: (it) => (it.doesNotScale === null ? null : { status: "discard", reason: it.doesNotScale }),
  },
  {
    name: "consent",
    decide: (it) =>
      it.consent === null || allows(it, it.consent)
        ? null
        : {
            status: "discard",
            reason: `needs consent: ${it.consent} (would save ${mib(Math.max(heapGain(it), processGain(it)))})`,
          },
  },
  {
    name: "consent",
    decide: (it) =>
      it.changesPublic === null || allows(it, "api")
        ? null
        : {
            status: "discard",
            reason: `needs consent: api (${it.changesPublic}; would save ${mib(Math.max(heapGain(it), processGain(it)))})`,
          },
  },
  {
    name: "consent",
    decide: (it) => {
      const without = it.reaches.find((one) => !allows(it, one.leave));
      if (!without) return null;
      const told = it.heapGains.length > 0 ? `would save ${mib(Math.max(heapGain(it), processGain(it)))}` : "not run without it";
      return {
        status: "discard",
        reason: `needs consent: ${without.leave} (adds ${without.name} in ${without.place}; ${told})`,
      };
    },
  },
  { name: "slower", decide: slower },
  {
    name: "noise",
    decide: (it) => {
      if (!heapFell(it) || processGain(it) >= -it.floors.leastProcessBytes) return null;
      if (!it.confirmed) return "inconclusive";
      const rise = `the process peak may have risen by ${mib(-processGain(it))}`;
      return { status: "discard", reason: `${rise}: this machine's noise of ${mib(it.floors.processBytes)} hides it` };
    },
  },
  {
    name: "gain",
    decide: (it) => {
      const large = it.settings.thresholds.keepMib * mebibyte;
      const heap = heapFell(it) && heapGain(it) >= large;
      const process = processFell(it) && processGain(it) >= large;
      if (!heap && !process) return null;
      return {
        status: "keep",
        reason: `saves ${mib(Math.max(heap ? heapGain(it) : 0, process ? processGain(it) : 0))}`,
        label: label(it),
      };
    },
  },
  { name: "small gain", decide: smallGain },
  {
    name: "no gain",
    decide: (it) => {
      const floor = Math.min(it.floors.heapBytes, it.floors.processBytes);
      const change = Math.max(heapGain(it), processGain(it));
      return {
        status: "discard",
        reason: `no gain: ${mib(change)} is not above the floor of ${mib(floor)}`,
        parked: it.expectedBytes > it.floors.heapBytes,
      };
    },
  },
];

function slower(it: Figures): Answer | "inconclusive" | null {
  const { slowRatio, refuseRatio } = it.settings.thresholds;
  if (!heapFell(it) && !processFell(it)) return null;
  const ratio = Math.max(it.targetSlowdown ?? 1, it.functionSlowdown ?? 1);
  if (allows(it, "slow") || ratio <= 1) return null;
  const what = (it.functionSlowdown ?? 1) > (it.targetSlowdown ?? 1) ? "the changed function" : "the target";
  const said = `${what} takes ${ratio.toFixed(2)} times as long for ${(fallShare(it) * 100).toFixed(1)} % less memory`;
  const targetPercent = (it.targetSlowdown ?? 1) - 1;
  if (ratio <= Math.min(slowRatio, refuseRatio) && targetPercent <= fallShare(it)) return null;
  if (!it.timeConfirmed) return "inconclusive";
  return { status: "discard", reason: ratio > refuseRatio ? `slower: ${said}` : `needs consent: slow (${said})` };
}

function smallGain(it: Figures): Answer | "inconclusive" | null {
  if (!heapFell(it) && !processFell(it)) return null;
  if (!it.confirmed) return "inconclusive";
  const counts = fallShare(it) >= it.settings.thresholds.smallPeakShare;
  const simple = it.changedLines <= it.settings.thresholds.simpleChangeLines;
  if (!counts && !simple) return { status: "discard", reason: `saves little for ${it.changedLines} changed lines` };
  const saved = Math.max(heapFell(it) ? heapGain(it) : 0, processFell(it) ? processGain(it) : 0);
  return { status: "keep", reason: `saves ${mib(saved)}, confirmed by a second round`, label: label(it) ?? "confirmed" };
}

/** Keep or discard, or "inconclusive" when the figures cannot tell yet: they are taken again. */
export function decide(figures: Figures): Verdict | "inconclusive" {
  for (const rule of rules) {
    const answer = rule.decide(figures);
    if (answer === null) continue;
    if (answer === "inconclusive") return answer;
    return {
      status: answer.status,
      rule: rule.name,
      reason: answer.reason,
      label: answer.label ?? null,
      heapGainBytes: median(figures.heapGains),
      processGainBytes: median(figures.processGains),
      slowdownRatio: Math.max(figures.targetSlowdown ?? 1, figures.functionSlowdown ?? 1),
      parked: answer.parked ?? false,
    };
  }
  throw new Error("the last rule always answers");
}
