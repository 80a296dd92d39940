import { calcPrice } from "@pydantic/genai-prices";
import type { Tokens } from "../../vocabulary/model.ts";
import { split } from "./split.ts";

/** Names of providers in the price table, where they are others than ours. */
const tableNames: Record<string, string> = { bedrock: "aws" };

/**
 * US dollars of one answer: by the user's own price, else by the offline table. Null: unknown, which is never 0. A server of the user's own
 * (`openai-compatible`) has no price in any table, whatever its model is called.
 */
export function priceOf(
  name: string,
  tokens: Tokens,
  writtenTokens: number,
  own: readonly [number, number] | null,
): number | null {
  if (own !== null) return (tokens.input * own[0] + tokens.output * own[1]) / 1e6;
  const [provider = "", model] = split(name);
  if (provider === "openai-compatible" || !model) return null;
  const usage = {
    input_tokens: tokens.input,
    cache_read_tokens: tokens.cached,
    cache_write_tokens: writtenTokens,
    output_tokens: tokens.output,
  };
  try {
    return calcPrice(usage, model, { providerId: tableNames[provider] ?? provider })?.total_price ?? null;
  } catch {
    return null;
  }
}
