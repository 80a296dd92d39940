import type { PeakStacks } from "../../vocabulary/stacks.ts";

/** The peak as a speedscope file (https://www.speedscope.app/file-format-schema.json): one sampled profile in bytes. */
export function speedscope(stacks: PeakStacks, name: string): string {
  const frames: { name: string; file: string; line: number }[] = [];
  const indices = new Map<string, number>();
  const samples = stacks.stacks.map((stack) =>
    stack.frames.map((it) => {
      const key = `${it.file}\0${it.line}\0${it.function}`;
      const known = indices.get(key);
      if (known !== undefined) return known;
      indices.set(key, frames.length);
      frames.push({ name: it.function, file: it.file, line: it.line });
      return frames.length - 1;
    }),
  );
  const weights = stacks.stacks.map((it) => it.bytes);
  return JSON.stringify({
    $schema: "https://www.speedscope.app/file-format-schema.json",
    exporter: "codeflash-memory",
    name,
    activeProfileIndex: 0,
    shared: { frames },
    profiles: [
      {
        type: "sampled",
        name,
        unit: "bytes",
        startValue: 0,
        endValue: weights.reduce((sum, it) => sum + it, 0),
        samples,
        weights,
      },
    ],
  });
}
