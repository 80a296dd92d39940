import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { Target } from "../../../src/vocabulary/target.ts";
import { python } from "../../entry/cli/program.ts";
import { measuringIn, script } from "./measuring-in.ts";

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
async function usage(names: string[], target: Target = script("app.py")) {
  writeFileSync(join(folder, "app.py"), app);
  writeFileSync(join(folder, "test_app.py"), test(names));
  writeFileSync(join(folder, "test_more.py"), test([]));
  const { profiler } = measuringIn({ executable: python, folder, target, tests: "." });
  return profiler.usage("worktree", { classes: [{ file: "app.py", qualname: "Item" }], values: [] });
}

it("tests that fail beside the recorder are left out, and so is what their file says of others", async () => {
  const seen = await usage(["clock"]);
  expect(seen).toMatchObject({ runs: ["tests", "target"], tests: 2, testFiles: ["test_more.py"] });
  expect(seen?.classes.map((it) => it.attributes.map((one) => one.name))).toContainEqual(["n"]);
}, 120_000);

it("a target that is one of the tests is watched once, with them", async () => {
  const counted = join(folder, "runs.txt");
  const lines = `import pathlib\n\n\ndef test_counted():\n    with pathlib.Path(${JSON.stringify(counted)}).open("a") as file:\n        file.write("x")\n`;
  writeFileSync(join(folder, "test_counted.py"), lines);
  const seen = await usage([], { kind: "pytest", nodeId: "test_counted.py::test_counted" });
  expect(seen).toMatchObject({ runs: ["tests", "target"], tests: 3 });
  expect(readFileSync(counted, "utf8")).toBe("xx"); // once without the recorder, once with it
}, 120_000);

it("nothing is taken where the recorder changes more than a few", async () => {
  expect(await usage(["a", "b", "c", "d"])).toBeNull();
}, 120_000);
