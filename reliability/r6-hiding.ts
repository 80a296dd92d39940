import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Confinement } from "../src/adapters/isolation/confinement.ts";
import type { Sample } from "../src/vocabulary/measurement.ts";
import { measuringIn, script } from "../test/adapters/python/measuring-in.ts";
import { aPython } from "../test/pythons.ts";
import type { Figure } from "./figure.ts";
import { rungsHere } from "./rungs.ts";

const MiB = 1024 * 1024;
const fill = "for at in range(0, n * 2**20, 4096): held[at] = 1";
const wait = "import time; time.sleep(0.4)";
const memory = (it: Sample) => it.peakBytes;

/** Each hides `n` MiB in one place; and the figure that finds it. `privateOnly`: what lies there may elsewhere be a stranger's. */
const places: Record<string, { code: string; found: (sample: Sample) => number | null; privateOnly?: true }> = {
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
  "shared memory that nobody holds open": {
    code: `f = open("/dev/shm/hiding-%d" % n, "wb")\nfor _ in range(n): f.write(bytes(2**20))\nf.close()\n${wait}\nimport os; os.unlink(f.name)`,
    found: memory,
    privateOnly: true,
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

interface Place {
  folder: string;
  name: string;
  code: string;
  confinement: Confinement | undefined;
}

async function seen({ folder, name, code, confinement }: Place, n: number): Promise<Sample> {
  const file = `${name.replaceAll(/\W/g, "_")}_${n}.py`;
  writeFileSync(join(folder, file), `n = ${n}\n${code}\n`);
  const { bench } = measuringIn({ executable: aPython().executable, folder, target: script(file), confinement });
  const sample = await bench.sample("worktree");
  if (sample.error !== null) throw new Error(`${name}: ${sample.error}`);
  return sample;
}

/** A place that is another in namespaces: it may lie in memory there. */
const changed = ["a file"];

export const figure: Figure = {
  id: "R6",
  what: "places where memory can be hidden from a process's own figure",
  goal: "6 of 6 measured within 5 %, in namespaces too",
  async measure(scope) {
    const wanted = scope === "full" ? 300 : 80;
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "hiding-")));
    const { here, skipped } = await rungsHere();
    const namespaces = here.find((it) => it.rung === "namespaces");
    const rows = [];
    try {
      for (const confinement of namespaces ? [undefined, namespaces] : [undefined]) {
        for (const [at, { code, found, privateOnly }] of Object.entries(places)) {
          if (privateOnly ? !confinement : confinement && scope === "short" && !changed.includes(at)) continue;
          const name = confinement ? `${at}, in namespaces` : at;
          const place = { folder, name, code, confinement };
          const [none, full] = [await seen(place, 0), await seen(place, wanted)];
          const mib = ((found(full) ?? Number.NaN) - (found(none) ?? Number.NaN)) / MiB;
          rows.push({ name, mib, off: Math.abs(mib - wanted) / wanted });
        }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const missed = rows.filter((it) => !(it.off <= 0.05));
    return {
      reached: `${rows.length - missed.length} of ${rows.length}, at most ${(Math.max(...rows.map((it) => it.off)) * 100).toFixed(1)} % off`,
      shortfalls: missed.map((it) => `${it.name}: ${it.mib.toFixed(1)} MiB instead of ${wanted}`),
      skipped: skipped.filter((it) => it.includes("namespaces")),
      details: rows,
    };
  },
};
