import type { HeldLine, Profile } from "../vocabulary/profile.ts";

/** A line at the peaks of two runs of the same code, the second with a larger input. Bytes. */
export interface Growth {
  file: string;
  line: number;
  function: string;
  bytes: number;
  largerBytes: number;
  /** Grows as fast as the peak or faster: more input will make it a larger part. */
  leads: boolean;
}

/** The lines of both profiles, largest in the larger run first. */
export function growthOf(profile: Profile, larger: Profile): Growth[] {
  const key = (it: HeldLine) => `${it.file}:${it.line}`;
  const before = new Map((profile.census?.projectLines ?? []).map((it) => [key(it), it]));
  const factor = larger.peak.peakBytes / Math.max(profile.peak.peakBytes, 1);
  return (larger.census?.projectLines ?? []).map((it) => {
    const bytes = before.get(key(it))?.bytes ?? 0;
    return {
      file: it.file,
      line: it.line,
      function: it.function,
      bytes,
      largerBytes: it.bytes,
      leads: it.bytes >= factor * bytes,
    };
  });
}
