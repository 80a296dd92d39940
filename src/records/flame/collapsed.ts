import type { Frame, PeakStacks } from "../../vocabulary/stacks.ts";

/** A frame in one word: semicolons, spaces at the ends and line breaks would break the format. */
export const frameName = (it: Frame): string => `${it.function} (${it.file}:${it.line})`.replaceAll(/[;\r\n]+/g, " ").trim();

/** Collapsed stacks, one line each: `main (app.py:3);load (app.py:9) 1024`; the weight is bytes. */
export function collapsed({ stacks }: PeakStacks): string {
  return stacks.map((it) => `${it.frames.map(frameName).join(";") || "(no Python frame)"} ${Math.round(it.bytes)}\n`).join("");
}
