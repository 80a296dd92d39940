import { categories, settingsOf } from "../method/categories.ts";
import type { Growth } from "../method/growth.ts";
import type { HeldLine, HeldType, Profile } from "../vocabulary/profile.ts";
import type { PeakStacks } from "../vocabulary/stacks.ts";
import { heatBar } from "./heat.ts";
import { mib } from "./mib.ts";

const mebibyte = 1024 * 1024;

/** What is alive at the peak (method.md, 3.3 and 4): by category, by line, by type, and what nothing reads any more. */
export function atThePeakLines(profile: Profile, processPeakBytes: number | null, width: number, bars = false): string[] {
  const census = profile.census;
  if (!census) return [];
  const place = profile.peak.stack[0];
  const room = Math.max(20, width - 42);
  return [
    "",
    `At the peak${place ? ` (${place.file}:${place.line} in ${place.function})` : ""}, by category:`,
    ...categories(census, processPeakBytes)
      .filter((it) => it.bytes >= 0.1 * mebibyte)
      .map((it) =>
        `  ${it.category.padEnd(26)} ${mib(it.bytes).padStart(9)}  ${cut(it.holders.slice(0, 3).join(", "), width - 40)}`.trimEnd(),
      ),
    "",
    "By line:",
    ...lineRows(census.projectLines, width, bars),
    "",
    "What it is:",
    `  ${"Type".padEnd(room)} ${"MiB".padStart(9)} ${"Objects".padStart(10)}  Mostly`,
    ...census.types
      .slice(0, 8)
      .flatMap((it) => [
        `  ${cut(it.type, room).padEnd(room)} ${mib(it.bytes).padStart(9)} ${String(it.count).padStart(10)}  ${sizesOf(it.sizes)}`,
        ...(it.heldBy && it.bytes >= mebibyte ? [`    ${cut(`held by ${it.heldBy.path}`, width - 4)}`] : []),
      ]),
    ...section(
      "Never read again, yet alive at the peak:",
      census.locals
        .filter((it) => it.state === "dead" && it.exclusiveBytes >= mebibyte)
        .map((it) => `  ${it.name} in ${it.function} (${it.file}:${it.line}): ${mib(it.exclusiveBytes)} MiB`),
    ),
    ...section(
      "Held for long:",
      census.holders
        .filter((it) => it.exclusiveBytes >= mebibyte)
        .map(
          (it) =>
            `  ${it.owner}.${it.name} (${it.file}): ${mib(it.exclusiveBytes)} MiB${it.length === null ? "" : ` in ${it.length} elements`}`,
        ),
    ),
    ...section(
      "Equal texts held more than once:",
      census.repeated
        .filter((it) => it.duplicateBytes >= mebibyte)
        .map((it) => `  ${it.owner} ${it.name}: ${it.count} texts, ${it.distinct} different, ${mib(it.duplicateBytes)} MiB`),
    ),
    ...section(
      "Equal tuples and frozen sets held more than once:",
      census.equalTuples
        .filter((it) => it.duplicateBytes >= mebibyte)
        .map((it) => `  ${it.file}:${it.line}: ${it.count} made, ${it.distinct} different, ${mib(it.duplicateBytes)} MiB`),
    ),
    ...section(
      "Settings that govern the memory of the libraries in use (shown, never applied without your consent):",
      settingsOf(census).flatMap((library) =>
        library.settings.flatMap((it) => [
          `  ${library.package}: ${it.name}`,
          `    ${it.effect}; in exchange: ${it.cost}`,
          `    ${it.source}`,
        ]),
      ),
    ),
  ];
}

/** What each line holds by every allocator: the innermost line of the project in each stack, else the innermost at all. Largest first. */
export function linesByStacks({ stacks }: PeakStacks): HeldLine[] {
  const lines = new Map<string, HeldLine>();
  for (const { frames, bytes, blocks } of stacks) {
    const own = frames.findLast((it) => !it.file.startsWith("/") && !it.file.startsWith("<"));
    const frame = own ?? frames.at(-1) ?? { file: "(no Python frame)", line: 0, function: "" };
    const key = `${frame.file}:${frame.line}`;
    const row = lines.get(key) ?? { ...frame, bytes: 0, blocks: 0, project: own !== undefined };
    lines.set(key, { ...row, bytes: row.bytes + bytes, blocks: row.blocks + blocks });
  }
  return [...lines.values()].sort((a, b) => b.bytes - a.bytes);
}

export function nativeLines(stacks: PeakStacks, width: number, bars = false): string[] {
  return [
    "",
    `By line, all allocators (memray, ${mib(stacks.peakBytes)} MiB at their peak):`,
    ...lineRows(linesByStacks(stacks), width, bars),
  ];
}

/** How the lines grow from one input to a larger one. */
export function growthLines(rows: readonly Growth[], bytes: number, largerBytes: number, width: number): string[] {
  const room = Math.max(20, width - 42);
  const times = (from: number, to: number) => (from > 0 ? `×${(to / from).toFixed(1)}` : "new");
  return [
    "",
    `Growth with the larger input (peak ${mib(bytes)} → ${mib(largerBytes)} MiB, ${times(bytes, largerBytes)}):`,
    `  ${"Line".padEnd(room)} ${"MiB".padStart(9)} ${"larger".padStart(10)} ${"grows".padStart(10)}`,
    ...rows.slice(0, 10).map((it) => {
      const name = `${it.file}:${it.line} ${it.function}`;
      const grows = times(it.bytes, it.largerBytes);
      return `  ${cutHead(name, room)} ${mib(it.bytes).padStart(9)} ${mib(it.largerBytes).padStart(10)} ${grows.padStart(10)}`;
    }),
  ];
}

/** The largest lines, with blocks and the average size of one. */
function lineRows(lines: readonly HeldLine[], width: number, bars: boolean): string[] {
  const room = Math.max(20, width - 42);
  const cells = bars ? Math.min(10, width - room - 36) : 0;
  const largest = Math.max(1, ...lines.map((it) => it.bytes));
  return [
    `  ${"Line".padEnd(room)} ${"MiB".padStart(9)} ${"Blocks".padStart(10)} ${"Average B".padStart(10)}`,
    ...lines.slice(0, 10).map((it) => {
      const name = it.line > 0 ? `${it.file}:${it.line} ${it.function}` : it.file;
      const average = Math.round(it.bytes / Math.max(it.blocks, 1));
      const bar = cells >= 4 ? ` ${heatBar(it.bytes / largest, cells)}` : "";
      return `  ${cutHead(name, room)} ${mib(it.bytes).padStart(9)} ${String(it.blocks).padStart(10)} ${String(average).padStart(10)}${bar}`;
    }),
  ];
}

/** The range of sizes that most of the objects are in: `64-255 B`. */
function sizesOf(sizes: HeldType["sizes"]): string {
  const total = sizes.reduce((all, it) => all + it.count, 0);
  const most = [...sizes].sort((a, b) => b.count - a.count);
  const chosen: number[] = [];
  for (let seen = 0; seen < 0.8 * total; seen += most[chosen.length - 1]?.count ?? total)
    chosen.push(most[chosen.length]?.below ?? 0);
  return chosen.length === 0 ? "" : `${Math.min(...chosen) / 2}-${Math.max(...chosen) - 1} B`;
}

function section(title: string, lines: string[]): string[] {
  return lines.length > 0 ? ["", title, ...lines.slice(0, 30)] : [];
}

const cut = (text: string, room: number): string =>
  text.length > Math.max(room, 10) ? `${text.slice(0, Math.max(room, 10) - 1)}…` : text;
const cutHead = (text: string, room: number): string =>
  text.length > room ? `…${text.slice(text.length - room + 1)}` : text.padEnd(room);
