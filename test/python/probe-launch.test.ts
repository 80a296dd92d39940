import { type ChildProcess, spawn } from "node:child_process";
import { describe, expect, test } from "vitest";
import { findPythons } from "../pythons.ts";
import { call, plain, probe, programs, pythonWithPytest, script, withFolder } from "./probe-kit.ts";

const mib = 1 << 20;

describe.each(findPythons())("Python $version", (python) => {
  test("a script runs as the user would run it", () => {
    const files = {
      "tool/run.py": `import sys, os, beside\nassert __name__ == "__main__" and sys.modules["__main__"].__file__ == __file__\nprint(sys.argv, beside.WORD, sys.path[0] == os.path.dirname(__file__), os.path.isabs(__file__))\nprint("err", file=sys.stderr)\n`,
      "tool/beside.py": "WORD = 'here'\n",
    };
    withFolder(files, (root) => {
      const ran = probe({ pass: "bench", target: script("tool/run.py", "a b", "ü") }, { python, root });
      expect(ran.stdout).toBe("['tool/run.py', 'a b', 'ü'] here True True\n");
      expect(ran.stderr).toBe("err\n");
      expect(ran.code).toBe(0);
      expect(ran.answers[0]).toMatchObject({ kind: "started", implementation: "cpython" });
      expect(ran.last("witness")).toMatchObject({
        strays: [],
        files: [{ file: "tool/beside.py", code: true }, { file: "tool/run.py" }],
      });
      expect(ran.answers.at(-1)).toMatchObject({ kind: "result", exitCode: 0, error: null, children: false, valueDigest: null });
    });
  });

  test("the time leaves out the wait for a processor that others have, not sleep and not the work of its own children", () => {
    const pinned = "import os, sys, time\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n";
    const burn = (ms: number) => `while time.process_time() < ${ms / 1000}: pass\n`;
    const timed = (body: string) =>
      `${pinned}began, used = time.perf_counter(), time.process_time()\n${body}print((time.perf_counter() - began) * 1e3, (time.process_time() - used) * 1e3)\n`;
    const files = {
      "busy.py": timed("while time.process_time() < used + 0.2: pass\n"),
      "sleeps.py": timed("time.sleep(0.3)\n"),
      "family.py": `import subprocess\n${timed(
        `child = subprocess.Popen([sys.executable, "-c", ${JSON.stringify(`${pinned}${burn(300)}`)}])\nwhile child.poll() is None: pass\n`,
      )}`,
    };
    withFolder(files, (root) => {
      const run = (name: string) => {
        const ran = probe({ pass: "bench", target: script(name) }, { python, root });
        const [wall = 0, cpu = 0] = ran.stdout.split(" ").map(Number);
        return { told: Number(ran.last("result")["durationMs"]), wall, cpu };
      };
      const company: ChildProcess[] = [1, 2].map(() => spawn(python.executable, ["-c", `${pinned}while True: pass\n`]));
      try {
        const busy = run("busy.py");
        expect(busy.wall).toBeGreaterThan(350);
        expect(busy.told).toBeGreaterThan(190);
        expect(busy.told).toBeLessThan(busy.wall * 0.75);
        expect(run("sleeps.py").told).toBeGreaterThan(285);
      } finally {
        for (const one of company) one.kill("SIGKILL");
      }
      const family = run("family.py");
      expect(family.told).toBeGreaterThan((family.cpu + 300) * 0.95);
    });
  });

  test("a module runs as with -m", () => {
    const files = {
      "pkg/__init__.py": "",
      "pkg/__main__.py":
        "import sys\nfrom . import part\nprint(__package__, __spec__.name, sys.argv[1:], sys.argv[0].endswith('pkg/__main__.py'))\nraise SystemExit(7)\n",
      "pkg/part.py": "",
    };
    withFolder(files, (root) => {
      const ran = probe({ pass: "bench", target: { kind: "module", module: "pkg", args: ["x"] } }, { python, root });
      expect(ran.stdout).toBe("pkg pkg.__main__ ['x'] True\n");
      expect(ran.code).toBe(7);
      expect(ran.last("result")).toMatchObject({ exitCode: 7, error: null });
    });
  });

  test("functions: plain, method, coroutine, generator; the digest is of the value", () => {
    const files = {
      "work.py": `import asyncio
class Tool:
    @staticmethod
    def twice(rows, limit=None): return [row * 2 for row in rows][:limit]
async def later(n):
    await asyncio.sleep(0)
    return {"n": n}
def stream(n):
    big = bytearray(20 << 20)
    for i in range(n): yield i
`,
    };
    withFolder(files, (root) => {
      const run = (qualname: string, args: string, setup?: string) =>
        probe({ pass: "bench", target: call("work", qualname, { args, ...(setup ? { setup } : {}) }) }, { python, root }).last(
          "result",
        );
      const twice = run("Tool.twice", "load(), limit=2", "def load():\n    return [1, 2, 3]");
      expect(twice).toMatchObject({ exitCode: 0, error: null });
      expect(twice["valueDigest"]).toMatch(/^[0-9a-f]{64}$/);
      expect(run("Tool.twice", "[1, 2]")["valueDigest"]).toBe(twice["valueDigest"]);
      expect(run("Tool.twice", "[2, 1]")["valueDigest"]).not.toBe(twice["valueDigest"]);
      expect(run("later", "3")["valueDigest"]).not.toBe(run("later", "4")["valueDigest"]);
      const stream = run("stream", "5");
      expect(stream["valueDigest"]).not.toBe(run("stream", "6")["valueDigest"]);
      expect(Number(stream["peakBytes"])).toBeGreaterThan(26 * mib); // it was consumed inside the window
    });
  });

  test("an exception is told with its place in the project, and shown without our frames", () => {
    const files = { "app.py": "import lib\nlib.go()\n", "lib.py": "import json\ndef go():\n    json.loads('{')\n" };
    withFolder(files, (root) => {
      const ran = probe({ pass: "bench", target: script("app.py") }, { python, root });
      expect(ran.code).toBe(1);
      expect(ran.last("result")).toMatchObject({
        exitCode: 1,
        error: { type: "json.decoder.JSONDecodeError", where: "lib.py:3" },
      });
      expect(ran.stderr).toContain("Traceback (most recent call last)");
      expect(ran.stderr).not.toContain("probe");
      expect(ran.last("witness")).toMatchObject({ strays: [] });
    });
  });

  test("threads and exit functions belong to the run; a fork stays silent", () => {
    const text = `import atexit, os, threading, time
def late():
    time.sleep(0.2)
    keep = bytearray(b"x") * (30 << 20)
    print("thread done", flush=True)
def bye():
    global kept
    kept = bytearray(b"x") * (60 << 20)
    print("bye", flush=True)
atexit.register(bye)
threading.Thread(target=late).start()
if os.fork() == 0:
    raise SystemExit(0)
os.wait()
`;
    withFolder({ "app.py": text }, (root) => {
      const ran = probe({ pass: "bench", target: script("app.py") }, { python, root });
      expect(ran.stdout.split("\n").filter((it) => it === "thread done")).toHaveLength(1);
      expect(ran.answers.filter((it) => it.kind === "result")).toHaveLength(1);
      expect(ran.last("result")).toMatchObject({ exitCode: 0, children: true });
      expect(Number(ran.last("result")["peakBytes"])).toBeGreaterThan(66 * mib);
      expect(Number(ran.last("result")["durationMs"])).toBeGreaterThan(190);
    });
  });

  test("the process peak and the traced peak are those of plain Python", () => {
    const run = (pass: string) => probe({ pass, target: script("probe_steady.py") }, { python, root: programs }).last("result");
    const process = Number(plain(python, ["probe_steady.py", "process"], programs));
    const peak = Number(run("bench")["peakBytes"]);
    expect(Math.abs(peak - process) / process).toBeLessThan(0.01);
    const traced = Number(plain(python, ["probe_steady.py", "traced"], programs));
    const heap = run("traced");
    expect(Math.abs(Number(heap["tracedPeakBytes"]) - traced)).toBeLessThan(64 * 1024);
    expect(run("bench")["tracedPeakBytes"]).toBeNull();
  });

  test("the probe itself weighs little", () => {
    const text = "with open('/proc/self/status') as s: print(next(int(l.split()[1]) for l in s if l.startswith('VmHWM')))\n";
    withFolder({ "app.py": text }, (root) => {
      const bare = Number(plain(python, ["app.py"], root));
      const ours = Number(probe({ pass: "bench", target: script("app.py") }, { python, root }).stdout);
      expect(ours - bare).toBeLessThan(1.75 * 1024); // 1.5 MiB and the spread of the figure
    });
  });
});

describe("pytest", () => {
  const python = pythonWithPytest();
  const files = {
    "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "--strict-markers"\n',
    "shop.py": "def total(n):\n    return sum([bytearray(b'x') * n][0][:3])\n",
    "tests/test_shop.py": `import shop
def test_good(): assert shop.total(5 << 20) == 360
def test_bad(): assert shop.total(1) == 7
`,
  };
  const run = (root: string, nodeId: string, pass = "bench") =>
    probe({ pass, target: { kind: "pytest", nodeId } }, { python, root });

  test("a test that is green, its traced peak, and nothing left behind", () => {
    withFolder(files, (root) => {
      const ran = run(root, "tests/test_shop.py::test_good", "traced");
      expect(ran.code).toBe(0);
      expect(ran.last("result")).toMatchObject({ exitCode: 0, error: null });
      const traced = Number(ran.last("result")["tracedPeakBytes"]);
      expect(traced).toBeGreaterThan(5 * mib);
      expect(traced).toBeLessThan(6 * mib); // collecting and rewriting do not count
      expect(Object.keys((ran.last("witness") as unknown as { files: { file: string }[] }).files)).toHaveLength(2);
      expect(plain(python, ["-c", "import os; print(sorted(os.listdir('.')), os.listdir('tests'))"], root)).toBe(
        "['pyproject.toml', 'shop.py', 'tests'] ['test_shop.py']\n",
      );
    });
  });

  test("a test that fails, and one that is not there, are told", () => {
    withFolder(files, (root) => {
      const bad = run(root, "tests/test_shop.py::test_bad");
      expect(bad.last("result")).toMatchObject({ exitCode: 1, error: { type: "AssertionError", where: "tests/test_shop.py:3" } });
      const none = run(root, "tests/test_shop.py::test_none");
      expect(none.last("result")).toMatchObject({ exitCode: 4, error: { message: expect.stringContaining("test_none") } });
    });
  });

  test("a Python without pytest is told in one sentence", () => {
    const without = findPythons().find((it) => it.executable !== python.executable);
    if (!without) return expect(findPythons()).toHaveLength(1);
    withFolder(files, (root) => {
      const ran = probe(
        { pass: "bench", target: { kind: "pytest", nodeId: "tests" } },
        { python: without, root, env: { PYTHONPATH: "" } },
      );
      expect(ran.last("result")).toMatchObject({
        exitCode: 1,
        error: { type: "TargetUnfit", message: expect.stringMatching(/^pytest is not installed for/) },
      });
      expect(ran.stderr).not.toContain("Traceback");
    });
  });
});
