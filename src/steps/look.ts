import { guestModel } from "../method/drafting.ts";
import { freshProfile, type State } from "../method/state.ts";
import { largerInput } from "../method/tiers.ts";
import type { EntryOf } from "../vocabulary/journal.ts";
import type { Coverage, Heavier, Look } from "../vocabulary/look.ts";
import type { Ports, Profiler } from "../vocabulary/ports.ts";
import type { Profile } from "../vocabulary/profile.ts";

type Named = Pick<Coverage, "file" | "qualname">;

/** Functions whose coverage is told: those whose lines hold most. */
const mostFunctions = 12;

/** What a model is told of the current commit beside its profile; taken once for each commit and tier. An agent looks for itself. */
export async function* look(state: State, ports: Ports): AsyncGenerator<EntryOf<"looked">, Look> {
  const { commit, tier } = state;
  if (state.session?.settings.model === guestModel) return { coverage: null, heavier: null };
  const known = state.looks.findLast((it) => it.commit === commit && it.tier === tier);
  if (known) return known;
  const profile = freshProfile(state);
  const coverage = profile && (await covered(heaviest(profile), commit, ports.at(tier).profiler));
  const looked = { kind: "looked", commit, tier, coverage, heavier: await heavier(state, ports) } as const;
  yield looked;
  return looked;
}

/** Of each function; one whose file no test loads has no statement that ran. */
async function covered(functions: Named[], commit: string, profiler: Profiler): Promise<Coverage[] | null> {
  const found = await profiler.coverage(commit, functions);
  const of = ({ file, qualname }: Named) => found?.find((it) => it.file === file && it.qualname === qualname);
  return found && functions.map((it) => of(it) ?? { ...it, statements: 0, missed: [] });
}

function heaviest({ census, nodes }: Profile): Named[] {
  const held = census
    ? census.projectLines.map((it) => ({ file: it.file, qualname: it.function }))
    : [...nodes]
        .sort((a, b) => b.deltaBytes - a.deltaBytes)
        .map((it) => ({ file: it.function.file, qualname: it.function.qualname }));
  const functions = held.filter((it) => !it.qualname.startsWith("<") && !it.file.startsWith("/"));
  return [...new Map(functions.map((it) => [`${it.file}:${it.qualname}`, it])).values()].slice(0, mostFunctions);
}

async function heavier(state: State, ports: Ports): Promise<Heavier | null> {
  const larger = largerInput(state);
  if (!larger) return null;
  const { profiler } = ports.at(larger.tier);
  const { peak } = await profiler.tree(state.commit);
  const { census } = await profiler.census(state.commit, peak);
  return census && { ...larger, peakBytes: peak.peakBytes, lines: census.projectLines };
}
