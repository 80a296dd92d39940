import { describe, expect, test } from "vitest";
import type { Evidence } from "../../../src/minds/catalogue/recipe.ts";
import { releaseAttribute } from "../../../src/minds/catalogue/recipes/release-attribute.ts";
import { Proposal } from "../../../src/vocabulary/proposal.ts";
import type { ClassUsage } from "../../../src/vocabulary/usage-classes.ts";
import { apply, evidenceOf, onlyProposal, project, read, reasons, run, seen } from "./class-evidence.ts";
import { type Files, factsOf } from "./expression-case.ts";

const source = `class Job:
    def __init__(self, count):
        self.count = count
        self.raw = None

    def load(self):
        self.raw = list(range(self.count))

    def parse(self):
        self.rows = [it + 1 for it in self.raw]

    def go(self):
        self.load()
        self.parse()
        found = self.index()
        return found

    def index(self):
        return sum(self.rows)
`;
/** Where the peak stands: the line of this text, in \`Job.go\`. */
const atPeak = "found = self.index()";

interface More {
  files?: Files;
  at?: string;
  method?: string;
  type?: string;
  usage?: ClassUsage[];
  floorBytes?: number;
}

function evidence(text: string, more: More = {}): { root: string; evidence: Evidence } {
  const files = { "m.py": text, ...more.files };
  const root = project(files);
  const line = text.split("\n").findIndex((it) => it.includes(more.at ?? atPeak)) + 1;
  const stack = [{ file: "m.py", line, function: more.method ?? "Job.go" }];
  const holder = {
    kind: "instance-attribute",
    file: "m.py",
    owner: "m:Job",
    name: "raw",
    length: 90_000,
    exclusiveBytes: 5e6,
  } as const;
  const census = { stack, holders: [{ ...holder, type: more.type ?? "list" }] };
  const usage = more.usage ?? [seen("m.py", "Job", ["raw"])];
  const given = evidenceOf(root, { census, usage, ...(more.floorBytes === undefined ? {} : { floorBytes: more.floorBytes }) });
  const expressions = factsOf(files);
  const known = Object.entries(given.facts.files).flatMap(([file, it]) => {
    const own = expressions[file];
    return own ? [[file, { ...it, expressions: own }] as const] : [];
  });
  return { root, evidence: { ...given, facts: { ...given.facts, files: Object.fromEntries(known) } } };
}

const propose = (text: string, more: More = {}) => releaseAttribute.propose(evidence(text, more).evidence);

function changed(text: string, more: More = {}): { root: string; after: string; proposal: Proposal } {
  const { root, evidence: given } = evidence(text, more);
  const proposal = Proposal.parse(onlyProposal(releaseAttribute.propose(given)));
  apply(root, proposal.edits);
  return { root, after: read(root, "m.py"), proposal };
}

describe("an attribute is released behind its last stage", () => {
  test("where each call stores it before it reads it, and nothing reads it after", () => {
    const { root, after, proposal } = changed(source);
    expect(after).toContain("        self.parse()\n        self.raw = None\n        found = self.index()\n");
    expect(run(root, "import m; job = m.Job(5); print(job.go(), job.go(), job.raw)")).toBe("15 15 None");
    expect(proposal.scope).toEqual(["m.py:Job.go"]);
    expect(proposal.declaredCosts).toEqual(["after Job.go, raw of a Job is None"]);
    expect(proposal.checklist).toMatchSnapshot();
  });

  test.each([
    [
      "stored and read in one method",
      "        self.load()\n        self.parse()\n",
      "        self.raw = [1]\n        rows = sorted(self.raw)\n",
      "rows = sorted(self.raw)\n        self.raw = None\n",
    ],
    [
      "read in a block before",
      "        self.parse()\n",
      "        if self.count:\n            self.parse()\n",
      "            self.parse()\n        self.raw = None\n        found",
    ],
    [
      "read in a loop before",
      "        self.parse()\n",
      "        for _ in 'ab':\n            self.parse()\n",
      "            self.parse()\n        self.raw = None\n        found",
    ],
    [
      "a stage before the peak has no part in it",
      "        found =",
      "        print(1)\n        found =",
      "        self.parse()\n        self.raw = None\n        print(1)",
    ],
  ])("%s", (_, before, text, wanted) => {
    expect(changed(source.replace(before, text)).after).toContain(wanted);
  });

  const given = source.replace("        self.load()\n", "").replace("self.raw = None", "self.raw = [1]");
  test.each([
    ["made for the call", "print(Job(3).go())"],
    ["bound to a local before it", "def main():\n    for n in [1, 2]:\n        job = Job(n)\n        print(job.go())"],
    [
      "called by another method that runs once",
      "class More(Job):\n    def main(self):\n        return self.go()\n\nMore(3).main()",
    ],
    ["a module has a function of that name", "import sched as x\n\nprint(Job(3).go(), x.go)"],
  ])("given to the constructor, where no object runs the method twice: %s", (_, text) => {
    expect(changed(`${given}\n${text}\n`).after).toContain("self.parse()\n        self.raw = None\n        found");
  });

  test.each([
    ["it is called in a loop", "def f():\n    job = Job(3)\n    for _ in 'ab':\n        job.go()"],
    ["it is called twice", "def f():\n    job = Job(3)\n    job.go()\n    job.go()"],
    ["somebody gives the object", "def f(job):\n    job.go()"],
    [
      "another method calls it, and is called anyhow",
      "class More(Job):\n    def main(self):\n        return self.go()\n\ndef f(job):\n    job.main()",
    ],
    ["it is handed on", "run = Job(3).go"],
  ])("given to the constructor and kept, since %s", (_, text) => {
    expect(reasons(propose(`${given}\n${text}\n`))).toContain("go would find None");
  });

  test("read from an open file", () => {
    const text = source.replace(
      "self.raw = list(range(self.count))",
      "with open(__file__) as file:\n            self.raw = file.readlines()",
    );
    expect(changed(text).after).toContain("self.raw = None\n        found");
  });

  test("in the frame that is done with it, not in those that it is called from", () => {
    const text = `${source}\n    def main(self):\n        return self.go()\n`;
    expect(changed(text).after).toContain("self.raw = None\n        found");
  });

  test("tests may call stages by themselves: they are run", () => {
    const files = { "test_m.py": "from m import Job\n\ndef test_it():\n    job = Job(3)\n    job.load()\n    job.parse()\n" };
    expect(changed(source, { files }).after).toContain("self.raw = None\n        found");
  });

  test("watches the class", () => {
    expect(releaseAttribute.watch(evidence(source).evidence).classes).toEqual([{ file: "m.py", qualname: "Job" }]);
  });
});

describe("it stays where", () => {
  const elsewhere = (text: string): Files => ({ "b.py": text });
  const later = (text: string) => `${source}\n${text}`;
  test.each([
    [
      "it is stored on some paths only",
      source.replace("self.load()", "self.count and self.load()"),
      {},
      "may be read as an earlier call left it",
    ],
    [
      "a method returns before it stores it",
      source.replace("        self.raw = list", "        if self.count:\n            return\n        self.raw = list"),
      {},
      "may be read as an earlier call left it",
    ],
    [
      "it is kept from call to call",
      source.replace("self.raw = list", "if self.raw is None:\n            self.raw = list"),
      {},
      "may be read as an earlier call left it",
    ],
    ["others read it", source, { files: elsewhere("def f(job):\n    return job.raw\n") }, "job.raw stands at b.py:2"],
    [
      "a test reads it",
      source,
      { files: { "test_m.py": "def test_it(job):\n    assert job.raw\n" } },
      "job.raw stands at test_m.py:2",
    ],
    ["a template may read it", source, { files: { "page.html": "<p>{{ job.raw }}</p>" } }, "raw stands in page.html"],
    [
      "it is asked for by text",
      source,
      { files: elsewhere("def f(job):\n    return getattr(job, 'raw')\n") },
      "named in a text at b.py:2",
    ],
    [
      "a function inside keeps it",
      source.replace("self.rows = [it + 1 for it in self.raw]", "self.rows = map(lambda it: self.raw[it], [1])"),
      {},
      "outside of the methods",
    ],
    [
      "a generator takes it later",
      source
        .replace("[it + 1 for it in [1] for it in self.raw]", "")
        .replace("[it + 1 for it in self.raw]", "(it + self.raw[0] for it in [1])"),
      {},
      "in a generator at m.py:10",
    ],
    [
      "another method reads it",
      later("    def again(self):\n        return self.parse()\n\ndef f(job):\n    return job.again()\n"),
      {},
      "again reads it, and is called at m.py:25",
    ],
    [
      "others call a stage",
      source,
      { files: elsewhere("def f(job):\n    return job.parse()\n") },
      "parse reads it, and is called at b.py:2",
    ],
    ["a stage is handed on", later("    def run(self):\n        return [self.parse]\n"), {}, "parse reads it, and is handed on"],
    [
      "a caller reads it after",
      later("    def main(self):\n        self.go()\n        self.parse()\n"),
      {},
      "main may call it after go",
    ],
    [
      "a caller reads it itself",
      later("    def main(self):\n        self.go()\n        return self.raw\n"),
      {},
      "main calls go, and may read raw after it",
    ],
    [
      "the method calls itself",
      source.replace("        found =", "        if self.count < 0:\n            self.go()\n        found ="),
      {},
      "go may call itself",
    ],
    ["the method is a generator", source.replace("return found", "yield found"), {}, "go can be left and entered again"],
    [
      "a special method reads it",
      later("    def __len__(self):\n        return len(self.raw)\n"),
      {},
      "__len__ reads it, and may be called by anything",
    ],
    ["a decorator may call a stage", source.replace("    def parse", "    @log\n    def parse"), {}, "a decorator may call it"],
    ["a base is not known", source.replace("class Job:", "class Job(Thread):"), {}, ""],
    [
      "a subclass does it in another way",
      later("class Other(Job):\n    def go(self):\n        return self.raw\n"),
      {},
      "go is defined more than once",
    ],
    ["a subclass reads it", later("class Other(Job):\n    def index(self):\n        return self.raw\n"), {}, ""],
    [
      "all attributes are looked at",
      later("    def show(self):\n        return vars(self)\n"),
      {},
      "vars may mean any attribute",
    ],
    ["it is a dataclass", `from dataclasses import dataclass\n\n@dataclass\n${source}`, {}, "is no plain class"],
    ["its end may do more", source, { type: "socket:socket" }, "whose end may do more"],
    ["it is copied", source, { usage: [seen("m.py", "Job", ["raw"], { copies: 1 })] }, "copied or pickled"],
    ["nothing was recorded", source, { usage: [] }, "the recorder has not seen Job"],
    ["a library shows it", source, { files: { "setup.py": "" } }, "public in a library: needs consent: api"],
  ] as [string, string, More, string][])("%s", (_, text, more, reason) => {
    const found = propose(text, more);
    if (reason === "") expect(found).toEqual([]);
    else expect(reasons(found)).toContain(reason);
    expect(found.every((it) => it.kind === "forbidden")).toBe(true);
  });

  test.each([
    ["the statement under way reads it", source, { at: "self.parse()" }],
    ["it is read after the peak", source.replace("return found", "self.parse()\n        return found"), {}],
    [
      "a loop around the peak reads it",
      source.replace(
        "        self.parse()\n        found = self.index()",
        "        for _ in 'ab':\n            self.parse()\n            found = self.index()",
      ),
      {},
    ],
    [
      "what runs through it is under way",
      source.replace(
        "        self.parse()\n        found = self.index()",
        "        for it in self.raw:\n            found = self.index()",
      ),
      {},
    ],
    [
      "a handler reads it",
      source.replace(
        "        found = self.index()",
        "        try:\n            found = self.index()\n        except ValueError:\n            found = self.raw",
      ),
      {},
    ],
    ["it is little", source, { floorBytes: 6e6 }],
  ] as [string, string, More][])("%s: nothing is said", (_, text, more) => {
    expect(propose(text, more)).toEqual([]);
  });
});
