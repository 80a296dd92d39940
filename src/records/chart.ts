import type { PullRequestRecord } from "../vocabulary/pull-request.ts";
import { heatBar } from "./heat.ts";
import { mib, signedMib } from "./mib.ts";
import { escaped } from "./xml.ts";

/** One target before and after, by one figure. Bytes. */
interface Pair {
  target: string;
  baseBytes: number;
  headBytes: number;
}

interface Section {
  figure: string;
  pairs: Pair[];
}

/** What the chart shows: for each figure, each target before and after. */
function sections({ measured }: PullRequestRecord): Section[] {
  const of = (figure: string, key: "process" | "heap"): Section => ({
    figure,
    pairs: measured.map(({ target, comparison }) => ({
      target,
      baseBytes: comparison[key].baseBytes,
      headBytes: comparison[key].headBytes,
    })),
  });
  return [of("Process peak", "process"), of("Heap peak", "heap")];
}

/** `-26.4 MiB (-84.7 %)` */
export function difference(baseBytes: number, headBytes: number): string {
  const share = ((headBytes - baseBytes) / Math.max(baseBytes, 1)) * 100;
  const percent = `${share > 0 ? "+" : ""}${share.toFixed(1)}`.replace(/^-0\.0$/, "0.0");
  return `${signedMib(headBytes - baseBytes)} MiB (${percent} %)`;
}

/** Who measured what, under the title. */
function subtitle({ pairs, measured, program }: PullRequestRecord): string {
  const python = measured[0]?.head.provenance.interpreter.match(/^\S+ [\d.]+/)?.[0] ?? "";
  return `median of ${pairs} alternating pairs of fresh processes; ${python}; codeflash-memory ${program}`;
}

/** The chart in letters, for where no picture can be shown. */
export function chartText(record: PullRequestRecord): string {
  const cells = 32;
  return sections(record)
    .map(({ figure, pairs }) => {
      const most = Math.max(1, ...pairs.flatMap((it) => [it.baseBytes, it.headBytes]));
      const row = (name: string, bytes: number, more = "") =>
        `  ${name} ${heatBar(bytes / most, cells).padEnd(cells)} ${mib(bytes).padStart(8)}${more}`;
      const rows = pairs.flatMap((it) => [
        `  ${it.target}`,
        row("base", it.baseBytes),
        row("head", it.headBytes, `  ${difference(it.baseBytes, it.headBytes)}`),
      ]);
      return [`${figure}, MiB`, ...rows].join("\n");
    })
    .join("\n\n");
}

const width = 840;
const left = 24;
const barLeft = 84;
const longest = 480;
const barHeight = 22;
const letterWidth = 7.4;

const cut = (text: string, letters: number): string =>
  text.length > letters ? `…${text.slice(text.length - letters + 1)}` : text;

/** The chart as SVG: bars before and after with their figures, on a light ground, with one font that is brought along. */
export function chartSvg(record: PullRequestRecord): string {
  const parts: string[] = [];
  const text = (x: number, y: number, words: string, kind = "") =>
    parts.push(`<text x="${x}" y="${y}"${kind === "" ? "" : ` class="${kind}"`}>${escaped(words)}</text>`);
  text(left, 38, cut(record.title, 92), "t");
  text(left, 60, subtitle(record), "s");
  let y = 96;
  for (const { figure, pairs } of sections(record)) {
    text(left, y, `${figure}, MiB`, "h");
    y += 12;
    const most = Math.max(1, ...pairs.flatMap((it) => [it.baseBytes, it.headBytes]));
    for (const it of pairs) {
      text(left, y + 16, cut(it.target, 100), "s");
      y += 24;
      for (const [name, bytes] of [["base", it.baseBytes] as const, ["head", it.headBytes] as const]) {
        const length = Math.max(2, (bytes / most) * longest);
        text(left, y + 16, name);
        parts.push(`<rect class="${name}" x="${barLeft}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="3"/>`);
        text(barLeft + length + 8, y + 16, mib(bytes), "v");
        if (name === "head")
          text(
            barLeft + length + 16 + mib(bytes).length * letterWidth * 1.2,
            y + 16,
            difference(it.baseBytes, it.headBytes),
            "d",
          );
        y += barHeight + 4;
      }
      y += 8;
    }
    y += 24;
  }
  const height = y - 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(record.title)}">
<style>text{font:14px "DejaVu Sans",sans-serif;fill:#1f2328}.t{font-size:18px;font-weight:bold}.s{font-size:12px;fill:#59636e}.h{font-weight:bold}.v{font-weight:bold}.d{fill:#1a7f37}.base{fill:#afb8c1}.head{fill:#2da44e}</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="#ffffff" stroke="#d1d9e0"/>
${parts.join("\n")}
</svg>
`;
}
