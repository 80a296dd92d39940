import { describe, expect, test } from "vitest";
import { readWithoutCreating } from "../../../src/minds/catalogue/recipes/read-without-creating.ts";
import { Proposal } from "../../../src/vocabulary/proposal.ts";
import { apply, evidenceOf, onlyProposal, project, read, reasons, run } from "./class-evidence.ts";

const tree = `from collections import defaultdict


class Node:
    def __init__(self):
        self._next = defaultdict(list)

    def successors(self, tree):
        """Its children."""
        return self._next[tree]

    def add(self, tree, child):
        self.successors(tree).append(child)

    def drop(self, tree, child):
        if child in self.successors(tree):
            self.successors(tree=tree).remove(child)

    def is_leaf(self, tree):
        return len(self.successors(tree)) == 0
`;

function propose(source: string, line: number, more: Record<string, string> = {}, type = "list", count = 50_000) {
  const root = project({ "m.py": source, ...more });
  const emptyValues = [{ type, file: "m.py", line, count, bytes: count * 56 }];
  return { root, findings: readWithoutCreating.propose(evidenceOf(root, { census: { emptyValues } })) };
}

/** A function that reads `d[k]` in line 6 of the file. */
function local(statement: string, rest = "    return out", factory = "list"): string {
  return `from collections import defaultdict\n\n\ndef f(keys, out):\n    d = defaultdict(${factory})\n    ${statement}\n${rest}\n`;
}

describe("reading without creating", () => {
  test("a method that returns the entry: the read makes nothing, changes go to the mapping itself", () => {
    const { root, findings } = propose(tree, 10, {
      "use.py": "def walk(nodes, t):\n    for n in nodes:\n        for c in n.successors(t):\n            yield c\n",
    });
    const proposal = Proposal.parse(onlyProposal(findings));
    const code =
      "import m, use; a, b = m.Node(), m.Node(); a.add('t', b); print(a.is_leaf('t'), b.is_leaf('t'), b.successors('t'), len(list(use.walk([a, b], 't')))); a.drop('t', b); print(a.is_leaf('t'), dict(b._next))";
    expect(run(root, code)).toBe("False True [] 1\nTrue {'t': []}");
    apply(root, proposal.edits);
    expect(read(root, "m.py")).toBe(
      tree
        .replace("return self._next[tree]", "return self._next.get(tree, [])")
        .replace("self.successors(tree).append", "self._next[tree].append")
        .replace("self.successors(tree=tree).remove", "self._next[tree].remove"),
    );
    expect(run(root, code)).toBe("False True [] 1\nTrue {}");
    expect(proposal.scope).toEqual(["m.py:Node.successors", "m.py:Node.add", "m.py:Node.drop"]);
    expect(proposal.declaredCosts.join()).toContain("no longer stored");
  });

  test.each([
    ["list", "out += [len(d[k]) for k in keys]", "len(d.get(k, []))"],
    ["set", "out += [1 for k in keys if 3 in d[k]]", "3 in d.get(k, set())"],
    ["dict", "out += [v for k in keys for v in d[k]]", "in d.get(k, {})"],
  ])("a %s that is only looked at in place", (factory, statement, expected) => {
    const source = local(statement, undefined, factory);
    const { root, findings } = propose(source, 6, {}, factory);
    const before = run(root, "import m; print(m.f('ab', []))");
    apply(root, onlyProposal(findings).edits);
    expect(read(root, "m.py")).toContain(expected);
    expect(run(root, "import m; print(m.f('ab', []))")).toBe(before);
  });

  test("a test for the key is a declared cost", () => {
    const source = `${tree}\n    def has(self, tree):\n        return tree in self._next\n`;
    expect(onlyProposal(propose(source, 10).findings).declaredCosts.join()).toContain("m.py:23");
  });

  test("nothing for few entries, other lines and reads that are changes anyway", () => {
    expect(propose(tree, 10, {}, "list", 100).findings).toEqual([]);
    expect(propose(tree, 11).findings).toEqual([]);
    expect(propose(local("d[keys].append(1)"), 6).findings).toEqual([]);
  });
});

const forbidden: [string, string, number, RegExp, Record<string, string>?][] = [
  [
    "a caller that keeps the result",
    tree,
    10,
    /use.py:2 .*stored in self.all/,
    { "use.py": "def keep(self, n, t):\n    self.all = n.successors(t)\n" },
  ],
  ["a caller that passes it on", tree, 10, /passed to fill/, { "use.py": "def g(n, t, fill):\n    fill(n.successors(t))\n" }],
  [
    "a change where the receiver has no name",
    tree,
    10,
    /mapping cannot be named/,
    { "use.py": "def g(ns, t):\n    ns[0].successors(t).append(1)\n" },
  ],
  [
    "a change through another class's method of that name",
    tree,
    10,
    /mapping cannot be named/,
    {
      "use.py":
        "class Other:\n    def successors(self, t):\n        return [t]\n\n\ndef g(n, t):\n    n.successors(t).append(1)\n",
    },
  ],
  ["the method taken as a value", tree, 10, /without being called/, { "use.py": "def g(n):\n    return n.successors\n" }],
  [
    "the method fetched by text",
    tree,
    10,
    /by its name as text/,
    { "use.py": "def g(n):\n    return getattr(n, 'successors')\n" },
  ],
  ["a decorated method", tree.replace("    def successors", "    @print\n    def successors"), 10 + 1, /decorated/],
  ["a second kind of mapping", `${tree}\n    def clear(self):\n        self._next = {}\n`, 10, /stores something else/],
  [
    "a whole mapping that is looked through",
    `${tree}\n    def all(self):\n        return list(self._next.items())\n`,
    10,
    /sees which keys/,
  ],
  ["a deleted key", `${tree}\n    def cut(self, t):\n        del self._next[t]\n`, 10, /a key is deleted/],
  ["a mapping that is handed out", local("out += d[keys]", "    return d"), 6, /whole mapping is used/],
  [
    "a local that is changed later",
    local("x = d[keys]", "    x.append(1)\n    return out"),
    6,
    /mapping cannot be named|changed later/,
  ],
  ["code that runs in between", local("x = d[keys]", "    d[keys].append(1)\n    return len(x)"), 6, /other code runs/],
  ["a lazy view of it", local("x = map(str, d[keys])", "    d[keys].append(1)\n    return list(x)"), 6, /lazy map\(\) keeps it/],
  ["a nested function that holds it", local("x = d[keys]", "    return lambda: x"), 6, /nested function/],
  ["its identity", local("return d[keys] is out", ""), 6, /identity/],
];

describe("reading without creating is forbidden by", () => {
  test.each(forbidden)("%s", (_, source, line, reason, more = {}) => {
    const { findings } = propose(source, line, more);
    expect(findings.length).toBe(1);
    expect(reasons(findings)).toMatch(reason);
  });
});
