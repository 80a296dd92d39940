import { setTimeout as sleep } from "node:timers/promises";
import { APICallError } from "ai";
import { Failure } from "../../vocabulary/failure.ts";
import { stopped } from "./stopped.ts";

export interface Patience {
  /** Tries in all. */
  tries: number;
  /** First pause; each further one is twice as long, unless the server says how long. */
  firstMs: number;
}

export const patience: Patience = { tries: 5, firstMs: 1000 };
const longestMs = 60_000;

/** Tries again where time may help: too many requests, an overloaded or broken server, a cut stream, no connection. Ends at once when told to stop. */
export async function withPatience<T>(
  { name, signal, patience }: { name: string; signal: AbortSignal; patience: Patience },
  once: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once();
    } catch (error) {
      if (signal.aborted) throw stopped();
      if (error instanceof Failure) throw error;
      if (attempt >= patience.tries || !mayHelp(error)) throw failed(name, error, attempt);
      const pause = Math.min(longestMs, saidPause(error) ?? patience.firstMs * 2 ** (attempt - 1));
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw stopped();
    }
  }
}

/** What a server refuses for good is not asked twice: a wrong key, an unknown model, a request that it does not take. */
function mayHelp(error: unknown): boolean {
  if (!APICallError.isInstance(error)) return true;
  const status = error.statusCode;
  return status === undefined || status === 408 || status === 409 || status === 429 || status >= 500;
}

/** Milliseconds that the server asks to wait. */
function saidPause(error: unknown): number | null {
  if (!APICallError.isInstance(error)) return null;
  const headers = error.responseHeaders ?? {};
  const ms = Number(headers["retry-after-ms"]);
  if (headers["retry-after-ms"] !== undefined && Number.isFinite(ms)) return ms;
  const seconds = Number(headers["retry-after"]);
  return headers["retry-after"] !== undefined && Number.isFinite(seconds) ? seconds * 1000 : null;
}

function failed(name: string, error: unknown, attempts: number): Failure {
  const status = APICallError.isInstance(error) && error.statusCode !== undefined ? `${error.statusCode} ` : "";
  const text = error instanceof Error ? error.message : JSON.stringify(error);
  const way =
    status === "401 " || status === "403 "
      ? "Check the key in the environment; `doctor --model` makes one tiny call."
      : status === "404 "
        ? "Check the model's name and --base-url; `doctor --model` makes one tiny call."
        : status === "" && /connect|ECONN|ENOTFOUND/i.test(text)
          ? "Check that its server runs and that --base-url leads there; `doctor --model` makes one tiny call."
          : "Run the same command again later: answers that came are in the journal and are not asked again.";
  return new Failure(
    "model-failed",
    `${name} did not answer (${attempts} ${attempts === 1 ? "try" : "tries"}): ${status}${text.slice(0, 300)}`,
    way,
  );
}
