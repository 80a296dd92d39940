import { expect, test } from "vitest";
import { streamIntoConsumer } from "../../../src/minds/catalogue/recipes/stream-into-consumer.ts";
import { type Case, edited, findings, mebibyte, output, proposalOf, reasonOf } from "./expression-case.ts";

/** `f` builds rows and hands them to `take`, which is defined with the given body. */
function given(take: string, use = "return take(rows)", value = "[x * 2 for x in d]", call = "f([1, 2, 3])"): Case {
  const text = `import csv, json\n\n\ndef take(rows, k=0):\n    ${take}\n\n\ndef f(d):\n    rows = ${value}\n    ${use}\n\n\nprint(${call})\n`;
  const line = text.split("\n").findIndex((it) => it.startsWith("    rows = ")) + 1;
  return { files: { "main.py": text, "data.txt": "a,1\nb,2\n" }, held: { [`main.py:${line}`]: 4 * mebibyte } };
}

test.each([
  ["a loop", "n = 0\n    for r in rows:\n        n += r\n    return n"],
  ["a comprehension", "return {r: k for r in rows}"],
  ["a builtin", "return sum(rows)"],
])("into a function with %s", (_, take) => {
  const one = given(take);
  const after = edited(one.files, proposalOf(streamIntoConsumer, one));
  expect(after["main.py"]).toContain("    rows = (x * 2 for x in d)\n");
  expect(output(after)).toBe(output(one.files));
});

test("into a builtin, by keyword, of a csv reader, from another file", () => {
  const builtin = given("pass", "return max(rows)");
  expect(edited(builtin.files, proposalOf(streamIntoConsumer, builtin))["main.py"]).toContain("rows = (x * 2 for x in d)");
  const keyword = given("return sum(rows)", "return take(k=1, rows=rows)");
  expect(proposalOf(streamIntoConsumer, keyword).subject).toBe("rows");
  const reader = given("return [r[0] for r in rows]", "return take(rows)", "list(csv.reader(d))", "f(open('data.txt'))");
  const after = edited(reader.files, proposalOf(streamIntoConsumer, reader));
  expect(after["main.py"]).toContain("    rows = csv.reader(d)\n");
  expect(output(after)).toBe(output(reader.files));
  const other = { "other.py": "def total(rows):\n    return sum(rows)\n" };
  const far = given("pass", "return total(rows)");
  const files = { ...far.files, ...other, "main.py": `from other import total\n${far.files["main.py"]}` };
  const proposal = proposalOf(streamIntoConsumer, { files, held: { "main.py:10": mebibyte } });
  expect(proposal.summary).toBe("let total take the elements of rows one by one");
  expect(proposal.checklist).toMatchSnapshot();
});

test.each([
  ["asks the length", "return len(rows)", "take does not simply run through rows: main.py:5 return len(rows)"],
  [
    "needs two passes",
    "a = sum(rows)\n    return a / max(rows)",
    "take needs rows more than once: main.py:6 return a / max(rows)",
  ],
  [
    "runs through it on one path only",
    "if k:\n        return sum(rows)\n    return 0",
    "take runs through rows on one of its paths only: main.py:6",
  ],
  ["leaves before", "if k:\n        return 0\n    return sum(rows)", "take may leave in main.py:6 before it runs through rows"],
  [
    "runs through it in a loop",
    "for i in (1, 2):\n        n = sum(rows)\n    return n",
    "take runs through rows inside a loop or another function",
  ],
  ["is a generator", "for r in rows:\n        yield r", "take is a generator or coroutine"],
  ["keeps it", "return [rows]", "take does not simply run through rows"],
  ["looks at its locals", "return sum(locals()['rows']) if not k else sum(rows)", "take looks at its own locals"],
])("forbidden: the function %s", (_, take, reason) => {
  expect(reasonOf(streamIntoConsumer, given(take))).toContain(reason);
});

test.each([
  [
    "code outside of the project",
    "return json.dumps(rows)",
    "[x * 2 for x in d]",
    "hands rows to code that is no function of this project",
  ],
  ["effects move", "return take(rows)", "[print(x) for x in d]", "calls print()"],
  [
    "what they come from goes along",
    "return take(rows, d.clear())",
    "[x * 2 for x in d]",
    "hands on d, from which the elements come",
  ],
  ["an unknown source", "return take(rows)", "list(d)", "what d yields is not known"],
])("forbidden: %s", (_, use, value, reason) => {
  expect(reasonOf(streamIntoConsumer, { ...given("return sum(rows)", use, value), run: null })).toContain(reason);
});

test("forbidden: decorated, changed meanwhile by the callee, not recorded", () => {
  const decorated = given("return sum(rows)");
  const text = decorated.files["main.py"]?.replace("def take", "@print\ndef take") ?? "";
  expect(reasonOf(streamIntoConsumer, { files: { "main.py": text }, held: { "main.py:10": mebibyte }, run: null })).toContain(
    "take is decorated",
  );
  const callee = given("for r in rows:\n        r.real = 1", "return take(rows)", "[x.real for x in d]");
  expect(reasonOf(streamIntoConsumer, { ...callee, run: null })).toContain("main.py:6 changes r.real, which the elements read");
  expect(reasonOf(streamIntoConsumer, { ...given("return sum(rows)"), run: null })).toContain("was not recorded");
});

test("into a constructor, which may need it more than once", () => {
  const once = given("pass", "return Bag(rows).total");
  const bag = (body: string) => `class Bag:\n    def __init__(self, rows):\n        ${body}\n\n\n`;
  const files = (body: string) => ({ "main.py": `${bag(body)}${once.files["main.py"]}` });
  const held = { "main.py:14": mebibyte };
  const after = edited(
    files("self.total = sum(rows)"),
    proposalOf(streamIntoConsumer, { files: files("self.total = sum(rows)"), held }),
  );
  expect(output(after)).toBe("12\n");
  expect(reasonOf(streamIntoConsumer, { files: files("self.total = rows"), held })).toContain(
    "Bag.__init__ does not simply run through rows: main.py:3",
  );
});

test("nothing where nothing stands at the peak or the value is used twice", () => {
  expect(findings(streamIntoConsumer, { files: given("return sum(rows)").files, run: null })).toEqual([]);
  expect(findings(streamIntoConsumer, given("return sum(rows)", "take(rows)\n    return rows"))).toEqual([]);
});
