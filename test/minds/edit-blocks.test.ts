import { describe, expect, it } from "vitest";
import { applyEdits } from "../../src/adapters/git/workspace.ts";
import { type Definition, type EditBlock, editsFrom } from "../../src/minds/edit-blocks.ts";

const source = `import csv


def load(path):
    rows = list(csv.reader(path))
    return rows


class Store:
    limit = 3

    def put(self, row):
        self.rows.append(row)
        self.count += 1

    def get(self):
        return self.rows


def total(path):
    return sum(len(row) for row in load(path))
`;

/** Spans of whole lines, found by the text alone: enough for this source. */
function definitionsOf(text: string): Definition[] {
  const lines = text.split(/(?<=\n)/);
  const offsets = lines.map((_, index) => Buffer.byteLength(lines.slice(0, index).join("")));
  const found: Definition[] = [];
  for (const [index, line] of lines.entries()) {
    const [, space = "", name] = line.match(/^( *)(?:def|class) (\w+)/) ?? [];
    if (name === undefined) continue;
    let last = index;
    for (let at = index + 1; at < lines.length; at++) {
      if (lines[at]?.trim() === "") continue;
      if ((lines[at]?.match(/^ */)?.[0].length ?? 0) <= space.length) break;
      last = at;
    }
    const owner = found.findLast((it) => it.indent < space.length && it.end > (offsets[index] ?? 0));
    const end = (offsets[last] ?? 0) + Buffer.byteLength(lines[last] ?? "");
    found.push({
      qualname: owner ? `${owner.qualname}.${name}` : name,
      start: offsets[index] ?? 0,
      end,
      indent: space.length,
    });
  }
  return found;
}

const scope = ["app.py:load", "app.py:total"];
function read(blocks: EditBlock[], options: { text?: string; bytes?: Buffer; scope?: string[]; protect?: string[] } = {}) {
  const bytes = options.bytes ?? Buffer.from(options.text ?? source);
  const definitions = options.bytes ? null : definitionsOf(bytes.toString());
  const answer = editsFrom(blocks, new Map([["app.py", { bytes, definitions }]]), options.scope ?? scope, options.protect);
  return answer.kind === "refused" ? answer.reason : applyEdits(bytes, answer.edits).toString("latin1");
}
const block = (search: string, replace: string, file = "app.py"): EditBlock => ({ file, search, replace });
const refusal = (search: string, replace: string, more: Parameters<typeof read>[1] = {}) => read([block(search, replace)], more);

describe("search/replace blocks", () => {
  it("become edits in several functions, cut down to the lines that change", () => {
    const blocks = [
      block(
        "def load(path):\n    rows = list(csv.reader(path))\n    return rows\n",
        "def load(path):\n    yield from csv.reader(path)\n",
      ),
      block("    return sum(len(row) for row in load(path))", "    return sum(map(len, load(path)))"),
    ];
    expect(read(blocks)).toBe(
      source
        .replace("    rows = list(csv.reader(path))\n    return rows\n", "    yield from csv.reader(path)\n")
        .replace("sum(len(row) for row in load(path))", "sum(map(len, load(path)))"),
    );
    const answer = editsFrom(blocks, new Map([["app.py", { bytes: Buffer.from(source), definitions: null }]]), scope);
    expect(answer.kind === "edits" && answer.edits[0]?.text).toBe("    yield from csv.reader(path)\n");
  });

  it("say what is wrong with a quotation: not there, white space, more than once, empty, no change", () => {
    expect(refusal("    rows = read(path)", "x")).toContain("no line of the file is `rows = read(path)`");
    expect(refusal("  rows = list(csv.reader(path))\n  return rows", "x")).toContain("with this white space");
    expect(refusal("rows", "lines")).toMatch(/is in app\.py 4 times \(lines 5, 6, 13, 17\)/);
    expect(refusal("  ", "x")).toContain("is empty");
    expect(refusal("    return rows\n", "    return rows\n")).toContain("change nothing");
    expect(read([])).toBe("there is no edit");
    expect(refusal("    return rows\n", "    return '\ud800'\n")).toContain("no valid text");
  });

  it("are refused where two of them overlap", () => {
    const blocks = [block("list(csv.reader(path))", "csv.reader(path)"), block("rows = list(csv", "rows = tuple(csv")];
    expect(read(blocks)).toBe("two edits of app.py overlap");
  });

  it("stay in their scope: function, class, module level, tests and protected paths", () => {
    expect(refusal("self.count += 1", "self.count += 2")).toContain("touches Store.put, which is not in the scope");
    expect(refusal("self.count += 1", "self.count += 2", { scope: ["app.py:Store"] })).toContain("self.count += 2");
    expect(refusal("    limit = 3\n", "    __slots__ = ()\n    limit = 3\n", { scope: ["app.py:Store.put"] })).toContain(
      "touches Store,",
    );
    expect(refusal("import csv\n", "import csv\nimport json\n")).toContain("touches the module level");
    expect(refusal("import csv\n", "import csv\nimport json\n", { scope: ["app.py:<module>"] })).toContain("import json");
    expect(refusal("    return rows\n\n\nclass Store:\n    limit", "    return rows\n\n\nclass Shop:\n    limit")).toContain(
      "touches Store",
    );
    expect(refusal("x", "y", { scope: ["other.py:load"] })).toBe("app.py is not in the scope of the change");
    expect(refusal("x", "y", { protect: ["app.py"] })).toBe("app.py is protected (app.py)");
    expect(read([block("x", "y", "tests/test_app.py")], { scope: ["tests/test_app.py:test_x"] })).toBe(
      "tests/test_app.py is a test",
    );
    expect(read([block("x", "y", "../app.py")], { scope: ["../app.py:x"] })).toContain("outside the project");
    expect(read([block("x", "y", "lost.py")], { scope: ["lost.py:x"] })).toBe("lost.py is not in the commit");
  });

  it("count lines behind a function as its own while they are indented deeper", () => {
    const last = "    return sum(len(row) for row in load(path))\n";
    expect(refusal(last, `${last}    # the end\n`)).toContain("# the end");
    expect(refusal(last, `${last}\n\nmore = 1\n`)).toContain("touches the module level");
    const put = "        self.count += 1\n";
    expect(refusal(put, `${put}        self.size += 1\n`, { scope: ["app.py:Store.put"] })).toContain("self.size += 1");
    const method = `${put}\n    def clear(self):\n        self.rows.clear()\n`;
    expect(refusal(put, method, { scope: ["app.py:Store.put"] })).toContain("touches Store,");
    expect(refusal(put, method, { scope: ["app.py:Store"] })).toContain("def clear");
  });

  it("keep every other byte: line ends, a byte order mark, other encodings", () => {
    const windows = source.replaceAll("\n", "\r\n");
    expect(
      refusal("    rows = list(csv.reader(path))\n    return rows\n", "    return csv.reader(path)\n", { text: windows }),
    ).toBe(windows.replace("    rows = list(csv.reader(path))\r\n    return rows\r\n", "    return csv.reader(path)\r\n"));
    const accents = Buffer.from("# coding: latin-1\nname = 'caf\xe9'\nsize = 1\n", "latin1");
    expect(read([block("size = 1", "size = 2")], { bytes: accents, scope: ["app.py:<module>"] })).toBe(
      "# coding: latin-1\nname = 'caf\xe9'\nsize = 2\n",
    );
    const wide = Buffer.from("\ufeffname = 'é→'\nsize = 1\n");
    expect(read([block("name = 'é→'\nsize = 1", "name = 'é→'\nsize = 'ü'")], { bytes: wide, scope: ["app.py:<module>"] })).toBe(
      Buffer.from("\ufeffname = 'é→'\nsize = 'ü'\n").toString("latin1"),
    );
  });
});
