import type { State } from "../method/state.ts";
import type { HeldLine, StageTable } from "../vocabulary/profile.ts";

type Cell = string | number | null;

/** A field as RFC 4180 has it; text that a spreadsheet would run as a formula is made plain text. Unknown is empty, never 0. */
function field(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const plain = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

const csv = (rows: readonly (readonly Cell[])[]): string => rows.map((row) => `${row.map(field).join(",")}\r\n`).join("");

/** Every decided experiment of a session, one a row. Bytes; differences are after minus before. */
export function experimentsCsv(state: State): string {
  const head = [
    "experiment",
    "status",
    "tier",
    "description",
    "technique",
    "category",
    "file",
    "function",
    "commit",
    "heap_before_bytes",
    "heap_difference_bytes",
    "process_before_bytes",
    "process_difference_bytes",
    "slowdown_ratio",
    "reason",
  ];
  const minus = (bytes: number | null) => (bytes === null ? null : 0 - bytes);
  const rows = state.experiments.flatMap((it) =>
    it.verdict === null
      ? []
      : [
          [
            it.number,
            it.takenBack === null ? it.verdict.status : "taken back",
            it.tier,
            it.proposal.description,
            it.proposal.technique,
            it.proposal.category,
            it.proposal.site.file,
            it.proposal.site.qualname,
            it.implemented?.commit ?? null,
            it.before.heapBytes,
            minus(it.verdict.heapGainBytes),
            it.before.processBytes,
            minus(it.verdict.processGainBytes),
            it.verdict.slowdownRatio,
            it.takenBack ?? it.verdict.reason,
          ],
        ],
  );
  return csv([head, ...rows]);
}

/** A profile: its stages in order, then the lines that hold the memory at the peak, largest first. Bytes. */
export function profileCsv(table: StageTable, lines: readonly HeldLine[]): string {
  const head = [
    "kind",
    "name",
    "file",
    "line",
    "count",
    "delta_bytes",
    "cumulative_bytes",
    "peak_bytes",
    "process_peak_bytes",
    "held_bytes",
  ];
  return csv([
    head,
    ...table.rows.map((it) => [
      "stage",
      it.name,
      it.file,
      it.line,
      it.count,
      it.deltaBytes,
      it.cumulativeBytes,
      it.peakBytes,
      it.processPeakBytes,
      null,
    ]),
    ...lines.map((it) => ["line", it.function, it.file, it.line, it.blocks, null, null, null, null, it.bytes]),
  ]);
}
