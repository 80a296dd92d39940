import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hands } from "../../src/adapters/model/hands.ts";
import { microResult } from "../../src/method/micro.ts";
import { Thresholds } from "../../src/vocabulary/settings.ts";
import { writeFiles } from "../adapters/git/user-tree.ts";
import { findPythons } from "../pythons.ts";

const files = {
  "shop.py": `# coding: latin-1
from functools import wraps

@wraps
def cached(f):
    def inner(x):
        return f(x)
    return inner

class Shop:
    def rows(self):
        return [1]
`,
  "use.py": "from shop import Shop\n\ndef total():\n    return sum(Shop().rows())  # rows\n",
  "broken.py": "def rows(:\n",
};

describe.each(findPythons())("a model's hands on $version", ({ executable }) => {
  const root = mkdtempSync(join(tmpdir(), "hands-"));
  writeFiles(root, files);
  const own = hands({
    context: {
      executable,
      scratch: mkdtempSync(join(tmpdir(), "scratch-")),
      marker: "cm-hands",
      signal: new AbortController().signal,
    },
    treeOf: async () => root,
    read: async (_commit, file) => (file in files ? Buffer.from(files[file as keyof typeof files], "latin1") : null),
    docs: null,
    compare: (a, b) => microResult(a, b, Thresholds.parse({})),
  });

  it("find functions and classes by whole lines, nested and decorated ones too", async () => {
    const source = await own.source("c", "shop.py");
    const text = (name: string) => {
      const found = source?.definitions?.find((it) => it.qualname === name);
      return found && Buffer.from(source?.bytes.subarray(found.start, found.end) ?? []).toString("latin1");
    };
    expect(source?.definitions?.map((it) => it.qualname)).toEqual(["cached", "cached.<locals>.inner", "Shop", "Shop.rows"]);
    expect(text("cached")).toMatch(/^@wraps\ndef cached[\s\S]*return inner\n$/);
    expect(text("Shop.rows")).toBe("    def rows(self):\n        return [1]\n");
    expect((await own.source("c", "broken.py"))?.definitions).toBeNull();
    expect(await own.source("c", "lost.py")).toBeNull();
  });

  it("see what edits reach for, and that a text does not parse, before anything is made of them", async () => {
    const text = files["use.py"];
    const edit = (it: string) => [
      { file: "use.py", start: text.indexOf("    return"), end: text.indexOf("    return"), text: it },
    ];
    const found = await own.review("c", edit("    import subprocess\n"));
    expect(found).toContainEqual(expect.objectContaining({ kind: "reach", name: "subprocess", file: "use.py" }));
    expect(await own.review("c", edit("    (((\n"))).toMatchObject([{ kind: "doubt", blocking: true }]);
    expect((await own.review("c", edit("    pass\n"))).filter((it) => it.blocking)).toEqual([]);
  });

  it("find each line that names something, with the function around it", async () => {
    const { uses, more } = await own.uses("c", "rows");
    expect(uses.map((it) => `${it.file}:${it.line} ${it.function}`)).toEqual(["shop.py:11 Shop.rows", "use.py:4 total"]);
    expect(more).toBe(0);
  });

  it("measure two snippets on the tree of the commit; what fails is a sentence", async () => {
    const result = await own.micro("c", {
      setup: "from shop import Shop",
      a: "sum(list(range(200000)))",
      b: "sum(range(200000))",
    });
    expect(result).toMatchObject({ equal: true });
    expect(await own.micro("c", { setup: "", a: "1", b: "nowhere" })).toContain("Snippet B fails");
  });
});
