import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { measuring } from "../../../src/adapters/python/measuring.ts";
import { python } from "../../entry/cli/program.ts";

const folder = mkdtempSync(join(tmpdir(), "usage-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const app = `class Item:
    def __init__(self, n):
        self.n = n


if __name__ == "__main__":
    print(len([Item(n) for n in range(10)]))
`;
/** A test that can tell that it is watched, as one that waits for a clock can. */
const watchful = (name: string) => `def test_${name}():
    assert Item.__setattr__ is object.__setattr__


`;
const test = (names: string[]) => `from app import Item


def test_plain():
    assert Item(3).n == 3


${names.map(watchful).join("")}`;

/** What the recorder saw; null where nothing may rest on it. */
async function usage(names: string[]) {
  writeFileSync(join(folder, "app.py"), app);
  writeFileSync(join(folder, "test_app.py"), test(names));
  writeFileSync(join(folder, "test_more.py"), test([]));
  const { profiler } = measuring({
    context: { executable: python, scratch: join(folder, "scratch"), marker: "t", signal: new AbortController().signal },
    root: folder,
    cwd: "",
    exclude: [],
    target: { kind: "script", path: "app.py", args: [] },
    tests: { kind: "pytest", args: "test_app.py test_more.py" },
    timeoutMs: 60_000,
    treeOf: async () => folder,
    words: (text) => text.split(" "),
  });
  return profiler.usage("worktree", { classes: [{ file: "app.py", qualname: "Item" }], values: [] });
}

it("tests that fail beside the recorder are left out, and so is what their file says of others", async () => {
  const seen = await usage(["clock"]);
  expect(seen).toMatchObject({ runs: ["tests", "target"], tests: 2, testFiles: ["test_more.py"] });
  expect(seen?.classes.map((it) => it.attributes.map((one) => one.name))).toContainEqual(["n"]);
}, 120_000);

it("nothing is taken where the recorder changes more than a few", async () => {
  expect(await usage(["a", "b", "c", "d"])).toBeNull();
}, 120_000);
