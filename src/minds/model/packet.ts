import { mib } from "../../records/mib.ts";
import type { Brief } from "../../vocabulary/draft.ts";
import { alive, copied, liveness, read } from "./packet-lifetimes.ts";
import { limits, tried } from "./packet-limits.ts";
import { growth, what, where } from "./packet-memory.ts";
import type { Site } from "./sites.ts";
import { cut, utf8Bytes } from "./text.ts";

/** A packet is at most so large. */
export const packetBytes = 2048;
const longestLine = 200;

/** What the packets say of a site, part by part; in each the heaviest first. */
const parts: readonly { title: string; lines(site: Site, brief: Brief): string[] }[] = [
  { title: "Where", lines: where },
  { title: "What", lines: what },
  { title: "Growth", lines: growth },
  { title: "Why alive", lines: alive },
  { title: "Names on the stack at the peak", lines: liveness },
  { title: "Read later", lines: read },
  { title: "Copies", lines: copied },
  { title: "Tried", lines: tried },
  { title: "Limits", lines: limits },
];

/**
 * The evidence of one site in at most 2 KB: what source text cannot tell. Every part says its heaviest line before any part says its
 * second, and what finds no room is counted.
 */
export function packet(site: Site, brief: Brief): string {
  const told = parts.map((it) => ({
    title: it.title,
    lines: it.lines(site, brief).map((line) => cut(line, longestLine)),
    shown: 0,
  }));
  const head = `Evidence of ${site.name} (${mib(site.bytes)} MiB of a heap peak of ${mib(brief.profile.peak.peakBytes)} MiB)`;
  const write = () =>
    [
      head,
      ...told.flatMap(({ title, lines, shown }) => {
        if (shown === 0) return [];
        const more = lines.length - shown;
        return [`${title}:${more > 0 ? ` (${more} more)` : ""}`, ...lines.slice(0, shown).map((line) => `- ${line}`)];
      }),
    ].join("\n");
  const fits = () => utf8Bytes(write()) <= packetBytes;
  for (let round = 0; told.some((it) => it.lines.length > round); round++) {
    for (const part of told) {
      if (part.lines.length <= round || part.shown < round) continue;
      part.shown += 1;
      if (!fits()) part.shown -= 1;
    }
  }
  return write();
}
