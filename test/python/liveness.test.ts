import { describe, expect, test } from "vitest";
import { findPythons } from "../pythons.ts";
import { inFacts } from "./facts-driver.ts";

type States = Record<string, string>;
const program = `
states = importlib.import_module("_codeflash_memory.facts.liveness").states
print(json.dumps([states(it["text"].encode(), it["functionLine"], it["qualname"], it["line"]) for it in given]))
`;

/** A function body whose line with \`# here\` execution stands at; \`wanted\` are states of some of its locals. */
interface Row {
  name: string;
  text: string;
  wanted: States;
  qualname?: string;
  from?: number;
}
const f = (body: string, head = "def f(a, p):") => `${head}\n${body.replace(/^/gm, "    ")}\n`;
const rows: Row[] = [
  {
    name: "before and after the last use",
    text: f("x = g(a)\ny = h(x)  # here\nreturn y"),
    wanted: { x: "in-use", a: "dead", y: "dead" },
  },
  { name: "read later", text: f("x = g(a)\ny = h(x)  # here\nreturn x"), wanted: { x: "live" } },
  { name: "dead parameter", text: f("x = g(a)\nreturn h(x)  # here"), wanted: { a: "dead", p: "dead", x: "in-use" } },
  {
    name: "bound anew by the statement: its old value is dead",
    text: f("x = a\nwhile p:\n    x = g()  # here\n    h(x)"),
    wanted: { x: "dead", p: "live" },
  },
  { name: "read and bound anew", text: f("x = a\nx = g(x)  # here\nreturn x"), wanted: { x: "in-use" } },
  { name: "augmented", text: f("x = a\nx += g()  # here\nreturn x"), wanted: { x: "in-use" } },
  { name: "read by the next round", text: f("x = a\nfor i in p:\n    h(x)\n    g()  # here"), wanted: { x: "live", i: "dead" } },
  {
    name: "rebound by the next round",
    text: f("for i in p:\n    x = h(i)\n    k(x)\n    g()  # here"),
    wanted: { x: "dead", i: "dead" },
  },
  { name: "what a loop runs over is held by its iterator", text: f("for i in a:\n    g()  # here"), wanted: { a: "live" } },
  { name: "a length does not hold it", text: f("for i in range(len(a)):\n    g()  # here"), wanted: { a: "live" } },
  {
    name: "the loop's target while the next is taken",
    text: f("for i in a:  # here\n    g(i)"),
    wanted: { i: "dead", a: "live" },
  },
  { name: "the loop's target, read after the loop", text: f("for i in a:  # here\n    g()\nreturn i"), wanted: { i: "live" } },
  {
    name: "break skips the else",
    text: f("x = a\nfor i in p:\n    if i:\n        break\n    g()  # here\nelse:\n    h(x)"),
    wanted: { x: "live" },
  },
  {
    name: "continue comes back",
    text: f("x = a\nwhile p:\n    if g():\n        continue  # here\n    h(x)"),
    wanted: { x: "live" },
  },
  { name: "while True without break never goes on", text: f("x = a\nwhile True:\n    g()  # here\nh(x)"), wanted: { x: "dead" } },
  { name: "a handler may read it", text: f("x = a\ntry:\n    g()  # here\nexcept E:\n    h(x)"), wanted: { x: "live" } },
  { name: "finally may read it", text: f("x = a\ntry:\n    return g()  # here\nfinally:\n    h(x)"), wanted: { x: "live" } },
  {
    name: "behind the try nobody does",
    text: f("x = a\ntry:\n    h(x)\nexcept E:\n    h(x)\ng()  # here"),
    wanted: { x: "dead" },
  },
  { name: "with may swallow what its body raises", text: f("x = a\nwith p:\n    x = g()  # here\nh(x)"), wanted: { x: "live" } },
  { name: "a walrus in a short circuit", text: f("if a and (x := g()):\n    pass\nh()  # here"), wanted: { x: "dead" } },
  {
    name: "a comprehension reads now",
    text: f("x = a\ny = [g(i, x) for i in p]  # here\nreturn y"),
    wanted: { x: "in-use", p: "in-use" },
  },
  { name: "its own target is not ours", text: f("i = a\ny = [i for i in p]\ng()  # here"), wanted: { i: "dead" } },
  {
    name: "a generator expression reads later",
    text: f("x = a\ny = (i for i in p if i in x)\ng()  # here\nreturn y"),
    wanted: { x: "live", p: "dead" },
  },
  { name: "a closure reads whenever", text: f("x = a\ndef h():\n    return x\ng()  # here"), wanted: { x: "live" } },
  {
    name: "a closure's own name is not ours",
    text: f("x = a\ndef h(x):\n    return x\ng()  # here\nh(1)"),
    wanted: { x: "dead" },
  },
  { name: "a nested class body", text: f("x = a\nclass C:\n    y = x\ng()  # here"), wanted: { x: "live" } },
  { name: "del is a read", text: f("x = a\ng()  # here\ndel x"), wanted: { x: "live" } },
  { name: "an annotation alone binds nothing", text: f("x = a\nx: int\ng()  # here\nreturn x"), wanted: { x: "live" } },
  { name: "several statements in one line", text: f("x = a\nh(x); y = 1; g()  # here\nreturn y"), wanted: { x: "in-use" } },
  { name: "a condition", text: f("x = a\nif g(x):  # here\n    h(p)"), wanted: { x: "in-use", p: "live" } },
  { name: "a multi-line statement", text: f("x = a\ng(\n    x,\n)  # here\nh()"), wanted: { x: "in-use" } },
  { name: "global names are no locals", text: f("global x\nx = a\ng()  # here"), wanted: { a: "dead" } },
  { name: "a decorated nested function", text: f("x = a\n@g(x)  # here\ndef h():\n    pass\nreturn h"), wanted: { x: "in-use" } },
  {
    name: "async",
    text: f("async with a as x:\n    async for i in x:\n        await g()  # here", "async def f(a, p):"),
    wanted: { x: "live", i: "dead" },
  },
  { name: "a generator's frame", text: f("x = a\nyield x\nyield g()  # here"), wanted: { x: "dead" } },
  {
    name: "private names are mangled",
    text: "class _A:\n    def f(self, __p):\n        __x = __p\n        g()  # here\n        return __x\n",
    wanted: { _A__x: "live", _A__p: "dead" },
    qualname: "_A.f",
    from: 2,
  },
  { name: "unknown function", text: f("g()  # here"), wanted: {}, qualname: "other", from: 99 },
];

test.each(findPythons())("states on Python $version", ({ executable }) => {
  const given = rows.map((it) => ({
    text: it.text,
    functionLine: it.from ?? 1,
    qualname: it.qualname ?? "f",
    line: it.text.split("\n").findIndex((line) => line.includes("# here")) + 1,
  }));
  const found = inFacts<States[]>(program, given, executable);
  const seen = rows.map((it, index) => {
    const states = found[index] ?? {};
    const names = Object.keys(it.wanted);
    return [it.name, names.length > 0 ? Object.fromEntries(names.map((name) => [name, states[name]])) : states];
  });
  expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(rows.map((it) => [it.name, it.wanted])));
});

const newer: Row[] = [
  {
    name: "a pattern binds on some ways only",
    text: f("x = a\nmatch p:\n    case [x]:\n        g()  # here\nreturn x"),
    wanted: { x: "live", p: "dead" },
  },
  { name: "the subject", text: f("x = a\nmatch g(x):  # here\n    case 1:\n        pass"), wanted: { x: "in-use" } },
];
describe("match statements", () => {
  const python = findPythons().find((it) => Number(it.version.slice(2)) >= 10);
  test.skipIf(!python).each(newer)("$name", ({ text, wanted }) => {
    const line = text.split("\n").findIndex((it) => it.includes("# here")) + 1;
    const [found] = inFacts<States[]>(program, [{ text, functionLine: 1, qualname: "f", line }], python?.executable ?? "");
    expect(found).toMatchObject(wanted);
  });
});
