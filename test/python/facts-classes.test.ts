import { describe, expect, test } from "vitest";
import type { ClassInfo } from "../../src/vocabulary/facts-classes.ts";
import { factsOf, project } from "../minds/catalogue/class-evidence.ts";
import { findPythons } from "../pythons.ts";

const shapes = `# -*- coding: latin-1 -*-
"""Sh\u00e4pes."""
from __future__ import annotations
import sys as system
from dataclasses import dataclass
from abc import ABC
import weakref


class Base(ABC):
    """Doc."""

    # about the limit
    LIMIT = 3
    note: str

    def __init__(self, a, b):
        self.a, self.b = a, b
        self.c = self.d = 0
        for self.e in range(3):
            pass
        with open(a) as self.f:
            self.g += 1
        setattr(self, "h", 1)
        object.__setattr__(self, "i", 2)
        self.__hidden: int = 5
        me = weakref.ref(self)
        def inner():
            self.late = me
        return inner

    @staticmethod
    def other(x):
        x.not_mine = 1

    @classmethod
    def make(cls):
        cls.of_class = 1

    @property
    def size(self):
        return self.a


@dataclass(order=True, frozen=False)
class Child(Base):
    x: int = 1

    def __getstate__(self):
        return super().__getstate__()


class _Private(Child):
    pass
`;
const files = {
  "pkg/__init__.py": "from .shapes import Child\n",
  "pkg/use.py":
    "from pkg import Child\n\n\ndef f(unclear):\n    c = Child(1, 2)\n    c.extra = 1\n    unclear.wild = Child.x\n    f.calls = 1\n    return c.a\n",
};
const byName = (classes: ClassInfo[]) => Object.fromEntries(classes.map((it) => [it.qualname, it]));

describe.each(findPythons())("facts about classes on Python $version", ({ executable }) => {
  const root = project(files);
  // latin-1 on disk: one byte for each of its characters
  const shapesRoot = project({ ...files, "pkg/shapes.py": "" });
  test("what a class stores, inherits and is used for", async () => {
    const { writeFileSync } = await import("node:fs");
    writeFileSync(`${shapesRoot}/pkg/shapes.py`, Buffer.from(shapes, "latin1"));
    const facts = factsOf(shapesRoot, ["pkg/shapes.py"], executable)["pkg/shapes.py"];
    if (!facts) throw new Error("no facts");
    const { Base, Child, _Private: hidden } = byName(facts.classes);
    expect([...new Set(Base?.stores.map((it) => it.name))].sort()).toEqual([
      "_Base__hidden",
      "a",
      "b",
      "c",
      "d",
      "e",
      "f",
      "g",
      "h",
      "i",
      "late",
    ]);
    expect(Base?.stores.find((it) => it.name === "a")?.value?.text).toBe("a");
    expect(Base?.dynamic.map((it) => it.kind)).toEqual(["weakref"]);
    expect(Base?.bases).toEqual([{ text: "ABC", project: null, known: "slotted" }]);
    expect(Base?.subclasses).toEqual(["pkg/shapes.py:Child", "pkg/shapes.py:_Private"]);
    expect(Base?.names.map((it) => `${it.name} ${it.kind}`)).toContain("size property");
    expect(Child?.kind).toBe("dataclass");
    expect(Child?.dataclass?.keywords).toEqual({ order: "True", frozen: "False" });
    expect(Child?.overrides).toEqual(["__getstate__"]);
    expect(Child?.zeroArgumentSuper.map((it) => it.method)).toEqual(["__getstate__"]);
    expect(Child?.foreignStores.map((it) => [it.name, it.receiver, it.of])).toEqual([
      ["extra", "this", "pkg/shapes.py:Child"],
      ["not_mine", "unknown", null],
      ["wild", "unknown", null],
    ]);
    expect(Child?.classReads.map((it) => `${it.file}:${it.line}`)).toEqual(["pkg/use.py:7"]);
    expect([Base?.exported, hidden?.exported]).toEqual([true, false]);
    expect(facts.sys).toEqual({ name: "system", taken: false, insertAt: expect.any(Number), newline: "\n" });
    const raw = Buffer.from(shapes, "latin1");
    expect(raw.subarray(0, Base?.body.insertAt).toString("latin1").endsWith('"""Doc."""\n')).toBe(true);
    const at = Child?.dataclass?.insertAt ?? 0;
    expect(raw.subarray(at - 5, at + 1).toString("latin1")).toBe("False)");
  });

  test("classes of related files come along, and a broken file does not stop the rest", () => {
    const there = project({
      ...files,
      "pkg/shapes.py": "class Child:\n    def __init__(self):\n        self.a = 1\n",
      "pkg/sub.py": "import pkg\n\n\nclass Sub(pkg.Child):\n    pass\n",
      "broken.py": "def (:\n",
    });
    const facts = factsOf(there, ["pkg/sub.py"], executable)["pkg/sub.py"];
    expect(facts?.related.map((it) => `${it.file}:${it.qualname}`)).toEqual(["pkg/shapes.py:Child"]);
    expect(facts?.library).toBe(false);
    expect(root).not.toBe(there);
  });
});

test("a package that says how it is packaged is a library; its tests and scripts are not", () => {
  const root = project({
    "pyproject.toml": "[project]\nname='p'\n",
    "p/__init__.py": "",
    "p/a.py": "",
    "p/tests/__init__.py": "",
    "p/tests/test_a.py": "",
    "run.py": "",
  });
  const facts = factsOf(root);
  expect(
    Object.entries(facts)
      .filter(([, it]) => it.library)
      .map(([file]) => file)
      .sort(),
  ).toEqual(["p/__init__.py", "p/a.py"]);
});
