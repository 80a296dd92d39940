import type { Census } from "../vocabulary/profile.ts";
import type { Category } from "../vocabulary/proposal.ts";
import { type KnownLibrary, knownLibraries } from "./library-settings.ts";
import { sum } from "./pipeline.ts";

/** Where a part of the peak belongs: one of the five categories (method.md, 4), or a row that no change of Python code reaches. */
type Belongs = Category | "interpreter" | "transient" | "not reachable from Python";

export interface CategoryRow {
  category: Belongs;
  bytes: number;
  /** Whose: libraries, the project, the interpreter. Largest first. */
  holders: string[];
}

/**
 * Every byte at the peak, each once. The heap's part comes from the census; what the process held above it is told as
 * "not reachable from Python": C libraries, their arenas, the interpreter's own pages, freed memory that was not given back.
 * `processPeakBytes` null: that row is left out, since nothing is known of it.
 */
export function categories(census: Census, processPeakBytes: number | null): CategoryRow[] {
  const rows = new Map<Belongs, { bytes: number; holders: Map<string, number> }>();
  const add = (category: Belongs, holder: string, bytes: number) => {
    const row = rows.get(category) ?? { bytes: 0, holders: new Map<string, number>() };
    row.bytes += bytes;
    row.holders.set(holder, (row.holders.get(holder) ?? 0) + bytes);
    rows.set(category, row);
  };
  const models = census.libraries.filter((it) => known(it)?.holds === "model-weights");
  for (const it of census.areas) {
    if (it.area === "imports") add("import-time", "modules", it.bytes);
    else if (it.area === "arrays") add("image-buffers", "numpy arrays", it.bytes);
    else if (it.area === "interpreter") add("interpreter", "Python and its own library", it.bytes);
    else if (it.area === "project") add("data-structures", "the project", it.bytes);
    else add(known(it.library ?? "")?.holds ?? "data-structures", it.library ?? "a library", it.bytes);
  }
  const transientBytes = census.peakBytes - census.tracedBytes;
  const place = census.stack[0];
  if (transientBytes > 0)
    add("transient", place ? `freed again inside ${place.file}:${place.line}` : "freed again", transientBytes);
  const heapBytes = sum(census.areas) + Math.max(0, transientBytes);
  if (processPeakBytes !== null && processPeakBytes > heapBytes) {
    const holder = models.length > 0 ? `the interpreter, C libraries (${models.join(", ")})` : "the interpreter, C libraries";
    add("not reachable from Python", holder, processPeakBytes - heapBytes);
  }
  return [...rows]
    .map(([category, row]) => ({
      category,
      bytes: row.bytes,
      holders: [...row.holders].sort((a, b) => b[1] - a[1]).map(([name]) => name),
    }))
    .sort((a, b) => b.bytes - a.bytes);
}

/** The settings that govern the memory of what was loaded, for libraries that are known. */
export function settingsOf(census: Census): KnownLibrary[] {
  const loaded = new Set(census.libraries);
  return knownLibraries.filter((it) => loaded.has(it.package));
}

const known = (name: string): KnownLibrary | undefined => knownLibraries.find((it) => it.package === name);
