import { describe, expect, test } from "vitest";
import type { Edit } from "../../src/vocabulary/proposal.ts";
import { applied, verified } from "../minds/catalogue/lifetime-case.ts";

const text = `import os


class A:
    def f(self, x):
        y = g(x)  # a comment
        if y:
            z = y
        else:
            z = x
        return h(z)


def k(a):
    b = a
    return b
`;
/** Replaces (or inserts behind) the one place of the text that reads \`from\`. */
function edit(from: string, to: string, more: Partial<Edit> = {}): Edit {
  const start = text.indexOf(from);
  if (start < 0 || text.indexOf(from, start + 1) >= 0) throw new Error(`${from} does not stand once in the text`);
  return { file: "before.py", start, end: start + from.length, text: to, ...more };
}
const behind = (line: string, added: string): Edit => {
  const one = edit(line, added);
  return { ...one, start: one.end };
};

describe("ok", () => {
  test.each([
    ["a del behind a statement", [behind("y = g(x)  # a comment", "\n        del x")], "may be unbound|read again"],
    ["a del behind a whole if", [behind("            z = x", "\n        del x, y")], ""],
    ["dels at one place in two blocks", [behind("            z = x", "\n            del x\n        del y")], ""],
    ["a statement taken out", [edit("    b = a\n", ""), edit("return b", "return a")], ""],
    ["the last statements of a function taken out, with the empty line before them", [edit("        return h(z)\n\n", "")], ""],
    ["an expression replaced", [edit("h(z)", "h(g(z))")], ""],
    ["a keyword put into a class head", [edit("class A:", "class A(object):")], ""],
    ["a line at the head of a class", [behind("class A:", "\n    __slots__ = ()\n")], ""],
    ["nothing at all", [], ""],
  ] as [string, Edit[], string][])("%s", (_, edits, refused) => {
    const answer = verified(text, edits);
    if (refused) expect(answer).toMatchObject({ ok: false, why: expect.stringMatching(refused) });
    else expect(answer).toMatchObject({ ok: true, why: "" });
  });
});

test("names the functions of the text after, classes not among them", () => {
  const text = "class A:\n    x = 1\n    def m(self):\n        def inner(): pass\n        return inner\n\nasync def g(): pass\n";
  expect(verified(text, [{ file: "before.py", start: 17, end: 18, text: "2" }])).toEqual({
    ok: true,
    why: "",
    functions: ["A.m", "A.m.<locals>.inner", "g"],
  });
});

describe("refused, with the reason", () => {
  test.each([
    [
      "a name that is read again",
      [behind("y = g(x)  # a comment", "\n        del y")],
      "`y` is read again after the new del in line 7 of A.f",
    ],
    [
      "a name bound on one path only",
      [behind("            z = y", "\n            del x"), behind("            z = x", "\n        del x")],
      "`x` is read again after the new del in line 9 of A.f; `x` may be unbound at the new del in line 12 of A.f",
    ],
    ["a name that is not bound", [behind("    b = a", "\n    del c")], "`c` may be unbound at the new del in line 16 of k"],
    ["a name of the module", [behind("import os", "\ndel os")], "the new del in line 2 is of a name of the module or class"],
    ["no Python", [edit("return b", "return (")], "it no longer parses"],
    [
      "no Python for the compiler",
      [edit("    return b\n", "    return b\n\n\nreturn b\n")],
      "it no longer parses: 'return' outside function in line 19",
    ],
    [
      "edits that overlap",
      [edit("return b", "return a"), edit("eturn b", "eturn a")],
      "edits overlap or lie outside of the file",
    ],
    [
      "a place beyond the end",
      [{ file: "before.py", start: 9999, end: 9999, text: "x" }],
      "edits overlap or lie outside of the file",
    ],
    [
      "an indentation that moves a neighbour",
      [
        edit(
          "        else:\n            z = x\n        return h(z)",
          "        else:\n            z = x\n            return h(z)",
        ),
      ],
      "",
    ],
  ] as [string, Edit[], string][])("%s", (_, edits, why) => {
    const answer = verified(text, edits);
    if (why) expect(answer).toMatchObject({ ok: false, why: expect.stringContaining(why) });
    else expect(answer.ok).toBe(true); // the edit covers the statement that it moves
  });
  test("a text that is not the text before with these edits", () => {
    const edits = [edit("return b", "return a")];
    const answer = verified(text, edits, undefined, applied(text, edits).replace("import os", "import re"));
    expect(answer).toMatchObject({ ok: false, why: "the text after is not the text before with these edits" });
  });
  test("an edit that swallows what stands behind it", () => {
    const edits = [behind("    b = a", '\n    c = """')];
    const after = `${text.slice(0, -1)}  # """\n`;
    const answer = verified(after, edits);
    expect(answer).toMatchObject({ ok: false, why: "the code around line 16 changed beyond the edit" });
  });
  test("an edit that takes the else from the statement before it", () => {
    const answer = verified(text, [behind("            z = y", "\n        if y:\n            pass")]);
    expect(answer).toMatchObject({ ok: false, why: "the code around line 7 changed beyond the edit" });
  });
  test("a del that was there before may stay, whatever it is", () => {
    const old = "def f(a):\n    if a:\n        del a\n    return 1\n\n\ndef g(b):\n    c = b\n    return c\n";
    const start = old.indexOf("    return c");
    expect(verified(old, [{ file: "before.py", start, end: start, text: "    del b\n" }])).toMatchObject({ ok: true, why: "" });
  });
  test("letters that the file's coding does not have", () => {
    const latin = "# -*- coding: latin-1 -*-\nx = '\xe9'\n";
    const answer = verified(latin, [{ file: "before.py", start: latin.length, end: latin.length, text: "y = '\u00e9'\n" }]);
    expect(answer).toMatchObject({ ok: false, why: "the edit's text cannot be written in iso-8859-1" });
  });
});
