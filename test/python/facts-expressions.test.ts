import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ExpressionFacts } from "../../src/vocabulary/facts-expressions.ts";
import { type Files, factsOf, thePython } from "../minds/catalogue/expression-case.ts";
import { findPythons } from "../pythons.ts";

const one = (text: string, more: Files = {}): ExpressionFacts =>
  factsOf({ "main.py": text, ...more })["main.py"] as ExpressionFacts;

const sample = `"""Docs: é."""
from __future__ import annotations
import copy, json, logging
import numpy as np

log = logging.getLogger(__name__)
_seen = []


def work(rows):
    out = []
    for r in rows:
        q = copy.copy(r)
        _seen.append({"id": r.id, "né": len(out)})
        out.append(q)
    log.debug(f"é {len(out)!r} {rows}")
    s = sum([r.id for r in rows])
    for k, v in list(rows.items()):
        s += v
    xs = [r.id for r in rows]
    return max(xs), np.abs(s).max(), json.loads(json.dumps({"a": s}))
`;

describe.each(findPythons())("on Python $version", ({ executable }) => {
  test("every list of facts, with spans of raw bytes", () => {
    const facts = factsOf({ "main.py": sample }, executable)["main.py"] as ExpressionFacts;
    const raw = Buffer.from(sample);
    const texts = (list: readonly { span: readonly [number, number] }[]) => list.map((it) => raw.subarray(...it.span).toString());
    expect(texts(facts.copies)).toEqual(expect.arrayContaining(["copy.copy(r)", 'json.loads(json.dumps({"a": s}))']));
    expect(texts(facts.consumedLists)).toEqual(["[r.id for r in rows]"]);
    expect(texts(facts.loopSources)).toEqual(["list(rows.items())"]);
    expect(texts(facts.singleUses)).toEqual(["[r.id for r in rows]"]);
    expect(texts(facts.tuples)).toEqual(['max(xs), np.abs(s).max(), json.loads(json.dumps({"a": s}))']);
    expect(texts(facts.eagerLogs)).toEqual(['f"é {len(out)!r} {rows}"']);
    expect(texts(facts.absExtrema)).toEqual(["np.abs(s).max()"]);
    expect(texts(facts.containers.find((it) => it.name === "_seen")?.growths ?? [])).toEqual([
      '_seen.append({"id": r.id, "né": len(out)})',
    ]);
    expect(facts.eagerLogs[0]?.pieces).toEqual([
      { literal: "é ", expression: null, conversion: null, spec: null },
      { literal: "", expression: "len(out)", conversion: "r", spec: null },
      { literal: " ", expression: null, conversion: null, spec: null },
      { literal: "", expression: "rows", conversion: null, spec: null },
    ]);
    expect(raw.subarray(facts.importAt).toString()).toMatch(/^import copy/);
  });
});

test("a tuple with the types that its text proves, in brackets of its own, where a table and a statement may stand", () => {
  const text = `def f(xs):
    kept = {}
    if xs:
        for x in xs:
            kept[x] = (x), int(x), f"{x}", f"{x}-", not x, len(x), 1.5
    return kept
`;
  const [site, ...more] = one(text).tuples;
  expect(more).toEqual([]);
  expect(site).toMatchObject({
    form: "display",
    value: '((x), int(x), f"{x}", f"{x}-", not x, len(x), 1.5)',
    items: [null, "int", null, "str", "bool", "int", "constant"],
    names: { table: "shared", value: "same" },
    before: { at: text.indexOf("        for x"), indent: "        " },
    statement: { at: text.indexOf("            kept[x]"), indent: "            " },
    blockers: [],
  });
});

test("every module of the standard library can be read", () => {
  const folder = execFileSync(thePython(), ["-c", "import os; print(os.path.dirname(os.__file__))"], { encoding: "utf8" }).trim();
  const files = readdirSync(folder)
    .filter((it) => it.endsWith(".py"))
    .slice(0, 60);
  const driver = `
import json, sys, types, os
package = types.ModuleType("_codeflash_memory"); package.__path__ = [sys.argv[1]]; sys.modules["_codeflash_memory"] = package
import importlib
facts = importlib.import_module("_codeflash_memory.facts.expressions").facts
Source = importlib.import_module("_codeflash_memory.facts.spans").Source
files = [os.path.join(sys.argv[2], it) for it in sys.argv[3:]]
print(json.dumps([facts(Source.read(it), os.path.basename(it), files) for it in files]))
`;
  const output = execFileSync(thePython(), ["-B", "-c", driver, join(process.cwd(), "python"), folder, ...files], {
    encoding: "utf8",
    maxBuffer: 1e9,
  });
  const all = (JSON.parse(output) as unknown[]).map((it) => ExpressionFacts.parse(it));
  expect(all.reduce((sum, it) => sum + it.containers.length + it.copies.length, 0)).toBeGreaterThan(100);
});

describe("uses of a name", () => {
  const how = (statement: string) =>
    one(`import copy\ndef f(x):\n    y = copy.copy(x)\n    ${statement}\n`).copies[0]?.resultUses.map(
      (it) => `${it.how}${it.deep ? " deep" : ""}`,
    );
  test.each([
    ["len(y)", ["length"]],
    ["print(y)", ["reads"]],
    ["if y: pass", ["reads"]],
    ["y is None", ["reads"]],
    ["y is x", ["identity"]],
    ["y == x", ["reads"]],
    ["y.a", ["reads deep"]],
    ["y.a = 1", ["sets-attribute"]],
    ["y['a'] = 1", ["sets-attribute"]],
    ["y[x] = 1", ["changes"]],
    ["y.a.b = 1", ["changes deep"]],
    ["y.append(1)", ["changes"]],
    ["y.a.append(1)", ["changes deep"]],
    ["y += [1]", ["changes"]],
    ["del y", ["deleted"]],
    ["y.get(1)", ["reads"]],
    ["y.frobnicate()", ["passed"]],
    ["frobnicate(y)", ["passed"]],
    ["frobnicate(k=y)", ["passed"]],
    ["frobnicate(*y)", ["passed"]],
    ["z = y", ["aliased"]],
    ["z = y or x", ["aliased"]],
    ["z = 1 if y else 2", ["reads"]],
    ["z.a = y", ["stored"]],
    ["z.append(y)", ["stored"]],
    ["z = [y]", ["stored"]],
    ["return y", ["returned"]],
    ["return y.a", ["returned deep"]],
    ["sum(y)", ["iterates"]],
    ["for r in y: pass", ["iterates"]],
    ["for r in y: r.a = 1", ["iterates", "sets-attribute deep"]],
    ["for i, r in enumerate(y): z.append(r)", ["iterates", "stored deep"]],
  ])("%s", (statement, wanted) => {
    expect(how(statement)).toEqual(wanted);
  });
});

describe("purity", () => {
  const effects = (expression: string, more = "") =>
    one(`import copy, json, time\n${more}\n_log = []\ndef f(r, d):\n    _log.append(${expression})\n`).containers.find(
      (it) => it.name === "_log",
    )?.growths[0]?.effects;
  test.each([
    "r",
    "r.a.b",
    "{'a': r.a, 'b': d['k']}",
    "dict(r)",
    "copy.deepcopy(r)",
    "json.dumps(r)",
    "f'{r.a:.2f}'",
    "r.name.strip().lower()",
    "time.time()",
    "len(r) + d[0] * 2",
    "sorted(d.items())",
    "[x for x in d.values()]",
    "r if d else None",
    "lambda: r",
    "str(r) % 3",
  ])("free of effects: %s", (expression) => {
    expect(effects(expression)).toEqual([]);
  });
  test.each([
    ["save(r)", "calls save()"],
    ["r.save()", "calls r.save()"],
    ["r.pop()", "calls r.pop()"],
    ["next(r)", "next() runs through r"],
    ["list(r)", "list() runs through r"],
    ["[x for x in r]", "iterates r"],
    ["(y := r)", "binds y"],
    ["open(r).read()", "calls open()"],
    ["d[0](r)", "calls a computed function()"],
  ])("has an effect: %s", (expression, why) => {
    expect(effects(expression)?.join()).toContain(why);
  });
  test.each([
    ["def save(r):\n    return {'id': r.id}", true],
    ["def save(r):\n    out = {}\n    for k in ('a', 'b'):\n        out[k] = getattr(r, k)\n    return out", true],
    ["def save(r):\n    out = []\n    out.append(r)\n    return out", true],
    ["def save(r):\n    r.seen = True\n    return r", false],
    ["def save(r):\n    global n\n    n = 1", false],
    ["def save(r):\n    return print(r)", false],
    ["def save(r):\n    return save2(r)\ndef save2(r):\n    return r.id", true],
    ["def save(r):\n    return save2(r)\ndef save2(r):\n    return r.pop()", false],
    ["def save(r):\n    r = r or []\n    r.append(1)\n    return r", false],
    ["def save(r):\n    return save(r)", true],
    ["def save(r):\n    r.append(1)\n    r = []\n    return r", false],
    ["def save(r):\n    for x in [r]:\n        x.append(1)\n    x = []\n    return x", false],
    ["@print\ndef save(r):\n    return r", false],
    ["def save(r):\n    if not r:\n        raise ValueError\n    return r", false],
  ])("a function of the project: %s", (definition, free) => {
    expect((effects("save(r)", definition) ?? []).length === 0).toBe(free);
  });
  test("a property that computes with effects", () => {
    const property = "class A:\n    @property\n    def a(self):\n        self.n = 1\n        return 1\n";
    expect(effects("r.a", property)?.[0]).toContain("reads the property a");
    expect(effects("r.a", property.replace("        self.n = 1\n", ""))).toEqual([]);
  });
});

test("latin-1, a byte order mark and CRLF: spans are of raw bytes", () => {
  const text = "import copy\r\ndef f(x):\r\n    s = 'é'; y = copy.copy(x)\r\n    return len(y)\r\n";
  const bom = one(`\uFEFF${text}`);
  expect(
    Buffer.from(`\uFEFF${text}`)
      .subarray(...(bom.copies[0]?.span ?? [0, 0]))
      .toString(),
  ).toBe("copy.copy(x)");
});

test("a project that is made to be installed", () => {
  expect(one("", {}).published).toBe(false);
  expect(one("", { "setup.py": "" }).published).toBe(true);
  expect(one("", { "pyproject.toml": "[tool.pytest.ini_options]\n" }).published).toBe(false);
  expect(one("", { "pyproject.toml": '[project]\nname = "a"\n' }).published).toBe(true);
});
