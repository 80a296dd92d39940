import { testCounts } from "../../method/excluded-tests.ts";
import type { State } from "../../method/state.ts";
import type { Entry } from "../../vocabulary/journal.ts";
import { linesOf } from "../lines.ts";
import { mibOrDash } from "../mib.ts";

/** What somebody who looks on sees of an entry: the lines of the terminal, and each run of the step under way. */
export function liveLines(entry: Entry, state: State): string[] {
  switch (entry.kind) {
    case "began":
      return entry.line === null
        ? [`  ${entry.step}${entry.experiment === null ? "" : ` of experiment ${entry.experiment}`}...`]
        : [entry.line];
    case "implemented":
      return [entry.refusal === null ? `  ${entry.changedLines} changed lines` : `  no candidate: ${entry.refusal}`];
    case "sampled":
      return [
        `  pair ${entry.pair + 1}, ${entry.side}: process peak ${mibOrDash(entry.sample.peakBytes)} MiB${failed(entry.sample)}`,
      ];
    case "traced":
      return [`  heap peak ${mibOrDash(entry.run.heapPeakBytes)} MiB${failed(entry.run)}`];
    case "tier-checked":
      return [`  tier ${entry.tier}: heap peak ${mibOrDash(entry.run.heapPeakBytes)} MiB${failed(entry.run)}`];
    case "tested": {
      if (entry.experiment === null) return linesOf(entry, state);
      const counts = testCounts(entry.run);
      const messages = Object.entries(entry.run.messages).slice(0, 5);
      return [
        `  ${counts?.passed ?? 0} tests pass, ${counts?.failed ?? 0} fail`,
        ...messages.map(([name, text]) => `  ${name}: ${text}`),
      ];
    }
    case "guarded":
      return [
        `  guard: exit code ${entry.exitCode ?? "none"}`,
        ...entry.output
          .split("\n")
          .slice(-8)
          .map((it) => `  ${it}`),
      ];
    case "clocked":
      return [`  ${entry.after.length} changed functions were timed on both sides`];
    default:
      return linesOf(entry, state);
  }
}

const failed = ({ error }: { error: string | null }): string => (error === null ? "" : ` (${error})`);
