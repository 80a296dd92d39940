import type { Facts } from "../../vocabulary/facts.ts";
import type { ClassFacts, ClassInfo, Statement } from "../../vocabulary/facts-classes.ts";
import type { HeldType } from "../../vocabulary/profile.ts";
import type { Edit } from "../../vocabulary/proposal.ts";
import { type ClassUsage, type ClassUsageRequest, mergeClassUsage } from "../../vocabulary/usage-classes.ts";
import type { Evidence, Finding } from "./recipe.ts";

/** Live instances from which a class is looked at even when it is small (method.md, 10). */
export const manyInstances = 1000;

export type ClassKey = string;

export function keyOf(info: { file: string; qualname: string }): ClassKey {
  return `${info.file}:${info.qualname}`;
}

/** Every class that the facts know, those of related files included. */
export function classIndex(facts: Facts): Map<ClassKey, ClassInfo> {
  const index = new Map<ClassKey, ClassInfo>();
  for (const file of Object.values(facts.files)) {
    for (const info of [...file.classes.related, ...file.classes.classes]) index.set(keyOf(info), info);
  }
  return index;
}

/** The facts of the file that a class lies in, or of one that is related to it. */
export function factsFor(facts: Facts, info: ClassInfo): ClassFacts | null {
  const own = facts.files[info.file];
  if (own) return own.classes;
  const related = Object.values(facts.files).find((it) => it.classes.related.some((other) => keyOf(other) === keyOf(info)));
  return related?.classes ?? null;
}

/** The class that a runtime type name means (`package.module:Qualified.Name`); null where it is not certain. */
export function classOfType(type: string, evidence: Evidence, index: Map<ClassKey, ClassInfo>): ClassInfo | null {
  const { facts, profile } = evidence;
  const [module = "", qualname = ""] = type.split(":");
  const candidates = [...index.values()].filter((info) => info.qualname === qualname);
  if (module === "__main__") {
    const script = profile.peak.stack.at(-1)?.file;
    const there = candidates.filter((info) => info.file === script);
    if (there.length === 1) return there[0] ?? null;
    return candidates.length === 1 ? (candidates[0] ?? null) : null;
  }
  const exact = candidates.filter((info) => facts.files[info.file]?.module === module);
  if (exact.length === 1) return exact[0] ?? null;
  const near = candidates.filter((info) => `.${dottedPath(info.file)}`.endsWith(`.${module}`));
  return near.length === 1 ? (near[0] ?? null) : null;
}

function dottedPath(file: string): string {
  return file
    .replace(/\.py$/, "")
    .replace(/\/__init__$/, "")
    .replaceAll("/", ".");
}

export interface HotClass {
  info: ClassInfo;
  type: HeldType;
}

/** Project classes with many instances, or many bytes, at the peak. */
export function hotClasses(evidence: Evidence, index: Map<ClassKey, ClassInfo>): HotClass[] {
  const types = evidence.profile.census?.types ?? [];
  return types
    .filter((type) => type.project && (type.count >= manyInstances || type.bytes >= evidence.floorBytes))
    .flatMap((type) => {
      const info = classOfType(type.type, evidence, index);
      return info ? [{ info, type }] : [];
    });
}

/** The project's ancestors of a class, nearest first. */
export function ancestors(info: ClassInfo, index: Map<ClassKey, ClassInfo>): ClassInfo[] {
  const found: ClassInfo[] = [];
  const queue = [info];
  for (let at = queue.shift(); at; at = queue.shift()) {
    for (const base of at.bases) {
      const parent = base.project === null ? undefined : index.get(base.project);
      if (parent && !found.includes(parent) && parent !== info) {
        found.push(parent);
        queue.push(parent);
      }
    }
  }
  return found;
}

export function usageOf(evidence: Evidence, info: ClassInfo): ClassUsage | null {
  const rows = evidence.usage?.classes.filter((it) => it.file === info.file && it.qualname === info.qualname) ?? [];
  return mergeClassUsage(rows);
}

export function requestFor(info: ClassInfo): ClassUsageRequest {
  return { file: info.file, qualname: info.qualname };
}

/** `12 tests and target`: what the recorder's word rests on. */
export function observers(evidence: Evidence): string {
  const usage = evidence.usage;
  if (!usage) return "nothing";
  return usage.runs.map((run) => (run === "tests" ? `${usage.tests} tests` : `the ${run}`)).join(" and ");
}

export function forbid(technique: string, info: ClassInfo, subject: string, evidenceBytes: number, reason: string): Finding {
  const site = { file: info.file, qualname: info.qualname, line: info.line };
  return { kind: "forbidden", forbidden: { technique, site, subject, evidenceBytes, reason } };
}

export function mib(bytes: number): string {
  return `${(bytes / 1048576).toFixed(bytes < 1048576 ? 2 : 1)} MiB`;
}

export function thousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Belongs to the tests by its path, as test runners see it. */
export function isTestFile(file: string): boolean {
  const parts = file.toLowerCase().split("/");
  const name = parts.at(-1) ?? "";
  return /^(test_.*|.*_test|conftest|tests?)\.py$/.test(name) || parts.slice(0, -1).some((it) => /^(tests?|testing)$/.test(it));
}

/** Takes statements out; a block that would become empty gets `pass`. */
export function removal(file: string, statements: readonly Statement[]): Edit[] {
  const perBlock = new Map<number, number>();
  for (const it of statements) perBlock.set(it.block, (perBlock.get(it.block) ?? 0) + 1);
  const filled = new Set<number>();
  return [...statements]
    .sort((a, b) => a.start - b.start)
    .map((it) => {
      const empties = perBlock.get(it.block) === it.blockSize && !filled.has(it.block);
      if (empties) filled.add(it.block);
      return { file, start: it.start, end: it.end, text: empties ? `${it.indent}pass${it.newline}` : "" };
    });
}

/**
 * Bytes of an instance whose attributes lie in its dictionary, the garbage collector's header included
 * (measured on CPython 3.9 to 3.13; catalogue of object costs).
 */
export function dictInstanceBytes(python: readonly [number, number], attributes: number): number {
  const minor = python[1];
  const head = minor === 12 ? 40 : 48;
  if (attributes > 30 && minor >= 11) {
    const size = powerAbove(3 * attributes);
    return head + 64 + 32 + size + Math.floor((size * 2) / 3) * 16;
  }
  if (minor >= 11) return head + 16 * Math.ceil((8 * attributes + 24) / 16);
  let size = 8;
  while (Math.floor((size * 2) / 3) < attributes) size *= 2;
  return head + 64 + 8 * Math.floor((size * 2) / 3);
}

/** The same instance with slots. */
export function slottedInstanceBytes(python: readonly [number, number], attributes: number, weakReferences: boolean): number {
  const weak = weakReferences ? (python[1] >= 12 ? 16 : 8) : 0;
  return 32 + 8 * attributes + weak;
}

function powerAbove(value: number): number {
  let power = 8;
  while (power <= value) power *= 2;
  return power;
}
