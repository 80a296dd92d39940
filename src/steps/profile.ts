import { mebibyte } from "../method/noise.ts";
import type { State } from "../method/state.ts";
import type { Entry } from "../vocabulary/journal.ts";
import type { Ports } from "../vocabulary/ports.ts";

/** The per-stage table of the current head: before the first experiment and again after every keep. */
export async function* profile(state: State, ports: Ports): AsyncGenerator<Entry> {
  const again = state.profiles.length > 0;
  yield { kind: "began", step: "profile", experiment: null, line: again ? "[re-profile] After fix..." : null };
  const found = await ports.profiler.profile(state.commit);
  yield { kind: "profiled", commit: state.commit, profile: found };
  const stage = found.table.rows[found.table.dominant];
  if (stage && stage.peakBytes - stage.cumulativeBytes > Math.max(mebibyte, 0.2 * stage.peakBytes)) {
    yield {
      kind: "discovered",
      experiment: null,
      text: `Inside ${stage.name} the heap stands ${((stage.peakBytes - stage.cumulativeBytes) / mebibyte).toFixed(1)} MiB above what the stage leaves behind: its peak is transient.`,
    };
  }
}
