import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRepository } from "../src/adapters/git/repository.ts";
import { Trees } from "../src/adapters/git/trees.ts";
import type { Confinement } from "../src/adapters/isolation/confinement.ts";
import { measuring } from "../src/adapters/python/measuring.ts";
import type { Sample } from "../src/vocabulary/measurement.ts";
import { environment, type Layout, layouts, refused } from "../test/python/editable-layouts.ts";
import { write } from "../test/python/probe-kit.ts";
import { aPython } from "../test/pythons.ts";
import type { Figure } from "./figure.ts";
import { rungsHere } from "./rungs.ts";

const mib = 1024 * 1024;
const before = 40;
const after = 10;

function git(root: string, ...words: string[]): string {
  const who = ["-c", "user.name=someone", "-c", "user.email=someone@example.org", "-c", "commit.gpgsign=false"];
  return execFileSync("git", ["-C", root, ...who, ...words], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

/** A project that is installed in its own environment, checked out at the base; the candidate takes less. */
function project(root: string, layout: Layout): { python: string; base: string; candidate: string } {
  const module = layout.module ?? "demo";
  const taking = (amount: number) => `from ._version import VERSION\ndef work(): return b"x" * (${amount} * 2**20)\n`;
  write(root, {
    ".gitignore": ".venv\nbuild\n_version.py\n__pycache__\n",
    [`${layout.package}/__init__.py`]: "",
    [`${layout.package}/mod.py`]: taking(before),
    [`${layout.package}/_version.py`]: "VERSION = 'generated'\n",
    "main.py": `from ${module}.mod import work\nprint(len(work()))\n`,
  });
  git(root, "init", "-q");
  git(root, "add", "-A");
  git(root, "commit", "-q", "-m", "base");
  const base = git(root, "rev-parse", "HEAD");
  write(root, { [`${layout.package}/mod.py`]: taking(after) });
  git(root, "commit", "-q", "-a", "-m", "candidate");
  const candidate = git(root, "rev-parse", "HEAD");
  git(root, "checkout", "-q", base);
  const python = environment(aPython(), join(root, ".venv"), layout.install(root)).executable;
  layout.arrange?.(root);
  return { python, base, candidate };
}

interface Measured {
  layout: string;
  rung: string;
  /** The base's code gave the base's figure, the candidate's the candidate's. */
  right: boolean;
  /** A figure that would count, of code that was not asked for. */
  wrong: boolean;
  error: string | null;
}

async function onLayout(layout: Layout, rungs: readonly Confinement[]): Promise<Measured[]> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "installs-")));
  const root = join(folder, "checkout");
  const found: Measured[] = [];
  try {
    const { python, base, candidate } = project(root, layout);
    const repository = await openRepository(root);
    if (!repository) throw new Error("the project is no repository");
    for (const confinement of rungs) {
      const trees = new Trees([{ ...repository, at: "" }], `r9-${confinement.rung}`);
      const { bench } = measuring({
        context: {
          executable: python,
          scratch: join(folder, "scratch"),
          marker: `r9-${process.pid}-${confinement.rung}`,
          signal: new AbortController().signal,
          confinement: { ...confinement, python, readable: [...confinement.readable, join(root, ".venv")] },
        },
        root,
        cwd: "",
        exclude: [join(root, ".venv")],
        target: { kind: "script", path: "main.py", args: [] },
        tests: null,
        timeoutMs: 60_000,
        treeOf: (commit) => trees.path(commit),
        ground: {
          checkouts: [{ at: "", commonDir: repository.commonDir }],
          environments: [join(root, ".venv")],
          isProtected: () => false,
        },
        words: (text) => [text],
      });
      const samples = [await bench.sample(base), await bench.sample(candidate)];
      found.push({ layout: layout.name, rung: confinement.rung, ...judged(samples, layout) });
      await trees.release([]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return found;
}

/** A sample with an error or a stray module is invalid: it counts for nothing, and is no wrong measurement. */
function judged(samples: readonly Sample[], layout: Layout): Pick<Measured, "right" | "wrong" | "error"> {
  const [base, candidate] = samples as [Sample, Sample];
  const isRefused = candidate.error === null && candidate.witness.strays.length > 0;
  if (refused.includes(layout)) return { right: isRefused, wrong: !isRefused, error: candidate.error };
  const invalid = samples.find((it) => it.error !== null || it.witness.strays.length > 0);
  if (invalid) return { right: false, wrong: false, error: invalid.error ?? JSON.stringify(invalid.witness.strays) };
  const less = ((base.peakBytes ?? 0) - (candidate.peakBytes ?? 0)) / mib;
  const isNamed = samples.every((it) => `${layout.package}/mod.py` in it.witness.files);
  const right = isNamed && base.outputDigest !== candidate.outputDigest && Math.abs(less - (before - after)) < 3;
  return { right, wrong: !right, error: null };
}

const shortly = ["a src .pth", "a setuptools finder", "a strict link tree of hard links", "an installed copy"];

export const figure: Figure = {
  id: "R9",
  what: "measurements of the wrong code, over ways to install a project",
  goal: "0, and every layout measured, on namespaces and by rewritten paths; parted hard links and installed copies are refused",
  async measure(scope) {
    const { here, skipped } = await rungsHere();
    const rungs = here.filter((it) => scope === "full" || it.rung !== "landlock");
    const measured: Measured[] = [];
    for (const layout of [...layouts, ...refused].filter((it) => scope === "full" || shortly.includes(it.name)))
      measured.push(...(await onLayout(layout, rungs)));
    const wrong = measured.filter((it) => it.wrong);
    const failed = measured.filter((it) => it.error !== null);
    return {
      reached: `${wrong.length} wrong, ${measured.filter((it) => it.right).length} right of ${measured.length}`,
      shortfalls: [
        ...wrong.map((it) => `${it.layout} on ${it.rung}: the wrong code was measured`),
        ...failed.map((it) => `${it.layout} on ${it.rung}: ${it.error}`),
      ],
      skipped,
      details: measured,
    };
  },
};
