import { mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { noBubblewrap, ProbeResult, type Rung } from "../../vocabulary/isolation.ts";
import { cacheFolder } from "../disk/cache.ts";
import { findBubblewrap } from "./bubblewrap.ts";
import type { Confinement } from "./confinement.ts";
import { type Probed, runProbes } from "./probes.ts";

type Environment = Parameters<typeof runProbes>[1];

/** What the nine probes show of a rung's closed view on this kernel. `readable`: what it must see to work at all. */
export async function probeRung(
  rung: Rung,
  python: { executable: string; readable: readonly string[] },
  environment: Environment,
): Promise<Probed> {
  if (process.platform !== "linux" && (rung === "namespaces" || rung === "landlock"))
    return { results: [], why: "it needs Linux" };
  if (rung === "namespaces" && findBubblewrap() === null) return { results: [], why: noBubblewrap };
  const confinement: Confinement = {
    rung,
    view: "closed",
    network: false,
    python: python.executable,
    readable: python.readable,
  };
  return runProbes(confinement, environment);
}

const Kept = z.record(z.string(), z.object({ results: z.array(ProbeResult), why: z.string().nullable() }));

/** The same, but what was found since this machine was started is not tried again from the same place: the kernel is the same. */
export async function standingProbes(...question: Parameters<typeof probeRung>): Promise<Probed> {
  const [rung, python] = question;
  const path = join(cacheFolder("isolation"), "standing.json");
  const known = kept(path);
  const name = [rung, python.executable, bootId(), process.getuid?.() ?? "", changed(findBubblewrap()), place()].join(" ");
  const before = known[name];
  if (before) return before;
  const found = await probeRung(...question);
  const now = Object.entries(known).filter(([it]) => it.includes(bootId()));
  try {
    mkdirSync(cacheFolder("isolation"), { recursive: true });
    writeFileSync(path, JSON.stringify({ ...Object.fromEntries(now), [name]: found }));
  } catch {
    // no cache here: it is found out again the next time
  }
  return found;
}

function kept(path: string): z.infer<typeof Kept> {
  try {
    return Kept.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return {};
  }
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "one boot";
  }
}

/** A container and its host may share a home: which of the two this is, and how many filters stand before the kernel. */
function place(): string {
  try {
    const filters = /^Seccomp(?:_filters)?:.*$/gm;
    return [readlinkSync("/proc/self/ns/user"), ...(readFileSync("/proc/self/status", "utf8").match(filters) ?? [])].join(" ");
  } catch {
    return "";
  }
}

/** Another bubblewrap may do other things. */
const changed = (path: string | null): string =>
  path === null ? "none" : String(statSync(path, { throwIfNoEntry: false })?.mtimeMs);
