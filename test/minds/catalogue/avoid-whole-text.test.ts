import { describe, expect, test } from "vitest";
import { avoidWholeText } from "../../../src/minds/catalogue/recipes/avoid-whole-text.ts";
import { type Case, edited, findings, mebibyte, output, proposalOf, reasonOf } from "./expression-case.ts";

const head = "import csv\nfrom io import StringIO\n\n\n";

/** A function `f` of a path, a call of it, and bytes at the line that copies the text. */
function given(body: string, call = "f('data.txt')", more: Record<string, string> = {}): Case {
  const text = `${head}def f(path, whole=False):\n${body}\n\n\nprint(${call})\n`;
  const line = text.split("\n").findIndex((it) => it.includes("StringIO(file.read())")) + 1;
  return {
    files: { "main.py": text, "data.txt": 'a,1\n"b\nc",2\n\nd,3\n', ...more },
    held: { [`main.py:${line}`]: 4 * mebibyte },
  };
}

const opened = (body: string) => `    with open(path) as file:\n${body}`;
const named = (body: string) => opened(`        text = StringIO(file.read())\n${body}`);
const rows = "        reader = csv.reader(text)\n        next(reader)\n        return list(reader)";

describe("lines from the open file", () => {
  test("a reader of a copy by name, with the import where it is missing", () => {
    const one = given(named(rows));
    const proposal = proposalOf(avoidWholeText, one);
    const after = edited(one.files, proposal);
    expect(after["main.py"]).toMatch(/^from io import TextIOBase\nimport csv\n/);
    expect(after["main.py"]).toContain("text = file if isinstance(file, TextIOBase) else StringIO(file.read())\n");
    expect(proposal.scope).toEqual(["main.py:f", "main.py:<module>"]);
    expect(proposal.checklist).toMatchSnapshot();
    expect(output(after)).toBe(output(one.files));
  });

  test.each([
    ["an argument on the spot", opened("        reader = csv.reader(StringIO(file.read()))\n        return list(reader)")],
    [
      "a loop over it",
      opened("        n = 0\n        for line in StringIO(file.read()):\n            n += len(line)\n        return n"),
    ],
    [
      "a file that is closed at the end",
      "    file = open(path)\n    text = StringIO(file.read())\n    rows = tuple(csv.reader(text))\n    file.close()\n    return rows",
    ],
    [
      "a local that is deleted behind its last use",
      named("        rows = list(csv.reader(text))\n        del text\n        return rows"),
    ],
  ])("%s", (_, body) => {
    const one = given(body);
    const after = edited(one.files, proposalOf(avoidWholeText, one));
    expect(after["main.py"]).toContain("isinstance(file, TextIOBase)");
    expect(output(after)).toBe(output(one.files));
  });

  test("a branch that needs the whole text reads it there", () => {
    const sniff =
      "        if whole is None:\n            print(text.getvalue())\n        elif whole:\n            size = len(text.getvalue())\n            print(size, text.getvalue()[:3])\n";
    const one = given(named(sniff + rows), "f('data.txt'), f('data.txt', None), f('data.txt', True)");
    const after = edited(one.files, proposalOf(avoidWholeText, one));
    expect(after["main.py"]).toContain(
      "is None:\n            text = StringIO(text.read())\n            print(text.getvalue())\n",
    );
    expect(after["main.py"]).toContain("elif whole:\n            text = StringIO(text.read())\n            size = len(");
    expect(output(after)).toBe(output(one.files));
  });

  test("whatever is no open text file is copied as before; the caller is told where its file is left", () => {
    const body =
      "    file = path if hasattr(path, 'read') else open(path)\n    text = StringIO(file.read())\n    return next(csv.reader(text))";
    const one = given(body);
    const proposal = proposalOf(avoidWholeText, one);
    const after = edited(one.files, proposal);
    expect(proposal.declaredCosts.join()).toContain("a file that the caller has opened is left where the last line was taken");
    const odd = {
      ...after,
      "main.py": `${after["main.py"]}\nclass Odd:\n    def read(self):\n        return "x,y\\n"\n\n\nprint(f(Odd()))\n`,
    };
    expect(output(odd)).toBe("['a', '1']\n['x', 'y']\n");
  });
});

describe("the whole text stays", () => {
  test.each([
    [
      "the reader outlives the with block",
      "    with open(path) as file:\n        text = StringIO(file.read())\n    return list(csv.reader(text))",
      "behind the with block of line 6",
    ],
    ["the reader is handed out", named("        return csv.reader(text)"), "hands it out of the function"],
    ["a lazy clause is handed out", named("        return (row for row in csv.reader(text))"), "hands it out of the function"],
    [
      "it is kept in a container",
      named("        kept = []\n        kept.append(text)\n        return len(kept)"),
      "hands it on: kept.append(text)",
    ],
    [
      "the file is closed first",
      "    file = open(path)\n    text = StringIO(file.read())\n    file.close()\n    return list(csv.reader(text))",
      "takes lines when line 8 has closed file",
    ],
    [
      "the file is used again",
      named("        file.seek(0)\n        return list(csv.reader(text)), file.read()"),
      "uses file again",
    ],
    [
      "the whole text is needed on every path",
      named("        print(text.getvalue())\n        return list(csv.reader(text))"),
      "needs the whole text on every path",
    ],
    [
      "a condition needs the whole text",
      named("        if text.getvalue():\n            pass\n        return list(csv.reader(text))"),
      "needs the whole text on every path",
    ],
    [
      "lines are taken before a branch needs the text",
      named(
        "        reader = csv.reader(text)\n        n = next(reader)\n        if whole:\n            n = text.getvalue()\n        return n, list(reader)",
      ),
      "takes lines before",
    ],
    ["the function is a generator", named("        yield from csv.reader(text)"), "generator or coroutine"],
    [
      "a second binding",
      named("        rows = list(csv.reader(text))\n        text = None\n        return rows"),
      "bound in more than one place",
    ],
  ])("%s", (_, body, reason) => {
    expect(reasonOf(avoidWholeText, { ...given(body), run: null })).toContain(reason);
  });

  test.each([
    [
      "a lone carriage return",
      given(named("        return [line for line in text]"), "f('odd.txt')", { "odd.txt": "x" }),
      "open(path)",
      "open(path, newline='')",
      "carriage return without a line feed",
    ],
    [
      "a file of another kind",
      given(named(rows)),
      "open(path)",
      "codecs.open(path, encoding='utf-8')",
      "was a codecs.StreamReaderWriter",
    ],
  ])("by what was recorded: %s", (_, one, from, to, reason) => {
    const text = (one.files["main.py"] ?? "").replace(from, to).replace("import csv\n", "import codecs, csv\n");
    const made = { ...one, files: { ...one.files, "main.py": `${text}`, "odd.txt": "a\rb\nc\n" } };
    expect(reasonOf(avoidWholeText, made)).toContain(reason);
  });

  test("not recorded; nothing where nothing stands at the peak", () => {
    const one = given(named(rows));
    expect(reasonOf(avoidWholeText, { ...one, run: null })).toContain("was not recorded");
    expect(findings(avoidWholeText, { files: one.files, run: null })).toEqual([]);
  });
});
