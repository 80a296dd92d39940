import type { SweepRow } from "../vocabulary/journal.ts";
import { SweepKind } from "../vocabulary/proposal.ts";
import type { State } from "./state.ts";

const names: Record<SweepKind, string> = {
  slots: "__slots__ on classes with many instances",
  copies: "copies where in-place work is safe",
  "json-round-trip": "JSON round trips used for validation or copying",
  "log-formatting": "text formatted for log calls that are switched off",
};
const techniques: Record<SweepKind, RegExp> = {
  slots: /slots/,
  copies: /^drop-copy/,
  "json-round-trip": /json-round-trip/,
  "log-formatting": /log-arguments/,
};

/** The secondary sweep (method.md, 10): each of the four was looked for; how many sites, fixed where, or why not. */
export function sweep(state: State): SweepRow[] {
  return SweepKind.options.map((kind) => {
    const tried = state.experiments.filter((it) => it.proposal.sweep === kind);
    const sites = new Set(tried.map((it) => it.key));
    const forbidden = (state.proposed?.forbidden ?? []).filter((it) => techniques[kind].test(it.technique));
    const outcomes = [
      ...tried.map(
        (it) =>
          `experiment ${it.number}: ${it.verdict?.status ?? "open"}${it.verdict?.status === "keep" ? "" : ` (${it.verdict?.reason})`}`,
      ),
      ...forbidden.slice(0, 3).map((it) => `${it.site.file}:${it.site.qualname}: ${it.reason}`),
    ];
    return {
      kind: names[kind],
      sites: sites.size + forbidden.length,
      outcome: outcomes.length > 0 ? outcomes.join("; ") : "looked for in the files that stand at the peak: none found",
    };
  });
}
