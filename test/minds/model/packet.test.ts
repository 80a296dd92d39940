import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { measuring } from "../../../src/adapters/python/measuring.ts";
import { packet, packetBytes } from "../../../src/minds/model/packet.ts";
import { sitesOf } from "../../../src/minds/model/sites.ts";
import { takeProfile } from "../../../src/steps/profile.ts";
import type { Brief } from "../../../src/vocabulary/draft.ts";
import { python } from "../../entry/cli/program.ts";

it("tells each site of the sensor example in at most 2 KB what its source cannot", async () => {
  const root = resolve("examples/sensor-pipeline");
  const { profiler } = measuring({
    context: {
      executable: python,
      scratch: mkdtempSync(join(tmpdir(), "packet-")),
      marker: "cm-packet",
      signal: new AbortController().signal,
    },
    root,
    cwd: "",
    exclude: [],
    target: { kind: "script", path: "run.py", args: ["small"] },
    tests: { kind: "pytest", args: "-q tests/test_stages.py" },
    timeoutMs: 120_000,
    treeOf: async () => root,
    words: (text) => text.split(" "),
  });
  const { profile } = await takeProfile(profiler, "here", undefined);
  const sites = sitesOf(profile);
  const lines = (profile.census?.projectLines ?? []).map((it) => ({ ...it, bytes: 4 * it.bytes }));
  const look = {
    coverage: await profiler.coverage("here", sites),
    heavier: { tier: "A", inputRatio: 4, peakBytes: 3.5 * profile.peak.peakBytes, lines },
  };
  const brief = {
    profile,
    look,
    facts: await profiler.facts("here", profile),
    floorBytes: 65_536,
    ledger: [],
    forbidden: [],
    python: [3, 11],
    protect: [],
    allow: [],
    strategies: {},
  } as unknown as Brief;
  expect(sites.length).toBeGreaterThan(5);
  for (const site of sites) expect(Buffer.byteLength(packet(site, brief)), site.name).toBeLessThanOrEqual(packetBytes);
  const told = (name: string) => {
    const site = sites.find((it) => it.name.endsWith(name));
    return site ? packet(site, brief) : `${name} holds nothing`;
  };
  expect(told("audit.py:snapshot")).toMatch(/dicts with keys stage, state/);
  expect(told("audit.py:snapshot")).toMatch(/_processing_log .*MiB go with it/);
  expect(told("parse.py:parse_readings")).toMatch(/stage parse_readings: \+/);
  expect(told("parse.py:parse_readings")).toContain("next peak: load_lines stands at");
  expect(told("parse.py:parse_readings")).toMatch(/Reading .*places that read or name each attribute/);
  expect(told("parse.py:parse_readings")).toMatch(
    /in tier A it holds .* 4\.0 times as much \(the peak 3\.5 times\).* grows as input\^1\.0/,
  );
  expect(told("parse.py:parse_readings")).toMatch(/the tests run \d+ of its \d+ statements/);
  expect(told("calibrate.py:calibrate")).toMatch(/copy\.copy\(reading\)/);
}, 120_000);
