import { mebibyte } from "../method/noise.ts";
import type { State } from "../method/state.ts";
import { freshProfile } from "../method/state.ts";
import { escalation, nextTier, onlyThere, unsurveyed } from "../method/tiers.ts";
import type { Entry } from "../vocabulary/journal.ts";
import type { Ports } from "../vocabulary/ports.ts";
import { mustHaveRun } from "./calibrate.ts";
import { takeProfile } from "./profile.ts";

/** Measures each tier once before any change (method.md, 2.2). */
export async function* survey(state: State, ports: Ports): AsyncGenerator<Entry> {
  yield { kind: "began", step: "survey", experiment: null, line: null };
  for (const tier of unsurveyed(state)) {
    const { bench } = ports.at(tier.name);
    const sample = await bench.sample(state.commit);
    mustHaveRun(sample, sample.witness.strays);
    const traced = await bench.traced(state.commit);
    mustHaveRun(traced, traced.witness.strays);
    yield { kind: "surveyed", tier: tier.name, samples: [sample], traced };
  }
}

/** Goes to the next heavier tier where the ratio or its profile says that something new is to be found; else ends. */
export async function* escalate(state: State, ports: Ports): AsyncGenerator<Entry> {
  const next = nextTier(state);
  if (!next) throw new Error("there is no heavier tier");
  const answer = escalation(state, next.name);
  const { go, why } = answer === "look at its profile" ? await byProfile(state, ports, next.name) : answer;
  if (go) yield { kind: "escalated", from: state.tier, to: next.name, why };
  else
    yield { kind: "finished", outcome: "plateau", why: `tier ${state.tier} is at its plateau (${state.plateau?.why}); ${why}` };
}

async function byProfile(state: State, ports: Ports, tier: string): Promise<{ go: boolean; why: string }> {
  const here = freshProfile(state);
  const { profile: there } = await takeProfile(ports.at(tier).profiler, state.commit, state.session?.settings.function);
  const news = here ? onlyThere(there, here) : [];
  const [first] = news;
  return first
    ? {
        go: true,
        why: `its peak holds ${(first.bytes / mebibyte).toFixed(1)} MiB at ${first.source}, which tier ${state.tier} lacks`,
      }
    : { go: false, why: `the peak of tier ${tier} holds the same allocations as this one` };
}
