import type { State } from "../method/state.ts";
import type { Entry } from "../vocabulary/journal.ts";
import type { Ports } from "../vocabulary/ports.ts";

/** Reads what the project remembers before anything is measured (method.md, 1.3 and 6.3). */
export async function* readHistory(_state: State, ports: Ports): AsyncGenerator<Entry> {
  yield { kind: "history", history: await ports.history() };
}
