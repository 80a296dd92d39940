import { describe, expect, test } from "vitest";
import type { FunctionLifetimes } from "../../src/vocabulary/facts-lifetimes.ts";
import { factsOf } from "../minds/catalogue/lifetime-case.ts";
import { aPython, findPythons } from "../pythons.ts";
import { inFacts } from "./facts-driver.ts";

function functionsOf(text: string, executable?: string): FunctionLifetimes[] {
  const facts = factsOf({ "src/pkg/__init__.py": "", "src/pkg/a.py": text }, executable);
  return facts.files["src/pkg/a.py"]?.lifetimes.functions ?? [];
}

const text = `@deco
def f(items, other):
    with open(items) as h:
        rows = h.read()
    index = {it: rows for it in items}
    for i in index:
        if i:
            part = make(i, rows)
        else:
            continue
        use(part)
    while other:
        other = step(other)
    return done(index)


class A:
    def g(self, __x):
        y = lambda: __x
        return y
`;

describe.each(findPythons())("facts on Python $version", ({ executable }) => {
  const [f, g] = functionsOf(text, executable);
  test("places, bindings, loops, what forbids", () => {
    const points = f?.points.map((it) => `${it.name} ${it.line}-${it.endLine} ${it.bound} ${it.loopLine}`);
    expect(points?.sort()).toEqual(
      [
        "h 3-4 true null",
        "h 4-4 true null",
        "i 6-11 false null",
        "i 7-10 true 6",
        "i 8-8 true 6",
        "items 5-5 true null",
        "other 12-13 true null",
        "part 11-11 true 6",
        "part 6-11 false null",
        "rows 6-11 false null",
      ].sort(),
    );
    const at = f?.points.find((it) => it.name === "part" && it.bound);
    expect(text.slice(0, at?.offset).endsWith("        use(part)")).toBe(true);
    expect(at).toMatchObject({ indent: "        ", blockLine: 7, blockEndLine: 11, loopEndLine: 11 });
    expect(f).toMatchObject({ qualname: "f", line: 1, endLine: 14, parameters: ["items", "other"], decorated: true });
    expect(f?.loops).toEqual([
      [6, 11],
      [12, 13],
    ]);
    expect(f?.bindings.filter((it) => it.name === "part" || it.name === "other" || it.name === "i")).toEqual([
      { name: "other", line: 1, kind: "parameter", reads: [] },
      { name: "i", line: 6, kind: "loop", reads: ["index"] },
      { name: "part", line: 8, kind: "call", reads: ["i", "rows"] },
      { name: "other", line: 13, kind: "call", reads: ["other"] },
    ]);
    expect(g).toMatchObject({
      parameters: ["self", "_A__x"],
      blocked: { _A__x: "a closure, lambda or generator expression captures it" },
    });
  });
});

test("the answer as a whole: module names, unreadable files, newline, coding", () => {
  const facts = factsOf({
    "src/pkg/__init__.py": "",
    "src/pkg/sub/__init__.py": "",
    "src/pkg/sub/b.py": "x = 1\r\n",
    "src/space/c.py": "",
    "tool-x.py": "",
    "bad.py": "def (",
  });
  expect(facts.files["src/pkg/sub/b.py"]).toMatchObject({ module: "pkg.sub.b", newline: "\r\n", encoding: "utf-8" });
  expect(facts.files["src/pkg/__init__.py"]?.module).toBe("pkg");
  expect(facts.files["src/space/c.py"]?.module).toBe("space.c");
  expect(facts.files["tool-x.py"]?.module).toBeNull();
  expect(Object.keys(facts.unreadable)).toEqual(["bad.py"]);
});

/** Inserts every provable \`del\` into a module, takes out those that the others make unsure, and lets \`verify\` look at the rest. */
const insertAll = `
import os, tempfile
facts = importlib.import_module("_codeflash_memory.facts.lifetimes").facts
verify = importlib.import_module("_codeflash_memory.facts.verify")
Source = importlib.import_module("_codeflash_memory.facts.spans").Source
folder = tempfile.mkdtemp()
after = os.path.join(folder, "after.py")

def lay(source, points):
    places = {}
    for it in points:
        places.setdefault((it["offset"], -len(it["indent"]), it["indent"]), []).append(it)
    order = sorted(places)
    text = lambda place: source.newline + place[2] + "del " + ", ".join(sorted({it["spelled"] for it in places[place]}))
    return [{"start": place[0], "end": place[0], "text": text(place)} for place in order], [places[place] for place in order]

def write(source, edits):
    parts, at = [], 0
    for it in edits:
        parts += [source.raw[at : it["start"]], it["text"].encode("utf-8")]
        at = it["end"]
    with open(after, "wb") as file:
        file.write(b"".join([*parts, source.raw[at:]]))
    return Source.read(after)

answers = []
for name in given:
    path = os.path.join(os.path.dirname(os.__file__), name + ".py")
    if not os.path.exists(path):
        continue
    source = Source.read(path)
    points = [it for function in facts(source, name)["functions"] for it in function["points"] if it["bound"]]
    while True:
        edits, places = lay(source, points)
        new = write(source, edits)
        spans = [span for _, span in verify._moved(edits)]
        bad = [(line, name) for line, name, _ in verify.unprovable(new, spans)]
        if not bad:
            break
        lines = {new.raw[: end].count(b"\\n") + 1: here for (_, end), here in zip(spans, places)}
        dropped = {id(it) for line, name in bad for it in lines[line] if it["spelled"] == name}
        points = [it for it in points if id(it) not in dropped]
    answer = verify.verify(path, after, edits)
    compile(open(after, "rb").read(), after, "exec")
    answers.append({"name": name, "dels": len(points), **answer})
print(json.dumps(answers))
`;
const modules =
  `abc bisect calendar cmd codecs contextlib copy copyreg csv dataclasses fnmatch fractions functools getpass gettext glob
  graphlib gzip hashlib heapq imaplib io ipaddress json/decoder json/encoder keyword linecache locale mimetypes numbers opcode
  pprint queue quopri random reprlib sched secrets selectors shelve shlex shutil statistics string textwrap timeit tokenize uuid
  warnings wave zipapp unittest/case http/client email/message`.split(/\s+/);

test("every provable del in modules of the standard library: they compile, and verify agrees", { timeout: 300_000 }, () => {
  const answers = inFacts<{ name: string; dels: number; ok: boolean; why: string }[]>(insertAll, modules, aPython().executable);
  expect(answers.filter((it) => !it.ok)).toEqual([]);
  expect(answers.length).toBeGreaterThanOrEqual(40);
  expect(answers.reduce((sum, it) => sum + it.dels, 0)).toBeGreaterThan(1500);
});
