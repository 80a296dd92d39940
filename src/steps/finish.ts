import { candidates } from "../method/choose-target.ts";
import { besideInput } from "../method/inputs.ts";
import { mebibyte } from "../method/noise.ts";
import { breakdown, plateau } from "../method/plateau.ts";
import { freshProfile, type State } from "../method/state.ts";
import { sweep } from "../method/sweep.ts";
import type { Entry, EntryOf } from "../vocabulary/journal.ts";
import type { Ports } from "../vocabulary/ports.ts";
import { picture } from "./profile.ts";

/** Writes down what stands where the tier stops (method.md, 9): breakdown, irreducibility, blocked, remaining, sweep. */
export async function* documentPlateau(state: State): AsyncGenerator<Entry> {
  const profile = freshProfile(state);
  const stop = plateau(state);
  if (!profile || !stop) throw new Error("no plateau to document");
  const rows = breakdown(state, profile);
  const fixed = rows.filter((it) => !it.reducible).reduce((sum, it) => sum + it.bytes, 0);
  const share = Math.min(1, fixed / Math.max(profile.peak.peakBytes, 1));
  const beside = besideInput(state);
  yield {
    kind: "plateau",
    ...stop,
    breakdown: rows,
    irreducible: `${(share * 100).toFixed(0)} % of the peak (${(fixed / mebibyte).toFixed(1)} of ${(profile.peak.peakBytes / mebibyte).toFixed(1)} MiB) is beyond this mind${beside === null ? "" : `; ${beside}`}`,
    blocked: blocked(state),
    remaining: remaining(state),
    sweep: sweep(state),
  };
}

function blocked(state: State): string[] {
  const discards = state.experiments.filter((it) => it.verdict && it.verdict.status !== "keep");
  const forbidden = [...(state.proposed?.forbidden ?? [])].sort((a, b) => b.evidenceBytes - a.evidenceBytes).slice(0, 15);
  return [
    ...discards.map((it) => `experiment ${it.number}, ${it.proposal.description}: ${it.verdict?.reason}`),
    ...forbidden.map(
      (it) =>
        `${it.technique} at ${it.site.file}:${it.site.qualname} (${it.subject}, ${(it.evidenceBytes / mebibyte).toFixed(1)} MiB): ${it.reason}`,
    ),
  ];
}

function remaining(state: State): EntryOf<"plateau">["remaining"] {
  const consents = state.experiments
    .filter((it) => it.verdict?.reason.startsWith("needs consent"))
    .map(({ proposal, verdict, implemented }) => {
      const gains = [verdict?.heapGainBytes, verdict?.processGainBytes].filter((it) => it != null);
      const measured = gains.length > 0;
      return {
        target: proposal.description,
        savingBytes: measured ? Math.max(0, ...gains) : proposal.expectedBytes,
        complexity: `${implemented?.changedLines ?? 0} changed lines, ${measured ? "measured" : "not run without leave"}`,
        needs: /^needs consent: ([\w-]+)/.exec(verdict?.reason ?? "")?.[1] ?? proposal.consent ?? "slow",
      };
    });
  const untried = candidates(state).map((it) => ({
    target: it.description,
    savingBytes: it.expectedBytes,
    complexity: `${it.edits.length} edits, not measured`,
    needs: it.consent,
  }));
  return [...consents, ...untried];
}

/** The last pictures that the report shows are taken now, when nothing waits for them. */
export async function* finish(state: State, ports: Ports): AsyncGenerator<Entry> {
  const here = state.profiles.filter((it) => it.tier === state.tier);
  const wanted = new Map([here[0], here.at(-1)].flatMap((it) => (it ? [[it.commit, it.profile]] : [])));
  for (const it of state.pictures) if (it.tier === state.tier) wanted.delete(it.commit);
  for (const profile of wanted.values()) yield* picture(state, profile, ports);
  yield { kind: "finished", outcome: "plateau", why: state.plateau?.why ?? "" };
}
