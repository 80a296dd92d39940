import type { Brief } from "../../vocabulary/draft.ts";
import type { EntryOf } from "../../vocabulary/journal.ts";
import type { Hands, Provider } from "../../vocabulary/model.ts";
import { TriageInput } from "../../vocabulary/model-tools.ts";
import type { PassedSite } from "../../vocabulary/proposal.ts";
import { converse, type Ended } from "./conversation.ts";
import { packet } from "./packet.ts";
import type { Site } from "./sites.ts";
import { stable } from "./stable.ts";
import { cut } from "./text.ts";
import { triageTools } from "./tools.ts";

/** A cheap model sees the evidence of all sites at once, no source, and says which are not worth the strong one. The order stays the measured one. */
export async function* triage(
  provider: Provider,
  sites: readonly Site[],
  brief: Brief,
  { hands, mostTokens }: { hands: Hands; mostTokens: number },
): AsyncGenerator<EntryOf<"answered">, { skipped: PassedSite[]; ended: Ended }> {
  const skipped: PassedSite[] = [];
  const text = [
    ...sites.map((it) => packet(it, brief)),
    "Call `triage` with every one of these sites: worth a try, or not.",
  ].join("\n\n");
  const ended = yield* converse({
    provider,
    call: brief.call,
    from: 0,
    stable,
    tools: triageTools,
    opening: { text, shown: sites.map((it) => `evidence of ${it.name}`) },
    mostTurns: 3,
    mostTokens,
    budget: brief.budget,
    paid: brief.paid,
    mask: hands.mask,
    digest: hands.digest,
    async use(call) {
      for (const it of TriageInput.parse(call.input).sites) {
        if (!it.worth && sites.some((site) => site.name === it.site))
          skipped.push({ site: it.site, why: `${provider.name}: ${cut(it.why, 200)}` });
      }
      return { text: "", ends: true };
    },
  });
  return { skipped, ended };
}
