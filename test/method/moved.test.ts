import { expect, it } from "vitest";
import { movedTo } from "../../src/method/moved.ts";
import type { Sample } from "../../src/vocabulary/measurement.ts";
import { MiB, sample } from "./state-builder.ts";

const before = [sample(100), sample(100)];
const after = (more: Partial<Sample>) => [sample(80, more), sample(80, more)];
const to = (more: Partial<Sample>, gain = 20 * MiB) => movedTo(before, after(more), 0, gain)?.to ?? null;

it("sees where memory went: to a child, to before the start, to mapped files, to disk", () => {
  expect(to({})).toBeNull();
  expect(to({ startedChildren: true })).toBe("a child process");
  expect(to({ startBytes: 20 * MiB })).toContain("import time");
  expect(to({ fileBytes: 15 * MiB })).toBe("memory-mapped files");
  expect(to({ writtenBytes: 25 * MiB })).toBe("disk");
  expect(to({ sharedBytes: 25 * MiB })).toBe("shared memory");
  expect(movedTo(before, after({}), 15 * MiB, 20 * MiB)?.to).toBe("files in the project's folder");
});

it("does not see it in what is small beside the gain, or not known", () => {
  expect(to({ startBytes: 9 * MiB, fileBytes: 4 * MiB, writtenBytes: 9 * MiB })).toBeNull();
  expect(to({ writtenBytes: 0.5 * MiB }, 0.2 * MiB)).toBeNull();
  expect(to({ startBytes: null, fileBytes: null, writtenBytes: null })).toBeNull();
});
