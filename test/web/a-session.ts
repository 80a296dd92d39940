import { probeNames } from "../../src/vocabulary/isolation.ts";
import type { Entry } from "../../src/vocabulary/journal.ts";
import type { Profile } from "../../src/vocabulary/profile.ts";
import type { Picture } from "../../src/vocabulary/stacks.ts";
import { began, MiB, noHistory, profileOf, proposal, sample, tests, traced } from "../method/state-builder.ts";

export const hostile = {
  /** Would run wherever it is put into HTML as it is. */
  text: `</script><script>alert("ran")</script><img src=x onerror="alert('ran')">`,
  root: "/home/me/<img src=x onerror=alert(1)>",
};

/** A profile with all that a page can show of one. */
function wholeProfile(commit: string, heapMib: number): Profile {
  const plain = profileOf(commit, heapMib);
  const place = { file: "app.py", line: 3, function: "load" };
  return {
    ...plain,
    timeline: {
      points: Array.from({ length: 50 }, (_, at): [number, number] => [at * 20, (10 + (heapMib * at) / 50) * MiB]),
      processes: 1,
      spans: [{ line: 3, fromMs: 200, toMs: 800 }],
    },
    census: {
      tracedBytes: heapMib * MiB,
      peakBytes: heapMib * MiB,
      stack: [place],
      lines: [],
      projectLines: [{ ...place, bytes: heapMib * MiB, blocks: 10, project: true }],
      unplacedBytes: 0,
      areas: [{ area: "project", library: null, bytes: heapMib * MiB, blocks: 10 }],
      libraries: [],
      types: [
        { type: "app:Row", count: 1000, bytes: heapMib * MiB, dictBytes: 0, project: true, sizes: [], heldBy: null, madeAt: [] },
      ],
      locals: [],
      holders: [],
      repeated: [],
      equalTuples: [],
      records: [],
      caches: [],
      emptyValues: [],
    },
  };
}

/** Stacks that merge into about so many frames. */
function pictureOf(nodes: number, heapMib: number): Picture {
  const depth = 25;
  const stacks = Math.max(2, Math.ceil(nodes / depth));
  const frames = Array.from({ length: stacks * depth }, (_, at) => ({
    file: at % 3 === 0 ? "/usr/lib/python3/site-packages/lib.py" : "app.py",
    line: (at % 500) + 1,
    function: `step_${at % 97}`,
  }));
  return {
    peakBytes: heapMib * MiB,
    frames,
    stacks: Array.from({ length: stacks }, (_, at) => ({
      frames: Array.from({ length: depth }, (_, level) => (level === 0 ? 1 : at * depth + level)),
      bytes: Math.round((heapMib * MiB) / stacks),
      blocks: 3,
    })),
    restBytes: 0,
  };
}

/** What landlock leaves open is open. */
const probes = probeNames.map((name, at) => ({ name, open: at > 6 }));

interface Wanted {
  experiments: number;
  frames?: number;
  text?: string;
  root?: string;
}

/** The entries of a finished session: every third experiment is kept, the peak falls from 100 MiB. */
export function entriesOf({ experiments, frames = 60, text = "rows in load", root = "/home/me/shop" }: Wanted): Entry[] {
  const start = { ...began(), root, targetName: text === "rows in load" ? "app.py" : text } as Extract<
    Entry,
    { kind: "session-began" }
  >;
  const run = tests({ a: "passed", b: "passed" });
  const entries: Entry[] = [
    { ...start, tiers: [{ name: "B", target: start.target, targetName: start.targetName }] },
    { kind: "isolated", isolation: { rung: "landlock", view: "closed", network: false, probes, why: text } },
    { kind: "history", history: noHistory },
    { kind: "tested", experiment: null, repeat: 0, run },
    { kind: "tested", experiment: null, repeat: 1, run },
    { kind: "calibrated", samples: [sample(130), sample(130), sample(130)], traced: traced(100) },
    { kind: "profiled", commit: "base", profile: wholeProfile("base", 100) },
    { kind: "pictured", commit: "base", picture: pictureOf(frames, 100) },
    { kind: "proposed", commit: "base", proposals: [], forbidden: [], observed: null },
  ];
  let [heap, process, head] = [100, 130, "base"];
  for (let number = 1; number <= experiments; number++) {
    const keep = number % 3 === 1;
    const gain = keep ? (heap * 0.6) / Math.max(3, experiments / 3) : 0;
    const commit = `c${number}`;
    const patch = `--- a/app.py\n+++ b/app.py\n@@ -1 +1 @@\n-${text}\n+pass\n`;
    entries.push(
      {
        kind: "opened",
        experiment: number,
        commit: head,
        key: `k${number}`,
        proposal: proposal(`${text} ${number}`, 5, { summary: `Free ${text} ${number}`, evidence: text }),
      },
      { kind: "implemented", experiment: number, commit, refusal: null, patch, changedLines: 2, changed: [], findings: [] },
      { kind: "tested", experiment: number, repeat: 0, run },
      { kind: "traced", experiment: number, run: traced(heap - gain) },
      { kind: "sampled", experiment: number, side: "before", pair: 0, sample: sample(process) },
      { kind: "sampled", experiment: number, side: "after", pair: 0, sample: sample(process - gain) },
      {
        kind: "decided",
        experiment: number,
        verdict: {
          status: keep ? "keep" : "discard",
          rule: keep ? "gain" : "no-gain",
          reason: keep ? "above the floor" : `no gain: ${text}`,
          label: null,
          heapGainBytes: gain * MiB,
          processGainBytes: gain * MiB,
          slowdownRatio: 1,
          parked: false,
        },
      },
    );
    if (!keep) continue;
    [heap, process, head] = [heap - gain, process - gain, commit];
    entries.push({ kind: "kept", experiment: number, commit, heapPeakBytes: heap * MiB, processPeakBytes: process * MiB });
    if (experiments < 50 || number + 3 > experiments)
      entries.push({ kind: "profiled", commit, profile: wholeProfile(commit, heap) });
  }
  return [
    ...entries,
    { kind: "discovered", text: `A discovery about ${text}`, experiment: 1 },
    {
      kind: "plateau",
      rule: "exhausted",
      why: "every candidate was tried",
      breakdown: [{ bytes: heap * MiB, source: `app.py:3 (${text})`, reducible: false, why: "working data" }],
      irreducible: "100 % of the peak is beyond this mind",
      blocked: [text],
      remaining: [{ target: text, savingBytes: MiB, complexity: "2 edits", needs: "slow" }],
      sweep: [{ kind: "slots", sites: 0, outcome: "none found" }],
    },
    { kind: "pictured", commit: head, picture: pictureOf(frames, heap) },
    { kind: "finished", outcome: "plateau", why: "every candidate was tried" },
  ];
}
