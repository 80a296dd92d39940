import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measuring } from "../src/adapters/python/measuring.ts";
import type { Sample } from "../src/vocabulary/measurement.ts";
import { aPython } from "../test/pythons.ts";
import type { Figure } from "./figure.ts";

const MiB = 1024 * 1024;
const fill = "for at in range(0, n * 2**20, 4096): held[at] = 1";
const wait = "import time; time.sleep(0.4)";
const memory = (it: Sample) => it.peakBytes;

/** Each hides `n` MiB in one place; and the figure that finds it. */
const places: Record<string, { code: string; found: (sample: Sample) => number | null }> = {
  "a child process": {
    code: `import subprocess, sys\nsubprocess.run([sys.executable, "-c", "held = bytearray(b'x') * (%d * 2**20); import time; time.sleep(0.4)" % n])`,
    found: memory,
  },
  "shared memory": {
    code: `import os\nf = os.open("/dev/shm/hiding-%d" % os.getpid(), os.O_RDWR | os.O_CREAT)\nos.unlink("/dev/shm/hiding-%d" % os.getpid())\nfor _ in range(n): os.write(f, bytes(2**20))\n${wait}`,
    found: memory,
  },
  "a memfd": {
    code: `import os\nf = os.memfd_create("x")\nfor _ in range(n): os.write(f, bytes(2**20))\n${wait}`,
    found: memory,
  },
  "a file": {
    code: `import tempfile\nf = tempfile.TemporaryFile()\nfor _ in range(n): f.write(bytes(2**20))`,
    found: (it) => it.writtenBytes,
  },
  "import time": { code: "held = bytearray(b'x') * (n * 2**20)", found: memory },
  "a mapped file": {
    code: `import mmap, tempfile\nf = tempfile.TemporaryFile(); f.truncate(max(n, 1) * 2**20)\nheld = mmap.mmap(f.fileno(), max(n, 1) * 2**20)\n${fill}`,
    found: memory,
  },
};

async function seen(folder: string, name: string, code: string, n: number): Promise<Sample> {
  const file = `${name.replaceAll(" ", "_")}_${n}.py`;
  writeFileSync(join(folder, file), `n = ${n}\n${code}\n`);
  const { bench } = measuring({
    context: {
      executable: aPython().executable,
      scratch: join(folder, "scratch"),
      marker: `r6-${process.pid}-${n}`,
      signal: new AbortController().signal,
    },
    root: folder,
    cwd: "",
    exclude: [],
    target: { kind: "script", path: file, args: [] },
    tests: null,
    timeoutMs: 60_000,
    treeOf: async () => folder,
    words: (text) => [text],
  });
  const sample = await bench.sample("worktree");
  if (sample.error !== null) throw new Error(`${name}: ${sample.error}`);
  return sample;
}

export const figure: Figure = {
  id: "R6",
  what: "places where memory can be hidden from a process's own figure",
  goal: "6 of 6 measured within 5 %",
  async measure(scope) {
    const wanted = scope === "full" ? 300 : 80;
    const folder = mkdtempSync(join(tmpdir(), "hiding-"));
    const rows = [];
    try {
      for (const [name, { code, found }] of Object.entries(places)) {
        const [none, full] = [await seen(folder, name, code, 0), await seen(folder, name, code, wanted)];
        const mib = ((found(full) ?? Number.NaN) - (found(none) ?? Number.NaN)) / MiB;
        rows.push({ name, mib, off: Math.abs(mib - wanted) / wanted });
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const missed = rows.filter((it) => !(it.off <= 0.05));
    return {
      reached: `${rows.length - missed.length} of ${rows.length}, at most ${(Math.max(...rows.map((it) => it.off)) * 100).toFixed(1)} % off`,
      shortfalls: missed.map((it) => `${it.name}: ${it.mib.toFixed(1)} MiB instead of ${wanted}`),
      skipped: [],
      details: rows,
    };
  },
};
