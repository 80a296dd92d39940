import type { Sample } from "../vocabulary/measurement.ts";
import type { Consent } from "../vocabulary/settings.ts";
import { mebibyte, median } from "./noise.ts";

/** Where memory went that no longer stands in the heap, and the leave under which that is kept as what it is; null: none. */
export interface Moved {
  to: string;
  consent: Consent | null;
}

/** A change elsewhere counts as the place where the memory went from this share of the gain on. */
const shareOfGain = 0.5;

/** Memory that moved instead of going away (method.md, 8.6): to other processes, to before the target's start, to files. */
export function movedTo(before: readonly Sample[], after: readonly Sample[], leftBytes: number, gainBytes: number): Moved | null {
  if (after.some((it) => it.startedChildren) && !before.some((it) => it.startedChildren))
    return { to: "a child process", consent: null };
  const grew = (figure: (sample: Sample) => number | null) => {
    const middle = (samples: readonly Sample[]) => median(samples.flatMap((it) => figure(it) ?? []));
    const [was, is] = [middle(before), middle(after)];
    return was !== null && is !== null && counts(is - was);
  };
  const counts = (bytes: number) => bytes >= Math.max(mebibyte, shareOfGain * gainBytes);
  if (grew((it) => it.startBytes)) return { to: "import time, before the target begins", consent: "import-time" };
  if (grew((it) => it.sharedBytes)) return { to: "shared memory", consent: "mmap" };
  if (grew((it) => it.fileBytes)) return { to: "memory-mapped files", consent: "mmap" };
  if (grew((it) => it.writtenBytes)) return { to: "disk", consent: "mmap" };
  if (counts(leftBytes)) return { to: "files in the project's folder", consent: "mmap" };
  return null;
}
