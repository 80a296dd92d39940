import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { writeAtomic } from "../../adapters/disk/files.ts";
import { findMemray, type Memray } from "../../adapters/python/overlay.ts";
import { collapsed } from "../../records/flame/collapsed.ts";
import { speedscope } from "../../records/flame/speedscope.ts";
import { flameSvg } from "../../records/flame/svg.ts";
import { Failure } from "../../vocabulary/failure.ts";
import type { PeakStacks } from "../../vocabulary/stacks.ts";
import type { Project } from "../compose.ts";
import type { Invocation } from "../invocation.ts";
import type { Talk } from "./talk.ts";

/** Says once what memray would add where it is not there. */
export async function memrayOf(project: Project, out: Talk): Promise<Memray> {
  const memray = await findMemray(project.interpreter, { fetch: project.settings.allow.includes("net") });
  if (memray.kind === "none") out.say([`  note: ${memray.why}; the stacks are tracemalloc's`]);
  return memray;
}

/** Writes what the flags ask for; gives the paths. Nothing is run where nothing is asked for. */
export async function writePictures(
  { flags, cwd }: Invocation,
  name: string,
  out: Talk,
  take: () => Promise<PeakStacks | null>,
): Promise<string[]> {
  const wanted = (["flame", "speedscope", "collapsed"] as const).filter((it) => typeof flags[it] === "string");
  if (wanted.length === 0) return [];
  const found = await out.during("taking the stacks at the peak", take);
  if (!found)
    throw new Failure(
      "target-failed",
      "The stacks at the peak could not be taken.",
      "The target must run the same way twice: fix its seeds and inputs.",
    );
  const texts = {
    flame: () => flameSvg(found, { title: name, width: 1200 }),
    speedscope: () => speedscope(found, name),
    collapsed: () => collapsed(found),
  };
  const written: string[] = [];
  for (const kind of wanted) {
    const path = resolve(cwd, String(flags[kind]));
    await writeFile(path, texts[kind]()).catch((error: Error) => {
      throw new Failure("unwritable", `${path} cannot be written: ${error.message}`, `Give --${kind} a path that can.`);
    });
    written.push(path);
  }
  out.say(written.map((it) => `  ${it}`));
  return written;
}

/** Writes the tables where the flags ask for them; gives the paths. */
export async function writeTables(
  { flags, cwd }: Invocation,
  texts: { csv: () => string; markdown: () => string },
  out: Talk,
): Promise<string[]> {
  const written: string[] = [];
  for (const kind of ["csv", "markdown"] as const) {
    if (typeof flags[kind] !== "string") continue;
    const path = resolve(cwd, flags[kind]);
    await writeAtomic(path, texts[kind]());
    written.push(path);
  }
  out.say(written.map((it) => `  ${it}`));
  return written;
}
