import { signal } from "@preact/signals";
import type { Guidance } from "../../src/vocabulary/guidance.ts";
import type { SessionRow, Told } from "../../src/vocabulary/live.ts";
import type { Report } from "../../src/vocabulary/report.ts";

export const sessions = signal<SessionRow[]>([]);
/** The session that is looked at; null: the newest, whichever that is. */
export const chosen = signal<string | null>(null);
export const report = signal<Report | null>(null);
export const told = signal<Told[]>([]);
export const connection = signal<"connecting" | "open" | "lost" | "refused">("connecting");
export const guidance = signal<Guidance | null>(null);

let stream: EventSource | null = null;
let following = "";
let due: ReturnType<typeof setTimeout> | undefined;

/** Lines that are kept to look at; all are in the journal. */
const mostTold = 4000;

/** Follows a session: what was told, and the page's data whenever something was. */
export function follow(session: string): void {
  if (session === following && stream) return;
  stream?.close();
  following = session;
  told.value = [];
  report.value = null;
  connection.value = "connecting";
  const source = new EventSource(`/api/events?session=${encodeURIComponent(session)}`);
  stream = source;
  source.onopen = () => {
    connection.value = "open";
  };
  // The browser comes again by itself with the number that it saw last; a refusal ends it for good.
  source.onerror = () => {
    connection.value = source.readyState === EventSource.CLOSED ? "refused" : "lost";
  };
  source.addEventListener("sessions", (event) => {
    sessions.value = JSON.parse(event.data);
    const first = chosen.value ?? sessions.value[0]?.session;
    if (first !== undefined && first !== following) follow(first);
  });
  source.addEventListener("told", (event) => {
    const next: Told = JSON.parse(event.data);
    if (next.seq <= (told.value.at(-1)?.seq ?? -1)) return;
    told.value = [...told.value, next].slice(-mostTold);
    refetchSoon(session);
  });
}

/** Several entries in a row are one look. */
function refetchSoon(session: string): void {
  clearTimeout(due);
  due = setTimeout(async () => {
    const answer = await fetch(`/api/sessions/${encodeURIComponent(session)}/report`).catch(() => null);
    if (answer?.ok && session === following) report.value = await answer.json();
  }, 250);
}

/** Asks or tells the server about guidance.md. A refusal comes back as a sentence. */
async function ask(path: string, body?: unknown): Promise<string | null> {
  const init =
    body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const answer = await fetch(path, init).catch(() => null);
  if (!answer) return "The server does not answer.";
  const value = await answer.json().catch(() => ({ error: "The server refused." }));
  if (!answer.ok) return String(value.error);
  guidance.value = value;
  return null;
}

export const loadGuidance = () => ask("/api/guidance");
export const saveGuidance = (text: string, was: string) => ask("/api/guidance", { text, was });
export const setStop = (stop: boolean) => ask("/api/stop", { stop });
