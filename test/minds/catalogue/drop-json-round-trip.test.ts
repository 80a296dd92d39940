import { expect, test } from "vitest";
import { dropJsonRoundTrip } from "../../../src/minds/catalogue/recipes/drop-json-round-trip.ts";
import { type Case, edited, findings, mebibyte, output, proposalOf, reasonOf } from "./expression-case.ts";

/** Real recorder throughout: `value` is what the function gets. */
function given(body: string, value = '{"a": [1, 2.5, None, "x"]}', call = (it: string) => `print(_check(${it}))`): Case {
  const text = `import json\n\n\ndef _check(x):\n    ${body}\n\n\ndef main():\n    ${call(value)}\n\n\nmain()\n`;
  const line = text.split("\n").findIndex((it) => it.includes("json.loads")) + 1;
  return { files: { "main.py": text }, held: { [`main.py:${line}`]: 3 * mebibyte } };
}

test("the result is only read: the argument takes its place", () => {
  const one = given("y = json.loads(json.dumps(x))\n    return len(y)");
  const proposal = proposalOf(dropJsonRoundTrip, one);
  const after = edited(one.files, proposal);
  expect(after["main.py"]).toContain("    y = x\n    return len(y)\n");
  expect(output(after)).toBe(output(one.files));
  expect(proposal).toMatchObject({ sweep: "json-round-trip", technique: "drop-json-round-trip" });
  expect(proposal.declaredCosts[0]).toContain("no longer refuses");
  expect(proposal.checklist).toMatchSnapshot();
});

test("the result is not used: the statement goes", () => {
  const one = given("json.loads(json.dumps(x))\n    return len(x)");
  expect(edited(one.files, proposalOf(dropJsonRoundTrip, one))["main.py"]).toContain("def _check(x):\n    return len(x)\n");
  const alone = given("json.loads(json.dumps(x))");
  expect(edited(alone.files, proposalOf(dropJsonRoundTrip, alone))["main.py"]).toContain("def _check(x):\n    pass\n");
});

test("an argument that is built on the spot may be handed out", () => {
  const one = given('return json.loads(json.dumps({"n": x["a"]}))', '{"a": 1}');
  const after = edited(one.files, proposalOf(dropJsonRoundTrip, one));
  expect(after["main.py"]).toContain('    return {"n": x["a"]}\n');
  expect(output(after)).toBe(output(one.files));
});

test.each([
  [
    "a tuple becomes a list",
    "y = json.loads(json.dumps(x))\n    return len(y)",
    '{"a": (1, 2)}',
    "the copy differs from the original in 1 of 1 call",
  ],
  [
    "a number as key becomes text",
    "y = json.loads(json.dumps(x))\n    return len(y)",
    "{1: 2}",
    "the copy differs from the original in 1 of 1 call",
  ],
  [
    "a class of dict becomes dict",
    "y = json.loads(json.dumps(x))\n    return len(y)",
    "__import__('collections').OrderedDict(a=1)",
    "another type",
  ],
  [
    "another type of the whole",
    "y = json.loads(json.dumps(x))\n    return len(y)",
    "(1, 2)",
    "the copy has another type than the original",
  ],
  [
    "the refusal was seen",
    "try:\n        json.loads(json.dumps(x))\n    except TypeError:\n        return False",
    "{1, 2}",
    "the copy raised TypeError in a recorded run",
  ],
  [
    "options that change the value",
    "return len(json.loads(json.dumps(x, default=str)))",
    '{"a": 1}',
    "json.dumps has the option default",
  ],
  [
    "options of loads",
    "return len(json.loads(json.dumps(x), parse_float=str))",
    '{"a": 1}',
    "json.loads has the option parse_float",
  ],
])("forbidden: %s", (_, body, value, reason) => {
  expect(reasonOf(dropJsonRoundTrip, given(body, value))).toContain(reason);
});

test("forbidden: the result is changed while the caller still reads the argument", () => {
  const one = given(
    "y = json.loads(json.dumps(x))\n    y['b'] = 1\n    return y",
    '{"a": 1}',
    (it) => `v = ${it}\n    print(_check(v), v)`,
  );
  expect(reasonOf(dropJsonRoundTrip, one)).toContain("the caller reads the original again: v in main (main.py:12)");
});

test("forbidden: not recorded; nothing where nothing stands at the peak", () => {
  const one = given("return len(json.loads(json.dumps(x)))");
  expect(reasonOf(dropJsonRoundTrip, { ...one, run: null })).toContain("was not recorded");
  expect(findings(dropJsonRoundTrip, { files: one.files, run: null })).toEqual([]);
});
