/** A part of a bar: where it begins and ends, as shares of the whole, and what it means. */
export interface Part {
  from: number;
  to: number;
  kind: "held" | "soft" | "saved" | "saved-soft" | "warn" | "bad";
  title?: string;
}

/** One horizontal bar that is as wide as its place. The words beside it say the same. */
export function Bar({ parts, marks = [], height = 16 }: { parts: readonly Part[]; marks?: readonly number[]; height?: number }) {
  const at = (share: number) => `${(Math.max(0, Math.min(1, share)) * 100).toFixed(3)}%`;
  return (
    <svg class="bar" width="100%" height={height} aria-hidden="true">
      <rect class="track" width="100%" height={height} rx="2" />
      {parts.map((it) => (
        <rect class={`part ${it.kind}`} x={at(it.from)} width={at(it.to - it.from)} height={height} rx="1.5">
          {it.title && <title>{it.title}</title>}
        </rect>
      ))}
      {marks.map((it) => (
        <line class="mark" x1={at(it)} x2={at(it)} y1={-1} y2={height + 1} />
      ))}
    </svg>
  );
}
