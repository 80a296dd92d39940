import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findInterpreter } from "../../../src/adapters/python/interpreter.ts";
import { findMemray } from "../../../src/adapters/python/overlay.ts";
import { aPython } from "../../pythons.ts";
import { measuringIn, script } from "./measuring-in.ts";

const folder = mkdtempSync(join(tmpdir(), "memray-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const interpreter = await findInterpreter({ setting: aPython().executable, from: folder, root: folder });
// Only what the set-up fetched: a test needs no network.
const memray = await findMemray(interpreter, { fetch: false });
if (memray.kind === "none") console.log(`skipped: ${memray.why}`);

const app = `import importlib.util, mmap, sys

def hold():
    return mmap.mmap(-1, 30 * 2**20)

held = hold()
spec = importlib.util.find_spec("rich")
assert spec is None or spec.origin.startswith(sys.prefix), spec
`;

describe.skipIf(memray.kind === "none")("memray", () => {
  it("sees what Python's own allocator does not, by line, and the target can import nothing of the overlay", async () => {
    writeFileSync(join(folder, "app.py"), app);
    const ports = measuringIn({ executable: interpreter.executable, folder, target: script("app.py") });
    const found = await ports.stacks("worktree", memray, { peakBytes: 0, event: 0, stack: [] });
    expect(found?.partial).toBeNull();
    const [largest] = found?.stacks ?? [];
    expect(Math.abs((largest?.bytes ?? 0) / (30 * 2 ** 20) - 1)).toBeLessThan(0.01);
    expect(largest?.frames.at(-1)).toMatchObject({ file: "app.py", line: 4, function: "hold" });
  }, 120_000);
});
