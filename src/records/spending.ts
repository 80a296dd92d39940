import { type Spending, spending, spendingOn } from "../method/spending.ts";
import type { State } from "../method/state.ts";
import { markdownTable } from "./markdown.ts";

/** `$0.0123`; a price that is not known is never 0. */
export const dollars = (usd: number | null): string => (usd === null ? "price unknown" : `$${usd.toFixed(usd >= 1 ? 2 : 4)}`);

const tokens = (it: Spending): string =>
  `${it.inputTokens} tokens in${it.cachedTokens > 0 ? ` (${it.cachedTokens} cached)` : ""}, ${it.outputTokens} out`;

/** What the model cost: the session, each experiment, each MiB saved, and what left the machine. Null: no model was asked. */
export function spendingText(state: State): string | null {
  const all = spending(state);
  if (!all) return null;
  const rows = state.experiments.flatMap((it) => {
    const own = spendingOn(state, it.number);
    return own ? [[String(it.number), String(own.answers), tokens(own), dollars(own.costUsd)]] : [];
  });
  const per = all.costPerMibUsd === null ? "" : `, ${dollars(all.costPerMibUsd)} per MiB saved`;
  const shown = [...new Set(state.answers.flatMap((it) => it.shown))];
  return [
    `${all.models.join(", ")}: ${all.answers} answers, ${tokens(all)}, ${dollars(all.costUsd)}${per}; ${(all.sentBytes / 1024).toFixed(1)} KB were sent.`,
    ...(rows.length > 0 ? ["", markdownTable(["exp#", "answers", "tokens", "cost"], rows)] : []),
    "",
    `Sent: ${shown.join("; ")}`,
  ].join("\n");
}
