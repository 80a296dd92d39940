import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ClassUsage, mergeClassUsage } from "../../src/vocabulary/usage-classes.ts";
import { project } from "../minds/catalogue/class-evidence.ts";
import { findPythons } from "../pythons.ts";

/** Runs a script under the recorder the way the probe does: transforms first, then the script, then collect. */
const driver = `
import importlib, json, os, sys
sys.path.insert(0, sys.argv[1])
import boot
boot.mount()
source = importlib.import_module("_codeflash_memory.probe.source")
recorder = importlib.import_module("_codeflash_memory.facts.recorder_classes")
root = os.path.realpath(sys.argv[2])
class Project:
    def relative(self, path):
        path = os.path.realpath(path)
        return path[len(root) + 1:] if path.startswith(root + "/") else None
source.use(Project())
recorder.install(json.loads(sys.argv[3]), Project())
sys.path[0] = root
script = os.path.join(root, "main.py")
names = {"__name__": "__main__", "__file__": script}
exec(source.compile_file(script, open(script, "rb").read()), names)
with open(os.path.join(root, "usage.json"), "w") as out:
    json.dump(recorder.collect(), out)
`;
const pythonFolder = fileURLToPath(new URL("../../python", import.meta.url));

function record(files: Record<string, string>, qualnames: string[], executable: string, file = "shop.py") {
  const root = project(files);
  const requests = JSON.stringify(qualnames.map((qualname) => ({ file, qualname })));
  const output = execFileSync(executable, ["-c", driver, pythonFolder, root, requests], { encoding: "utf8" });
  const usage = ClassUsage.array().parse(JSON.parse(readFileSync(join(root, "usage.json"), "utf8")));
  return { output, usage: Object.fromEntries(usage.map((it) => [it.qualname, it])) };
}

const shop = `import copy, pickle, weakref
from dataclasses import dataclass


class Item:
    def __init__(self, name):
        self.name = name
        self.unread = []

    def price(self):
        self.cached = len(self.name)
        return self.cached


class Special(Item):
    pass


@dataclass(frozen=True)
class Frozen:
    a: int


class Outer:
    class Inner:
        def __init__(self):
            self.i = 1


class Loose:
    def __init__(self, **kw):
        self.__dict__.update(kw)
        self.__dict__[2] = 3


class Never:
    pass
`;
const main = `import copy, pickle, weakref
from unittest import mock
import shop

items = [shop.Item("x" * n) for n in range(3)]
total = sum(i.price() for i in items)
items[0].extra = None
copy.copy(items[0])
pickle.loads(pickle.dumps(items[1], 2))
keep = weakref.ref(items[2])
shop.Special("s").price()
del items[0].extra
items[1].__dict__["ghost"] = 1
def seen():
    return vars(items[1])
seen()
with mock.patch.object(items[2], "name", "m"):
    pass
frozen = shop.Frozen(1)
try:
    frozen.a = 2
except Exception as error:
    print(type(error).__name__)
inner = shop.Outer.Inner()
shop.Loose(gone=1)
print(total, frozen, sorted(vars(items[2])), shop.Item.__init__.__name__, items[0].name == "")
`;

describe.each(findPythons())("the class recorder on Python $version", ({ executable }) => {
  const wanted = ["Item", "Frozen", "Outer.Inner", "Loose", "Never", "Missing"];
  const { output, usage } = record({ "shop.py": shop, "main.py": main }, wanted, executable);
  const attribute = (name: string) => usage.Item?.attributes.find((it) => it.name === name);

  test("the program does what it did", () => {
    const plain = execFileSync(executable, ["main.py"], { cwd: project({ "shop.py": shop, "main.py": main }), encoding: "utf8" });
    expect(output).toBe(plain);
  });

  test("attributes: who sets them, of which type, and whether they are read", () => {
    expect(attribute("unread")).toMatchObject({ sets: 3, reads: 0, types: ["list"] });
    expect(attribute("name")?.types).toEqual(["str"]);
    expect(attribute("cached")?.setBy.map((it) => [it.file, it.line])).toEqual([["shop.py", 11]]);
    expect(attribute("extra")).toMatchObject({
      sets: 1,
      deletes: 1,
      types: ["NoneType"],
      setBy: [{ file: "main.py", line: 7, function: "<module>" }],
    });
    expect(attribute("ghost")).toMatchObject({ sets: 0, setBy: [] });
  });

  test("keys in the dictionary of an instance that is gone at once", () => {
    expect(usage.Loose?.attributes).toMatchObject([
      { name: "2", sets: 0, setBy: [] },
      { name: "gone", sets: 0, setBy: [] },
    ]);
  });

  test("instances, subclasses, copies, dictionaries, weak references, mocks", () => {
    expect(usage.Item).toMatchObject({
      seen: true,
      otherSubclasses: ["shop:Special"],
      copies: 2,
      protocols: [2, 4],
      weakReferences: 1,
    });
    expect(usage.Item?.instances).toBeGreaterThanOrEqual(3);
    expect(usage.Item?.dictUses.map((it) => it.file)).toEqual(["main.py", "main.py"]);
    // when the mock comes, and when it goes
    expect(usage.Item?.mocked.map((it) => it.function)).toEqual(["name", "name"]);
  });

  test("dataclasses and nested classes are watched; what never ran says so", () => {
    expect(usage.Frozen?.instances).toBe(1);
    expect(usage["Outer.Inner"]?.attributes.map((it) => it.name)).toEqual(["i"]);
    expect([usage.Never?.seen, usage.Missing?.seen]).toEqual([true, false]);
  });

  test("instances of a class of values, which has no __init__ of its own, are counted where they are made", () => {
    const script =
      "class A(str):\n    def __new__(cls, text):\n        self = super().__new__(cls, text)\n        self.kind = 1\n        return self\n\n\nA('x'), A('y')\n";
    expect(record({ "main.py": script }, ["A"], executable, "main.py").usage.A).toMatchObject({ instances: 2 });
  });

  test("a class of the script itself is watched before the script goes on", () => {
    const script = "class A:\n    def __init__(self):\n        self.a = 1\n\n\na = A()\n";
    expect(record({ "main.py": script }, ["A"], executable, "main.py").usage.A).toMatchObject({ seen: true, instances: 1 });
  });
});

test("two runs add up to one", () => {
  const one = (name: string): ClassUsage => ({
    ...{
      file: "a.py",
      qualname: "A",
      seen: name === "x",
      instances: 2,
      dictUses: [],
      copies: 1,
      protocols: [4],
      weakReferences: 0,
      otherSubclasses: [],
      mocked: [],
    },
    attributes: [{ name, sets: 1, reads: 0, deletes: 0, types: ["int"], setBy: [] }],
  });
  const both = mergeClassUsage([one("x"), one("y"), one("x")]);
  expect(both).toMatchObject({ seen: true, instances: 6, copies: 3 });
  expect(both?.attributes.map((it) => [it.name, it.sets])).toEqual([
    ["x", 2],
    ["y", 1],
  ]);
  expect(mergeClassUsage([])).toBeNull();
});
