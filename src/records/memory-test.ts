import type { Target } from "../vocabulary/target.ts";

/** Stands in each file that we wrote: no other is replaced. */
export const writtenByUs = "Written by codeflash-memory.";

/** `test_memory_test_report_test_large.py`: a name that pytest collects and that tells the target. */
export function memoryTestName(targetName: string): string {
  const words = targetName
    .replace(/\.py\b/g, "")
    .replaceAll(/[^A-Za-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .toLowerCase();
  return `test_memory_${words.slice(-60).replace(/^_+/, "")}.py`;
}

interface MemoryTest {
  target: Target;
  targetName: string;
  /** The folder that the target runs in, seen from the file's own. */
  folder: string;
  limitMib: number;
  /** How the file is written anew. */
  command: string;
}

/** The test out of its template. What a name brings along cannot end the text that it stands in. */
export function memoryTest(template: string, it: MemoryTest): string {
  const inText = (text: string) =>
    text
      .replaceAll("\\", "/")
      .replaceAll('"', "'")
      .replaceAll("%", "%%")
      .replaceAll(/[\r\n]+/g, " ");
  const values: Record<string, string> = {
    TARGET: `json.loads(${JSON.stringify(JSON.stringify(it.target))})`,
    FOLDER: JSON.stringify(it.folder),
    LIMIT_MIB: it.limitMib.toFixed(1),
  };
  return template
    .replaceAll(/^(TARGET|FOLDER|LIMIT_MIB) = .*$/gm, (_, name: string) => `${name} = ${values[name]}`)
    .replaceAll("PIN_COMMAND", () => inText(it.command))
    .replaceAll("TARGET_NAME", () => inText(it.targetName));
}

/** Room above the peak: a tenth of it, at least half a MiB, but never more than half the way back to the peak before. MiB. */
export function limitFor(peakMib: number, beforeMib: number | null): number {
  const roomy = peakMib + Math.max(0.1 * peakMib, 0.5);
  const limit = beforeMib === null || beforeMib <= peakMib ? roomy : Math.min(roomy, (peakMib + beforeMib) / 2);
  return Math.ceil(limit * 10) / 10;
}
