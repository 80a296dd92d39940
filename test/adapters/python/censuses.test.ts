import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Censuses } from "../../../src/adapters/python/censuses.ts";
import { answersOf, runPython } from "../../../src/adapters/python/probe.ts";
import { PeakMoment } from "../../../src/vocabulary/profile.ts";
import { aPython } from "../../pythons.ts";

const folder = mkdtempSync(join(tmpdir(), "censuses-"));
const { executable } = aPython();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ownRows = `def main():
    rows = [str(i) + "x" * 200 for i in range(6000)]
    return len(rows)

main()
`;
const throughLibrary = `import json

def main():
    rows = json.loads(json.dumps([{"n": i, "text": "x" * 100} for i in range(6000)]))
    return len(rows)

main()
`;

/** Censuses of a program in real runs, and how many frames each run was told to keep. */
async function censusesOf(name: string, program: string) {
  writeFileSync(join(folder, name), program);
  const asked: unknown[] = [];
  const probe = (request: Record<string, unknown>) =>
    runPython(
      "probe",
      {
        target: { kind: "script", path: name, args: [] },
        project: { root: folder, tree: folder, exclude: [] },
        eventBudget: 1_000_000,
        ...request,
      },
      {
        executable,
        scratch: join(folder, "scratch"),
        marker: "t",
        signal: new AbortController().signal,
        cwd: folder,
        timeoutMs: 60_000,
      },
    );
  const [peak] = answersOf(await probe({ pass: "tree" }), "peak", PeakMoment);
  const censuses = new Censuses((_, request) => {
    asked.push(request["frames"]);
    return probe(request);
  });
  const take = (withStacks: boolean) => censuses.take("here", peak ?? { peakBytes: 0, event: 0, stack: [] }, withStacks);
  return { take, asked };
}

describe("censuses", () => {
  it("give a picture with enough frames, and keep few in the next one where few are enough", async () => {
    const { take, asked } = await censusesOf("own.py", ownRows);
    const first = await take(true);
    const picture = first.stacks?.stacks ?? [];
    expect(picture[0]?.frames.map((it) => it.function).slice(0, 2)).toEqual(["<module>", "main"]);
    const whole = picture.reduce((sum, it) => sum + it.bytes, 0);
    expect(Math.abs(whole / (first.census?.tracedBytes ?? 0) - 1)).toBeLessThan(0.05);
    const second = await take(false);
    expect(second.stacks).toBeNull();
    expect(asked).toEqual([8, 2]);
    expect(second.census?.projectLines[0]).toEqual(first.census?.projectLines[0]);
  }, 60_000);

  it("keep as many frames as reach the project's own line", async () => {
    const { take, asked } = await censusesOf("library.py", throughLibrary);
    const first = await take(true);
    const second = await take(false);
    expect(asked).toEqual([8, 8]);
    expect(second.stacks?.stacks[0]).toEqual(first.stacks?.stacks[0]); // its frames were there anyway
    for (const { census } of [first, second]) expect(census?.projectLines[0]).toMatchObject({ file: "library.py", line: 4 });

    const without = await censusesOf("library.py", throughLibrary);
    expect((await without.take(false)).census?.projectLines[0]).toMatchObject({ file: "library.py", line: 4 });
    expect(without.asked).toEqual([2, 8]);
  }, 60_000);
});
