import type { Review } from "../../vocabulary/draft.ts";
import type { EntryOf } from "../../vocabulary/journal.ts";
import type { Hands, Provider } from "../../vocabulary/model.ts";
import { DoubtsInput } from "../../vocabulary/model-tools.ts";
import type { Finding } from "../../vocabulary/review.ts";
import { converse } from "./conversation.ts";
import { reviewStable } from "./stable.ts";
import { cut, data, oneLine } from "./text.ts";
import { reviewTools } from "./tools.ts";

/** A fresh conversation that sees the change, its tests and figures, and nothing of what its author thought. It may only add doubts. */
export async function* doubts(
  { hands, strong, mostTokens }: { hands: Hands; strong: Provider; mostTokens: number },
  review: Review,
): AsyncGenerator<EntryOf<"answered">, Finding[]> {
  const findings: Finding[] = [];
  const files = new Set([...review.patch.matchAll(/^\+\+\+ b\/(.+)$/gm)].map((it) => it[1] ?? ""));
  yield* converse({
    provider: strong,
    call: review.call,
    from: 0,
    stable: reviewStable,
    tools: reviewTools,
    opening: {
      text: [data("the change", cut(review.patch, 30_000)), ...review.figures, "Call `doubts`."].join("\n\n"),
      shown: [`the patch of ${[...files].join(", ")}`],
    },
    mostTurns: 3,
    mostTokens,
    budget: review.budget,
    paid: review.paid,
    mask: hands.mask,
    digest: hands.digest,
    async use(call) {
      for (const it of DoubtsInput.parse(call.input).doubts) {
        if (!files.has(it.file)) continue;
        const text = `${strong.name} doubts: ${oneLine(it.text)}`;
        findings.push({
          kind: "doubt",
          file: it.file,
          function: "<module>",
          line: it.line,
          text,
          confidence: it.confidence,
          blocking: false,
        });
      }
      return { text: "", ends: true };
    },
  });
  return findings;
}
