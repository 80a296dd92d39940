const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
const levels = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** A bar of at most `cells` columns for a share between 0 and 1; what is there at all shows at least a sliver. */
export function heatBar(share: number, cells: number): string {
  const parts = Math.round(Math.max(0, Math.min(share, 1)) * cells * 8);
  const shown = share > 0 ? Math.max(parts, 1) : 0;
  return "█".repeat(Math.floor(shown / 8)) + (eighths[shown % 8] as string);
}

/** Values as one line of columns, the highest of them full; the last `most` of many. */
export function sparkline(values: readonly number[], most: number): string {
  const highest = Math.max(...values, 1);
  const column = (value: number) => levels[Math.max(0, Math.ceil((value / highest) * 8) - 1)] as string;
  return values.slice(-most).map(column).join("");
}
