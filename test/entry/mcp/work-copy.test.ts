import { expect, it } from "vitest";
import { applyEdits } from "../../../src/adapters/git/workspace.ts";
import { blocksOf } from "../../../src/entry/mcp/work-copy.ts";
import { editsFrom } from "../../../src/minds/edit-blocks.ts";

const before = "import os\n\ndef f(x):\n    y = g(x)\n    return y\n\ndef g(x):\n    y = list(x)\n    return y\n";

it.each([
  ["one line", before.replace("list(x)", "x")],
  ["two places at once", `import sys\n${before.replace("y = list(x)\n    return y", "return x")}`],
  ["an insertion at the start", `# first\n${before}`],
  ["an insertion at the end", `${before}\n\nz = 1\n`],
  ["a removal", before.replace("    y = g(x)\n", "")],
  ["lines that stand there twice", before.replace("    return y\n", "    del x\n    return y\n")],
  ["a missing last newline", before.trimEnd()],
])("an edited copy becomes blocks that make it: %s", (_name, after) => {
  const bytes = Buffer.from(before);
  const read = editsFrom(blocksOf("app.py", before, after), new Map([["app.py", { bytes, definitions: null }]]), ["app.py:f"]);
  expect(read.kind === "edits" ? applyEdits(bytes, read.edits).toString() : read.reason).toBe(after);
});
