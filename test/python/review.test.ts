import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/vocabulary/review.ts";
import { findPythons } from "../pythons.ts";
import { inFacts } from "./facts-driver.ts";

type Found = Omit<Finding, "file">;

describe.each(findPythons().map((it) => [it.version, it.executable]))("the deterministic reviewer on Python %s", (_, python) => {
  const review = (before: string, after: string) =>
    inFacts<Found[]>(
      `
from _codeflash_memory.facts.review import review
print(json.dumps(review(given["before"].encode(), given["after"].encode(), ["app"])))
`,
      { before, after },
      python,
    );
  const told = (before: string, after: string) =>
    review(before, after).map((it) => `${it.kind}${it.blocking ? "!" : ""}: ${it.text}`);
  const inside = (...lines: string[]) => `def work(rows, pool):\n${lines.map((it) => `    ${it}`).join("\n")}\n`;

  it("asks whose the object is that a change releases", () => {
    const plain = inside("own = list(rows)", "return len(own)");
    expect(told(plain, inside("own = list(rows)", "count = len(own)", "del own", "return count"))).toEqual([]);
    expect(told(plain, inside("own = list(rows)", "count = len(own)", "own.clear()", "return count"))).toEqual([]);
    const blocked: [string[], RegExp][] = [
      [["count = len(rows)", "rows.clear()", "return count"], /the caller's object/],
      [["del rows[0]", "return len(rows)"], /belongs to the caller/],
      [["one = pool.connection()", "one.close()", "return 1"], /cached or pooled/],
      [["own = list(rows)", "pool.kept = own", "own.clear()", "return 1"], /was handed out before/],
      [["own = list(rows)", "own.clear()", "return own"], /was handed out before/],
      [["CACHE.clear()", "return len(rows)"], /a module global/],
    ];
    for (const [lines, why] of blocked) {
      const found = review(plain, inside(...lines));
      expect(
        found
          .filter((it) => it.blocking)
          .map((it) => it.text)
          .join("\n"),
        lines.join("; "),
      ).toMatch(why);
      expect(found[0]?.confidence).toBeGreaterThanOrEqual(0.7);
    }
    const cached = "from functools import lru_cache\n@lru_cache\ndef load():\n    return []\ndef use():\n    it = load()\n";
    expect(told(`${cached}    return len(it)\n`, `${cached}    n = len(it)\n    it.clear()\n    return n\n`)[0]).toMatch(
      /is cached/,
    );
  });

  it("asks what others rely on: names, signatures, kinds of result, dependencies", () => {
    expect(told("def load():\n    return [1]\n", "def load():\n    return (1,)\n")).toEqual([
      "public!: load returns a tuple where it returned a list",
    ]);
    expect(told("def load():\n    return [1]\n", "def load():\n    yield 1\n")[0]).toMatch(/became a generator/);
    expect(told("def load(a):\n    return a\n", "def load(a, b):\n    return a\n")[0]).toMatch(/signature/);
    expect(told("def _load():\n    return [1]\n", "def _load():\n    return (1,)\n")).toEqual([]);
    expect(told("class A:\n    pass\n", "x = 1\n")[0]).toMatch(/class A is gone/);
    expect(told("x = 1\n", "import numpy\nx = 1\n")[0]).toMatch(/imports numpy/);
  });

  it("names what a change newly reaches for, however it is written, and not what was there", () => {
    const reached = (before: string, after: string) =>
      review(before, after).flatMap((it) => (it.kind === "reach" ? [it.name] : []));
    const plain = "def f(rows):\n    return rows\n";
    const written: [string, string][] = [
      ["import subprocess as s\n    s.run(rows)", "subprocess.run"],
      ["from os import system\n    system('id')", "os.system"],
      ["eval(rows)", "eval"],
      ["__import__('socket').socket()", "socket.socket"],
      ["import urllib.request\n    urllib.request.urlopen(rows)", "urllib.request.urlopen"],
      ["from pathlib import Path\n    Path.home()", "pathlib.Path.home"],
      ["import os\n    os.path.expanduser('~')", "os.path.expanduser"],
      ["import shutil\n    shutil.rmtree(rows)", "shutil.rmtree"],
      ["import asyncio\n    asyncio.open_connection(rows)", "asyncio.open_connection"],
    ];
    for (const [body, name] of written) {
      const after = `def f(rows):\n    ${body}\n    return rows\n`;
      expect(reached(plain, after), body).toContain(name);
      expect(reached(after, after), body).toEqual([]);
    }
    expect(reached(plain, "from urllib.parse import quote\ndef f(rows):\n    return [quote(it) for it in rows]\n")).toEqual([]);
  });

  it("names what a change leaves behind: calls that do not belong, swallowed errors, settings that nobody reads any more", () => {
    expect(told("x = 1\n", "x = 1\nprint(x)\n")).toEqual(["leftover: calls print(), which was not there before"]);
    const tried = "def f():\n    try:\n        g()\n    except ValueError:\n        pass\n";
    expect(told("def f():\n    g()\n", tried)[0]).toMatch(/leftover!: f swallows/);
    const before =
      "import json\nCHUNK = 10\nclass A:\n    def __init__(self, size):\n        self.size = size\n        self.log = []\n\n    def run(self, rows, hint):\n        self.log.append(json.dumps(rows))\n        return rows[:CHUNK], hint, self.log\n";
    const after =
      "import json\nCHUNK = 10\nclass A:\n    def __init__(self, size):\n        self.size = size\n        self.log = []\n\n    def run(self, rows, hint):\n        return rows\n";
    expect(told(before, after)).toEqual([
      "configuration: the import of json is no longer read in this file",
      "configuration: the setting CHUNK is no longer read in this file",
      "configuration: the attribute log is no longer read in this file",
      "configuration: the parameter hint of A.run is no longer read",
    ]);
    expect(
      told(before.replace("CHUNK", "__all__ = ['CHUNK']\nCHUNK"), after.replace("CHUNK", "__all__ = ['CHUNK']\nCHUNK")).join(),
    ).not.toContain("CHUNK");
    expect(told(before, before)).toEqual([]);
  });
});
