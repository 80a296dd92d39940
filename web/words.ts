import { mib } from "../src/records/mib.ts";
import type { Report } from "../src/vocabulary/report.ts";

export { mib };

/** Unknown is a dash. */
export const mibOrDash = (bytes: number | null): string => (bytes === null ? "–" : mib(bytes));

/** `31.2 MiB`; unknown is a dash. */
export const size = (bytes: number | null): string => (bytes === null ? "–" : `${mib(bytes)} MiB`);

/** `−25.4` or `+0.3`, in MiB. */
export const change = (bytes: number): string =>
  Math.abs(bytes) < 52_429 ? "±0.0" : `${bytes < 0 ? "−" : "+"}${mib(Math.abs(bytes))}`;

/** How much less `after` is, in per cent with a sign; null: unknown. */
export function percent(before: number | null, after: number | null): string | null {
  if (before === null || after === null || before <= 0) return null;
  const share = ((after - before) / before) * 100;
  return `${share < 0 ? "−" : "+"}${Math.abs(share).toFixed(1)} %`;
}

export const share = (part: number, whole: number): string =>
  `${((part / Math.max(whole, 1)) * 100).toFixed(part < whole / 100 ? 1 : 0)} %`;

export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const many = (count: number, word: string): string => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

/** In the reader's own time zone, written so that everybody reads it the same way. */
export const moment = (ms: number): string =>
  new Date(ms).toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });

export const short = (commit: string): string =>
  commit
    .split("+")
    .map((it) => it.slice(0, 10))
    .join("+");

export const outcomes: Record<Report["outcome"], string> = {
  unfinished: "not finished",
  plateau: "finished: nothing is left above the floor",
  limit: "stopped at a limit",
  stopped: "stopped",
};

/** The last part of a dotted or slashed name. */
export const tail = (name: string): string => name.split(/[:.]/).at(-1) ?? name;

/** A sentence of the records as it stands at the beginning of a line. */
export const sentence = (text: string): string => {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
};

/** `1.5 s` or `420 ms`. */
export const seconds = (ms: number): string => (ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms)} ms`);
