import type { StageRow, StageTable } from "../vocabulary/profile.ts";
import { heatBar } from "./heat.ts";
import { mib, signedMib } from "./mib.ts";

/** Rows smaller than this, in what they leave and in where they reach, are folded into one line. */
const smallBytes = 64 * 1024;
const mostRows = 24;
/** Columns of a heat bar, and what stands before it. */
const barCells = 10;

interface Shown {
  rows: StageRow[];
  hidden: number;
}

/** The rows worth a line: those that leave something or raise the peak, in their order, and the dominant one. */
function shown(table: StageTable): Shown {
  let highest = 0;
  const weight = table.rows.map((row) => {
    const rise = Math.max(0, row.peakBytes - Math.max(highest, row.cumulativeBytes));
    highest = Math.max(highest, row.peakBytes);
    return Math.abs(row.deltaBytes) + rise;
  });
  const ranked = [...weight.keys()].sort((a, b) => (weight[b] as number) - (weight[a] as number));
  const kept = new Set(ranked.filter((index) => (weight[index] as number) >= smallBytes).slice(0, mostRows));
  kept.add(table.dominant);
  const rows = table.rows.filter((_, index) => kept.has(index));
  return { rows, hidden: table.rows.length - rows.length };
}

/** The per-stage table as lines of text (method.md, 3.2), at most `width` columns wide; with heat bars where there is room. */
export function stageTableLines(table: StageTable, width = 100, bars = false): string[] {
  const { rows, hidden } = shown(table);
  const names = rows.map((row) => (row.count > 1 ? `${row.name} ×${row.count}` : row.name));
  const withProcess = rows.some((row) => row.processPeakBytes !== null);
  const plain = withProcess ? 44 : 33;
  const hot = bars && width - 3 - plain - barCells - 1 >= 12;
  const figures = hot ? plain + barCells + 1 : plain;
  const room = Math.max(
    12,
    Math.min(
      Math.max(5, ...names.map((name) => name.length), ...table.beside.map((it) => it.name.length + 2)),
      width - 2 - figures - 1,
    ),
  );
  const cut = (name: string) => (name.length > room ? `${name.slice(0, room - 1)}…` : name).padEnd(room);
  const head = `  ${"Stage".padEnd(room)} ${"Delta MiB".padStart(10)} ${"Cumul MiB".padStart(10)} ${"Peak MiB".padStart(10)}`;
  const lines = [withProcess ? `${head} ${"Process".padStart(10)}` : head];
  for (const [index, row] of rows.entries()) {
    const cells = [signedMib(row.deltaBytes), mib(row.cumulativeBytes), mib(row.peakBytes)];
    if (withProcess) cells.push(row.processPeakBytes === null ? "-" : mib(row.processPeakBytes));
    const bar = hot ? ` ${heatBar(row.peakBytes / Math.max(table.peakBytes, 1), barCells)}` : "";
    lines.push(`  ${cut(names[index] as string)} ${cells.map((cell) => cell.padStart(10)).join(" ")}${bar}`);
  }
  if (hidden > 0) lines.push(`  (${hidden} ${hidden === 1 ? "row" : "rows"} below 0.1 MiB)`);
  for (const it of table.beside.filter((it) => it.bytes >= smallBytes))
    lines.push(`  ${cut(`(${it.name})`)} ${["-", "-", mib(it.bytes)].map((cell) => cell.padStart(10)).join(" ")}`);
  lines.push(`  Peak: ${mib(table.peakBytes)} MiB`);
  return lines;
}

/** One line for the summary message: the five stages that leave most. */
export function topStages(table: StageTable): string {
  return [...table.rows]
    .sort((a, b) => b.deltaBytes - a.deltaBytes)
    .slice(0, 5)
    .map((row) => `${row.name} ${signedMib(row.deltaBytes)} MiB`)
    .join(", ");
}
