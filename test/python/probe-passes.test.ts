import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aPython, findPythons } from "../pythons.ts";
import { type Answer, boot, call, parse, probe, pythonWithPytest, script, withFolder, write } from "./probe-kit.ts";

describe.each(findPythons())("Python $version", (python) => {
  test("inputs: the files that are read, what a function is called with, and what is opened again and again", () => {
    const files = {
      "main.py": `import os, json, pathlib
for _ in range(120): open("conf.txt").close()
whole = pathlib.Path("data.csv").read_bytes() + open(b"data.csv", "rb").read()
fd = os.open("more.bin", os.O_RDONLY); os.read(fd, 10); os.close(fd)
with open("out.txt", "w") as out: out.write("x" * 5000)
open("out.txt").read()
open("main.py").read()
`,
      "conf.txt": "c".repeat(10),
      "data.csv": "d".repeat(4000),
      "more.bin": "m".repeat(300),
      "lib.py": "def work(rows, text):\n    return len(rows)\n",
    };
    withFolder(files, (root) => {
      const told = (target: Record<string, unknown>) =>
        probe({ pass: "bench", inputs: true, target }, { python, root }).last("inputs");
      expect(told(script("main.py"))).toMatchObject({
        fileBytes: 4310,
        files: 3,
        argumentBytes: 0,
        often: { file: "conf.txt", times: 120 },
      });
      const called = told(
        call("lib", "work", { setup: "rows = [bytes(1000) for _ in range(1000)]", args: "rows, 'y' * 500_000" }),
      );
      expect(Number(called["argumentBytes"])).toBeGreaterThan(1_500_000);
      expect(Number(called["argumentBytes"])).toBeLessThan(1_700_000);
      expect(
        probe({ pass: "bench", target: call("lib", "work", { args: "[1], ''" }) }, { python, root }).answers.map((it) => it.kind),
      ).not.toContain("inputs");
    });
  });

  test("clock: calls and time of functions of every kind, in a script as in a module", { retry: 2 }, () => {
    const files = {
      "main.py": `import asyncio, time, lib
def own():
    time.sleep(0.02)
def stream():
    for i in range(3):
        time.sleep(0.01)
        got = yield i
    return "done"
def outer():
    return (yield from stream())
for _ in range(5): own()
steps = stream()
assert [next(steps), steps.send(1), next(steps)] == [0, 1, 2]
assert list(outer()) == [0, 1, 2]
assert lib.Tool.fixed() == 1 and lib.Tool.made() == "Tool" and lib.Tool().value == 2 and lib.fact(5) == 120
assert asyncio.run(lib.later()) == 3
async def all_of(): return [it async for it in lib.flow()]
assert asyncio.run(all_of()) == [0, 1]
assert asyncio.iscoroutinefunction(lib.later) and lib.fact.__name__ == "fact" and lib.fact.__doc__ == "Doc."
`,
      "lib.py": `import asyncio, time
class Tool:
    @staticmethod
    def fixed(): return 1
    @classmethod
    def made(cls): return cls.__name__
    @property
    def value(self): return 2
def fact(n):
    "Doc."
    time.sleep(0.01)
    return 1 if n < 2 else n * fact(n - 1)
async def later():
    await asyncio.sleep(0.3)
    time.sleep(0.02)
    return 3
async def flow():
    for i in range(2):
        await asyncio.sleep(0)
        yield i
`,
    };
    const wanted = [
      ["main.py", "own"],
      ["main.py", "stream"],
      ["lib.py", "Tool.fixed"],
      ["lib.py", "Tool.made"],
      ["lib.py", "Tool.value"],
      ["lib.py", "fact"],
      ["lib.py", "later"],
      ["lib.py", "flow"],
      ["lib.py", "missing"],
    ];
    withFolder(files, (root) => {
      const functions = wanted.map(([file, qualname]) => ({ file, qualname, line: 1 }));
      const ran = probe({ pass: "clock", target: script("main.py"), functions }, { python, root });
      expect(ran.stderr).toBe("");
      const clock: Record<string, Answer> = Object.fromEntries(
        ran.answers.filter((it) => it.kind === "clock").map((it) => [it["qualname"], it]),
      );
      const calls = Object.fromEntries(Object.entries(clock).map(([name, it]) => [name, it["calls"]]));
      expect(calls).toEqual({
        own: 5,
        stream: 2,
        "Tool.fixed": 1,
        "Tool.made": 1,
        "Tool.value": 1,
        fact: 5,
        later: 1,
        flow: 1,
        missing: 0,
      });
      const ms = (name: string) => Number(clock[name]?.["totalMs"]);
      expect(ms("own")).toBeGreaterThan(99);
      expect(ms("own")).toBeLessThan(180);
      expect(ms("stream")).toBeGreaterThan(59);
      expect(ms("fact")).toBeGreaterThan(49); // outermost calls only
      expect(ms("fact")).toBeLessThan(95);
      expect(ms("later")).toBeGreaterThan(19);
      expect(ms("later")).toBeLessThan(150); // it waited for 300 ms
    });
  });

  test("clock: the wait for a processor that others have is nobody's time", () => {
    const pinned = "import os, time\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n";
    const files = {
      "main.py": `${pinned}def burn(ms):
    until = time.thread_time() + ms / 1000
    while time.thread_time() < until: pass
def once(): burn(200)
def often(): burn(0.05)
began = time.perf_counter()
once()
for _ in range(2000): often()
print((time.perf_counter() - began) * 1e3)
`,
    };
    withFolder(files, (root) => {
      const functions = ["once", "often"].map((qualname) => ({ file: "main.py", qualname, line: 1 }));
      const company = [1, 2].map(() => spawn(python.executable, ["-c", `${pinned}while True: pass\n`]));
      const ran = probe({ pass: "clock", target: script("main.py"), functions }, { python, root });
      for (const one of company) one.kill("SIGKILL");
      expect(Number(ran.stdout)).toBeGreaterThan(500); // of 300 ms of work
      const ms = Object.fromEntries(
        ran.answers.filter((it) => it.kind === "clock").map((it) => [it["qualname"], Number(it["totalMs"])]),
      );
      expect(ms["once"]).toBeGreaterThan(190);
      expect(ms["once"]).toBeLessThan(240);
      expect(ms["often"]).toBeGreaterThan(80);
      expect(ms["often"]).toBeLessThan(160);
    });
  });

  test("clock: what a function pulls from another one is that one's time, and what the clock takes is told", {
    retry: 2,
  }, () => {
    const files = {
      "main.py": `import time
def rows(n, seconds=0):
    for i in range(n):
        seconds and time.sleep(seconds)
        yield i
def total(given): return sum(given)
def nested(n): return nested(n - 1) + total(rows(2, 0.02)) if n else 0
total(rows(3, 0.03))
nested(2)
`,
    };
    withFolder(files, (root) => {
      const functions = ["rows", "total", "nested"].map((qualname) => ({ file: "main.py", qualname, line: 1 }));
      const ran = probe({ pass: "clock", target: script("main.py"), functions }, { python, root });
      const ms = Object.fromEntries(
        ran.answers.filter((it) => it.kind === "clock").map((it) => [it["qualname"], Number(it["totalMs"])]),
      );
      expect(Number(ran.answers.find((it) => it["qualname"] === "rows")?.["clockMs"])).toBeGreaterThan(0);
      expect(ms["rows"]).toBeGreaterThan(169);
      expect(ms["total"]).toBeLessThan(0.5 * (ms["rows"] as number));
      expect(ms["nested"]).toBeLessThan(40); // all of its 80 ms are slept in rows
    });
  });

  test("the digest knows equal values from others, whatever their addresses, sets or slots", () => {
    const values = `import collections, datetime, decimal, enum, pathlib, re, uuid, fractions
class Plain:
    def __init__(self, a, b): self.b = b; self.a = a
class Other(Plain): pass
class Slotted:
    __slots__ = ("a", "__b")
    def __init__(self, a, b): self.a = a; self.__b = b
class Color(enum.Enum): RED = 1; BLUE = 2
class Half(str): pass
class Bag(dict): pass
class Hashed:
    def __init__(self, n): self.n = n
def loop():
    me = [1]; me.append(me); return me
def deep(n):
    x = None
    for _ in range(n): x = [x]
    return x
def graph(n):
    nodes = [Plain(i, []) for i in range(n)]
    for node in nodes: node.b = nodes
    return nodes
def bag(**more):
    b = Bag(x=1); b.__dict__.update(more); return b
def pathed(touch):
    p = pathlib.PurePosixPath("a/b"); touch and (str(p), hash(p)); return p
PAIRS = {
  "objects in sets": (lambda: {Hashed(i) for i in range(50)}, lambda: {Hashed(i) for i in reversed(range(50))}, True),
  "sets": (lambda: {"a", "b", (1, 2)}, lambda: {(1, 2), "b", "a"}, True),
  "order": (lambda: [1, 2], lambda: [2, 1], False),
  "dict order": (lambda: {1: 1, 2: 2}, lambda: {2: 2, 1: 1}, False),
  "types": (lambda: 1, lambda: True, False),
  "floats": (lambda: [0.0], lambda: [-0.0], False),
  "int and float": (lambda: [1], lambda: [1.0], False),
  "list and tuple": (lambda: [1], lambda: (1,), False),
  "nan": (lambda: float("nan"), lambda: float("nan"), True),
  "big": (lambda: [10**5000], lambda: [10**5000 + 1], False),
  "attributes": (lambda: Plain(1, [2]), lambda: Plain(1, [2]), True),
  "attribute": (lambda: Plain(1, [2]), lambda: Plain(1, [3]), False),
  "class": (lambda: Plain(1, 2), lambda: Other(1, 2), False),
  "slots": (lambda: Slotted(1, 2), lambda: Slotted(1, 3), False),
  "loop": (loop, loop, True),
  "deep": (lambda: deep(100000), lambda: deep(100001), False),
  "graph": (lambda: graph(300), lambda: graph(300), True),
  "shared or copied": (lambda: [[1]] * 2, lambda: [[1], [1]], True),
  "enum": (lambda: Color.RED, lambda: Color.BLUE, False),
  "text subclass": (lambda: Half("a"), lambda: Half("b"), False),
  "subclass": (lambda: Half("a"), lambda: "a", False),
  "dict subclass": (lambda: bag(), lambda: bag(y=1), False),
  "date": (lambda: datetime.date(2020, 1, 1), lambda: datetime.date(2020, 1, 2), False),
  "decimal": (lambda: decimal.Decimal("1.0"), lambda: decimal.Decimal("1.00"), False),
  "deque": (lambda: collections.deque([1, 2]), lambda: collections.deque([1, 3]), False),
  "pattern": (lambda: re.compile("a"), lambda: re.compile("b"), False),
  "path": (lambda: pathed(False), lambda: pathed(True), True),
  "fraction": (lambda: fractions.Fraction(1, 2), lambda: fractions.Fraction(1, 3), False),
  "uuid": (lambda: uuid.UUID(int=1), lambda: uuid.UUID(int=2), False),
  "bytes": (lambda: b"a", lambda: bytearray(b"a"), False),
  "functions": (lambda: [len, deep], lambda: [len, loop], False),
  "surrogates": (lambda: "\\udc80", lambda: "\\udc81", False),
  "range": (lambda: range(3), lambda: range(4), False),
  "errors": (lambda: ValueError(1), lambda: ValueError(2), False),
  "locks": (lambda: __import__("threading").Lock(), lambda: __import__("threading").Lock(), True),
}
def check():
    from _codeflash_memory.probe.digest import digest
    assert digest(Slotted(1, 2)) != digest(Slotted(2, 2))
    return [name for name, (a, b, same) in PAIRS.items() if (digest(a()) == digest(b())) != same]
def main():
    wrong = check()
    print(wrong)
`;
    withFolder({ "values.py": values }, (root) => {
      const ran = probe({ pass: "bench", target: call("values", "main") }, { python, root });
      expect(ran.stderr).toBe("");
      expect(ran.stdout).toBe("[]\n");
    });
  });

  test("a large value is digested in reasonable time, and after the peak was read", () => {
    const text = "def rows(n): return [{'id': i, 'tags': [i, str(i)]} for i in range(n)]\n";
    withFolder({ "big.py": text }, (root) => {
      const began = Date.now();
      const ran = probe({ pass: "bench", target: call("big", "rows", { args: "200_000" }) }, { python, root });
      expect(ran.last("result")["valueDigest"]).toMatch(/^[0-9a-f]{64}$/);
      expect(Date.now() - began).toBeLessThan(30_000);
    });
  });
});

test("compile writes checked-hash bytecode beside files of the tree, nowhere else", () => {
  const python = aPython();
  withFolder({ "pkg/a.py": "A = 1\n", "bad.py": "def\n" }, (root) => {
    const ran = probe(
      { pass: "compile", files: ["pkg/a.py", "bad.py", "gone.py", "native.so"] },
      { python, root, env: { PYTHONPYCACHEPREFIX: "" } },
    );
    expect(ran.last("result")).toMatchObject({ exitCode: 0 });
    const tag = `cpython-${python.version.replace(".", "")}`;
    expect([...readFileSync(join(root, `pkg/__pycache__/a.${tag}.pyc`)).subarray(4, 8)]).toEqual([3, 0, 0, 0]);
    expect(existsSync(join(root, "__pycache__"))).toBe(false);
    const other = probe(
      { pass: "compile", files: ["bad.py", "pkg/a.py"] },
      { python, root, env: { PYTHONPYCACHEPREFIX: `${root}-caches` } },
    );
    expect(existsSync(`${root}-caches`)).toBe(false);
    expect(other.answers.some((it) => it.kind === "note")).toBe(true);
  });
});

test("SIGTERM: the figures so far are told, and the process dies by the signal", async () => {
  const python = aPython();
  const folder = mkdtempSync(join(tmpdir(), "target-"));
  const request = { protocol: 1, pass: "traced", target: script("app.py"), project: { root: folder, tree: folder, exclude: [] } };
  write(folder, {
    "app.py": "import time\nkeep = bytearray(b'x') * (40 << 20)\nprint('ready', flush=True)\ntime.sleep(60)\n",
    "request.json": JSON.stringify(request),
  });
  const child = spawn(python.executable, [boot, "probe", "request.json", "answers.jsonl"], { cwd: folder });
  try {
    const ended = new Promise<string | null>((done) => child.on("exit", (_, signal) => done(signal)));
    await new Promise((ready) => child.stdout.once("data", ready));
    child.kill("SIGTERM");
    expect(await ended).toBe("SIGTERM");
    const result = parse(readFileSync(join(folder, "answers.jsonl"), "utf8")).at(-1);
    expect(result).toMatchObject({ kind: "result", killed: true });
    expect(Number(result?.["tracedPeakBytes"])).toBeGreaterThan(40 << 20);
    expect(Number(result?.["peakBytes"])).toBeGreaterThan(40 << 20);
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
});

describe("tests", () => {
  const python = pythonWithPytest();
  const files = {
    "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "-m \'not slow\'"\nmarkers = ["slow"]\nxfail_strict = false\n',
    "lib.py": "def add(a, b): return a + b\n",
    "test_lib.py": `import pytest, lib
def test_pass(): assert lib.add(1, 2) == 3
def test_fail(): assert lib.add(1, 2) == 4
@pytest.mark.skip(reason="not now")
def test_skip(): pass
@pytest.mark.xfail
def test_xfail(): assert False
@pytest.mark.xfail
def test_xpass(): pass
@pytest.fixture
def broken(): raise RuntimeError("no fixture")
def test_error(broken): pass
@pytest.fixture
def leaving():
    yield
    raise RuntimeError("late")
def test_late(leaving): pass
@pytest.mark.slow
def test_slow(): assert False
@pytest.mark.parametrize("n", [1, 2])
def test_many(n): assert n
`,
  };

  test("one answer a test, the worst of its phases, by the project's own configuration", () => {
    withFolder(files, (root) => {
      const ran = probe({ pass: "tests", tests: ["test_lib.py"] }, { python, root });
      const told = ran.answers.filter((it) => it.kind === "test");
      expect(Object.fromEntries(told.map((it) => [String(it["nodeId"]).split("::")[1], it["outcome"]]))).toEqual({
        test_pass: "passed",
        test_fail: "failed",
        test_skip: "skipped",
        test_xfail: "xfailed",
        test_xpass: "xpassed",
        test_error: "error",
        test_late: "error",
        "test_many[1]": "passed",
        "test_many[2]": "passed",
      });
      expect(told.find((it) => it["outcome"] === "failed")?.["message"]).toContain("assert 3 == 4");
      expect(told.every((it) => Number(it["durationMs"]) >= 0)).toBe(true);
      expect(ran.last("tests")).toMatchObject({ exitCode: 1, collected: 9, collectError: null });
      expect(ran.last("result")).toMatchObject({ exitCode: 1 });
      expect(ran.code).toBe(1);
    });
  });

  test("what cannot be collected is told", () => {
    withFolder({ "test_bad.py": "import nothing_like_this\n" }, (root) => {
      const ran = probe({ pass: "tests", tests: [] }, { python, root });
      expect(ran.last("tests")).toMatchObject({ exitCode: 2, collected: 0 });
      expect(ran.last("tests")["collectError"]).toContain("nothing_like_this");
    });
    withFolder({}, (root) => {
      const ran = probe({ pass: "tests", tests: ["gone.py"] }, { python, root });
      expect(ran.last("tests")).toMatchObject({
        exitCode: 4,
        collected: 0,
        collectError: expect.stringContaining("exit code 4"),
      });
    });
  });

  test("usage runs the tests, or the target, and answers even with nothing to watch", () => {
    withFolder({ ...files, "main.py": "import lib\nprint(lib.add(1, 1))\n" }, (root) => {
      const usage = { classes: [], values: [] };
      const tests = probe({ pass: "usage", run: "tests", usage, tests: ["test_lib.py"] }, { python, root });
      expect(tests.last("usage")).toMatchObject({ classes: [], values: [] });
      expect(tests.last("tests")).toMatchObject({ collected: 9 });
      const target = probe({ pass: "usage", run: "target", usage, target: script("main.py") }, { python, root });
      expect(target.stdout).toBe("2\n");
      expect(target.last("usage")).toMatchObject({ classes: [], values: [] });
    });
  });

  test("usage: a class that is watched at the same time does not seem to copy by rules of its own", () => {
    const main =
      "import copy\nclass P:\n    def __init__(self, n): self.n = n\ndef f(p):\n    q = copy.copy(p)\n    q.n = 2\n    return q\nf(P(1))\n";
    withFolder({ "main.py": main }, (root) => {
      const value = { kind: "copy", file: "main.py", at: [5, 8, 5, 20], deep: false, container: null, through: null };
      const usage = { classes: [{ file: "main.py", qualname: "P" }], values: [value] };
      const ran = probe({ pass: "usage", run: "target", usage, target: script("main.py") }, { python, root });
      const attribute = { name: "n", sets: 2, reads: 0 };
      expect(ran.last("usage")).toMatchObject({
        classes: [{ instances: 2, copies: 1, attributes: [attribute] }],
        values: [{ calls: 1, followed: 1, custom: 0, copyChanged: 1, originalChanged: 0 }],
      });
    });
  });

  test("a transform reaches the script, the module and the test module that pytest rewrites", () => {
    const clocked = (target: unknown, root: string) => {
      const functions = [
        { file: "test_it.py", qualname: "helper", line: 1 },
        { file: "lib.py", qualname: "add", line: 1 },
      ];
      const ran = probe({ pass: "clock", target: target as Record<string, unknown>, functions }, { python, root });
      return ran.answers.filter((it) => it.kind === "clock").map((it) => it["calls"]);
    };
    const test_ =
      "import lib\ndef helper(): return lib.add(1, 1)\ndef test_it(): assert helper() == 2\nif __name__ == '__main__': helper()\n";
    withFolder({ "lib.py": files["lib.py"], "test_it.py": test_ }, (root) => {
      expect(clocked(script("test_it.py"), root)).toEqual([1, 1]);
      expect(clocked({ kind: "pytest", nodeId: "test_it.py" }, root)).toEqual([1, 1]);
      expect(clocked({ kind: "module", module: "test_it", args: [] }, root)).toEqual([1, 1]);
    });
  });
});

test("a request that cannot be met ends with a sentence", () => {
  const python = aPython();
  withFolder({ "lib.py": "X = 1\n" }, (root) => {
    const run = (target: Record<string, unknown>, pass = "bench") =>
      probe({ pass, target }, { python, root }).last("result")["error"];
    expect(run(script("gone.py"))).toMatchObject({ type: "TargetUnfit", message: `There is no script gone.py in ${root}.` });
    expect(run(call("lib", "nothing"))).toMatchObject({
      message: expect.stringContaining("There is no nothing in the module lib"),
    });
    expect(run(call("lib", "X"))).toMatchObject({ message: "lib:X is no function." });
    expect(run(script("lib.py"), "unheard")).toMatchObject({ message: expect.stringContaining("There is no pass 'unheard'") });
  });
});

test("trial: some inputs made by a seed are tried however long they take", () => {
  const slow = "import time\ndef work(n):\n    time.sleep(0.1 if n in (500, 1000, 2000) else 0.4)\n    return n\n";
  withFolder({ "lib.py": slow }, (root) => {
    const trial = probe({ pass: "trial", target: call("lib", "work", { args: "1000" }) }, { python: aPython(), root }).last(
      "trial",
    );
    expect((trial["fresh"] as unknown[]).length).toBeGreaterThanOrEqual(3);
    expect((trial["fresh"] as unknown[]).length).toBeLessThan(8);
  });
});
