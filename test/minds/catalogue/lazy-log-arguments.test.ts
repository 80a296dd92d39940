import { expect, test } from "vitest";
import { lazyLogArguments } from "../../../src/minds/catalogue/recipes/lazy-log-arguments.ts";
import { type Case, edited, findings, mebibyte, output, proposalOf, reasonOf } from "./expression-case.ts";

/** `log.debug(message)` with the level off in the recorded run. */
function given(message: string, level = "INFO", more: Record<string, string> = {}, call = "log.debug"): Case {
  const text = `import logging\nimport sys\n\nlog = logging.getLogger("a")\nlogging.basicConfig(stream=sys.stdout, format="%(message)s")\nlog.setLevel("${level}")\nx, y = 3.14159, {"k": "v"}\n${call}(${message})\nprint(x)\n`;
  return {
    files: { "main.py": text },
    rises: { "main.py:8": mebibyte },
    ...(Object.keys(more).length > 0 ? { files: { "main.py": text, ...more } } : {}),
  };
}

test.each([
  ['f"x is {x}"', '"x is %s", x'],
  ["f\"{x!r} and {y['k']!a} 100%\"", "\"%r and %a 100%%\", x, y['k']"],
  ['f"{x:.2f} {x:08.3f} {len(y):d} {255:x}"', '"%.2f %08.3f %d %x", x, x, len(y), 255'],
  ['f"a\\n\\"q\\" \\\\ {x}"', '"a\\n\\"q\\" \\\\ %s", x'],
  ['"x is %s, %5.1f%%" % (y, x)', '"x is %s, %5.1f%%", y, x'],
  ['"{} of {}".format(x, y)', '"%s of %s", x, y'],
  ['"{a!r} {b:.1f}".format(a=y, b=x)', '"%r %.1f", y, x'],
  ['f"{y}", exc_info=False', '"%s", y, exc_info=False'],
])("%s", (before, after) => {
  const one = given(before);
  const files = edited(one.files, proposalOf(lazyLogArguments, one));
  expect(files["main.py"]).toContain(`log.debug(${after})\n`);
  const on = (it: string) => ({ "main.py": it.replace('setLevel("INFO")', 'setLevel("DEBUG")') });
  expect(output(on(files["main.py"] ?? ""))).toBe(output(on(one.files["main.py"] ?? "")));
});

test("the module's own functions; the whole proposal", () => {
  const proposal = proposalOf(lazyLogArguments, given('f"x is {x}"', "INFO", {}, "logging.debug"));
  expect(proposal).toMatchObject({ sweep: "log-formatting", evidenceBytes: mebibyte });
  expect(proposal.evidence).toContain("switched off in 1 of 1 call from the target");
  expect(proposal.checklist).toMatchSnapshot();
});

test.each([
  ["the level is on", given('f"{x}"', "DEBUG"), "log.debug was switched on in all of 1 call"],
  ["a format without equal", given('f"{x:>10}"'), "the format >10 of x has no equal"],
  ["a format with a conversion", given('f"{x!r:5}"'), "the format 5 of x has no equal"],
  ["a computed format", given('f"{x:{len(y)}}"'), "a format is itself computed"],
  ["binding a name", given('f"{(z := x)}"'), "binds a name"],
  ["a value that may be a tuple", given('"%s" % y'), "may be a tuple"],
  ["values by name", given('"%(k)s" % y'), "takes its values by name"],
  ["another order", given('"{1} {0}".format(x, y)'), "in another order"],
  ["a field with a path", given('"{0[k]}".format(y)'), "is no plain value"],
  ["an unknown logger", given('f"{x}"', "INFO", {}, "print.debug"), "print is not known to be a logging.Logger"],
  ["keywords by **", given('f"{x}", **{}'), "hands on keywords by **"],
  [
    "a handler that formats later",
    given('f"{x}"', "INFO", { "h.py": "from logging.handlers import QueueHandler\nh = QueueHandler(None)\n" }),
    "QueueHandler in h.py:2 formats later",
  ],
  [
    "a filter that reads the raw message",
    given('f"{x}"', "INFO", { "h.py": "def f(record):\n    return 'x' in record.msg\n" }),
    "h.py:2 reads record.msg",
  ],
])("forbidden: %s", (_, one, reason) => {
  expect(reasonOf(lazyLogArguments, reason.includes("print is") ? { ...one, run: null } : one)).toContain(reason);
});

test("nothing: no values, already lazy, small", () => {
  expect(findings(lazyLogArguments, { ...given('f"plain"'), run: null })).toEqual([]);
  expect(findings(lazyLogArguments, { ...given('"%s", x'), run: null })).toEqual([]);
  expect(findings(lazyLogArguments, { ...given('f"{x}"'), rises: {}, run: null })).toEqual([]);
});
