import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Confinement } from "../src/adapters/isolation/confinement.ts";
import { runProcess } from "../src/adapters/isolation/run.ts";
import { mebibyte, median } from "../src/method/noise.ts";
import { Thresholds } from "../src/vocabulary/settings.ts";
import { measuringIn, script } from "../test/adapters/python/measuring-in.ts";
import { aPython } from "../test/pythons.ts";
import type { Figure } from "./figure.ts";
import { rungsHere } from "./rungs.ts";

const mostMs = 10;

/** What a program that does nothing takes from its start to its end. */
async function once(folder: string, confinement: Confinement | undefined): Promise<number> {
  const outcome = await runProcess({
    argv: ["/bin/true"],
    cwd: folder,
    env: { PATH: "/usr/bin:/bin" },
    stdoutPath: join(folder, "out"),
    stderrPath: join(folder, "err"),
    timeoutMs: 20_000,
    marker: `spawning-${process.pid}`,
    confinement,
    grounds: { writable: [folder], readOnly: [], shown: [] },
  });
  if (outcome.exitCode !== 0) throw new Error(`/bin/true ended with ${outcome.exitCode} (${confinement?.rung})`);
  return outcome.durationMs;
}

/** The fastest of many is what the sandbox costs; what is above that is the machine's other work. */
const least = (values: readonly number[]): number => Math.min(...values);

/** Its peaks are lists, texts and one large block. */
const program = `import json
rows = [{"n": i, "text": "row %d" % i} for i in range(20_000)]
print(len(json.dumps(rows)))
`;

/** The peaks of one program as they are measured of a commit. */
async function peaks(folder: string, confinement: Confinement | undefined, runs: number) {
  writeFileSync(join(folder, "program.py"), program);
  const { bench } = measuringIn({ executable: aPython().executable, folder, target: script("program.py"), confinement });
  const seen: number[] = [];
  for (let run = 0; run < runs; run++) seen.push((await bench.sample("worktree")).peakBytes ?? Number.NaN);
  const { heapPeakBytes } = await bench.traced("worktree");
  return { processBytes: median(seen) ?? Number.NaN, heapBytes: heapPeakBytes ?? Number.NaN };
}

/** Two process peaks that are not told apart. */
const sameBytes = Thresholds.parse({}).processFloorMib * mebibyte;
/** Names of processes and folders are longer in one run than in another. */
const sameHeapBytes = 4096;

/** How far the peaks on each rung are from those of a plain process. */
async function peaksOn(folder: string, rungs: readonly Confinement[], runs: number) {
  const plain = await peaks(folder, undefined, runs);
  const found = [];
  for (const confinement of rungs) {
    const { processBytes, heapBytes } = await peaks(folder, confinement, runs);
    found.push({
      rung: confinement.rung,
      processBytes: processBytes - plain.processBytes,
      heapBytes: heapBytes - plain.heapBytes,
    });
  }
  return { plain, found };
}

export const figure: Figure = {
  id: "R4",
  what: "what the sandbox that is used adds to a spawn, and each rung to a program's peaks",
  goal: `at most ${mostMs} ms; less than ${sameHeapBytes} bytes to the heap's peak, ${sameBytes / mebibyte} MiB to the process's`,
  bothUsers: true,
  async measure(scope) {
    const { here, skipped } = await rungsHere();
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "spawning-")));
    const kinds = [undefined, ...here];
    const times = new Map<string, number[]>();
    let compared: Awaited<ReturnType<typeof peaksOn>>;
    try {
      for (let round = 0; round < (scope === "full" ? 60 : 20); round++) {
        for (const kind of kinds) {
          const name = kind?.rung ?? "nothing";
          times.set(name, [...(times.get(name) ?? []), await once(folder, kind)]);
        }
      }
      compared = await peaksOn(folder, scope === "full" ? here : here.slice(0, 1), scope === "full" ? 9 : 3);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const plain = least(times.get("nothing") as number[]);
    const added = here.map(({ rung }) => ({ rung, ms: least(times.get(rung) as number[]) - plain }));
    // The launcher below namespaces is a Python that starts for itself: it is told, and held to nothing.
    const slow = added.filter((it) => it.rung === here[0]?.rung && it.rung !== "landlock" && it.ms > mostMs);
    const others = compared.found.filter(
      (it) => !(Math.abs(it.heapBytes) < sameHeapBytes && Math.abs(it.processBytes) < sameBytes),
    );
    const apart = (of: "processBytes" | "heapBytes") => Math.max(...compared.found.map((it) => Math.abs(it[of])));
    return {
      reached: `${added.map((it) => `${it.rung} +${it.ms.toFixed(1)} ms`).join(", ")}; peaks at most ${apart("heapBytes")} bytes (heap) and ${(apart("processBytes") / mebibyte).toFixed(2)} MiB (process) apart`,
      shortfalls: [
        ...slow.map((it) => `${it.rung} adds ${it.ms.toFixed(1)} ms`),
        ...others.map(
          (it) => `on ${it.rung} a program's heap peak is ${it.heapBytes}, its process peak ${it.processBytes} bytes off`,
        ),
      ],
      skipped,
      details: { plainMs: plain, added, compared },
    };
  },
};
