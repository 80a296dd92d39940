import { describe, expect, test } from "vitest";
import { dropInstanceCache } from "../../../src/minds/catalogue/recipes/drop-instance-cache.ts";
import type { Census } from "../../../src/vocabulary/profile.ts";
import { Proposal } from "../../../src/vocabulary/proposal.ts";
import { apply, evidenceOf, onlyProposal, project, read, reasons, run } from "./class-evidence.ts";

type Row = Census["caches"][number];
const row = (method: string, more: Partial<Row> = {}): Row => ({
  function: `m:Char.${method}`,
  file: "m.py",
  line: 6,
  count: 40_000,
  entries: 9000,
  hits: 5,
  bound: true,
  ...more,
});

const before = `from functools import lru_cache


class Char(str):
    def __init__(self, c):
        self.is_ws = lru_cache(maxsize=None)(self._is_ws)
        self.is_nl = lru_cache(maxsize=None)(self._is_nl)

    WS = " \\t"

    def _is_ws(self):
        """White space?"""
        return self in self.WS

    def _is_nl(self):
        return self == "\\n"
`;
const after = `

class Char(str):
    def __init__(self, c):
        pass

    WS = " \\t"

    def _is_ws(self):
        """White space?"""
        return self in self.WS

    is_ws = _is_ws

    def _is_nl(self):
        return self == "\\n"

    is_nl = _is_nl
`;

function propose(
  source: string,
  rows: Row[] = [row("_is_ws"), row("_is_nl")],
  more: Record<string, string> = {},
  census: Partial<Census> = {},
) {
  const root = project({ "m.py": source, ...more });
  return { root, findings: dropInstanceCache.propose(evidenceOf(root, { census: { caches: rows, ...census } })) };
}

describe("dropping caches that each instance makes", () => {
  test("binds the methods under the public names, takes the import along, fills the empty body", () => {
    const { root, findings } = propose(before);
    const proposal = Proposal.parse(onlyProposal(findings));
    const code = "import m; c = [m.Char(x) for x in ' a\\n']; print([(x.is_ws(), x.is_nl()) for x in c], m.Char('x').is_ws())";
    const answer = run(root, code);
    apply(root, proposal.edits);
    expect(read(root, "m.py")).toBe(after);
    expect(run(root, code)).toBe(answer);
    expect(proposal.scope).toEqual(["m.py:Char", "m.py:<module>"]);
  });

  test("its bytes are those of the lines where they were measured", () => {
    const line = { file: "m.py", line: 6, function: "Char.__init__", bytes: 7_000_000, blocks: 1, project: true };
    expect(onlyProposal(propose(before, undefined, {}, { projectLines: [line] }).findings).evidenceBytes).toBe(7_000_000);
  });

  test("keeps an import that something else uses, and whole modules that were imported", () => {
    const source = before
      .replace("from functools import lru_cache", "import functools")
      .replaceAll("= lru_cache(", "= functools.lru_cache(");
    const { root, findings } = propose(source);
    apply(root, onlyProposal(findings).edits);
    expect(read(root, "m.py")).toBe(`import functools\n${after}`);
    const used = propose(`${before}\n\n@lru_cache()\ndef f():\n    return 1\n`);
    apply(used.root, onlyProposal(used.findings).edits);
    expect(read(used.root, "m.py")).toContain("from functools import lru_cache\n");
  });

  test("functools.cache, and a file that ends without a newline", () => {
    const source = before.replace("import lru_cache", "import cache").replaceAll("lru_cache(maxsize=None)", "cache").trimEnd();
    const { root, findings } = propose(source);
    apply(root, onlyProposal(findings).edits);
    expect(read(root, "m.py")).toBe(after);
  });

  test("nothing for few caches or other classes", () => {
    expect(propose(before, [row("_is_ws", { count: 10 }), row("_is_nl", { function: "m:Other._is_nl" })]).findings).toEqual([]);
  });

  test("one cache for all instances is bounded only with consent", () => {
    const source =
      "from functools import lru_cache\n\n\nclass Char:\n    @lru_cache(maxsize=None)\n    def price(self, x):\n        return x\n";
    const { findings } = propose(source, [row("price", { bound: false, count: 1, entries: 50_000 })]);
    expect(reasons(findings)).toMatch(/bounded cache needs consent: Char.price keeps 50,000 answers/);
    expect(propose(source.replace("None", "10"), [row("price", { bound: false, count: 1, entries: 50_000 })]).findings).toEqual(
      [],
    );
  });
});

const one = before.replace(/ {8}self.is_nl.*\n/, "");
const body = (text: string) => one.replace("return self in self.WS", text);
const forbidden: [string, string, RegExp, Record<string, string>?][] = [
  ["arguments", one.replace("def _is_ws(self)", "def _is_ws(self, x)"), /takes arguments/],
  ["a decorated method", one.replace("    def _is_ws", "    @print\n    def _is_ws"), /decorated/],
  ["several statements", body("x = 1\n        return x"), /more than one return/],
  ["a loop", body("return [c for c in self]"), /loops or binds/],
  ["a new container each time", body("return [1]"), /new container/],
  ["a call of something else", body("return self.other()"), /calls self.other/],
  ["state that can change", body("return self.mode"), /reads self.mode, which can change/],
  ["a global", body("return TABLE"), /reads TABLE/],
  ["a method of another class", one.replace(/ {4}def _is_ws[\s\S]*?WS\n/, ""), /not defined in this class/],
  ["questions to the cache", one, /asks a cache/, { "use.py": "def stats(c):\n    return c.is_ws.cache_info()\n" }],
  ["a shared line", one.replace("(self._is_ws)", "(self._is_ws); self.x = 1"), /shares its line/],
  ["slots", one.replace("    def __init__", "    __slots__ = ('is_ws',)\n\n    def __init__"), /has __slots__/],
  ["the name in the class body", one.replace("    WS =", "    is_ws = None\n    WS ="), /is_ws in its class body/],
  ["a second store", `${one}\n    def off(self):\n        self.is_ws = None\n`, /stores is_ws again/],
  ["a store from outside", one, /use.py:2 stores is_ws/, { "use.py": "def off(c):\n    c.is_ws = None\n" }],
  ["vars(self)", `${one}\n    def dump(self):\n        return vars(self)\n`, /dictionary/],
  [
    "a subclass that overrides it",
    `${one}\n\nclass Sub(Char):\n    def _is_ws(self):\n        return True\n`,
    /Sub overrides _is_ws/,
  ],
];

describe("dropping caches is forbidden by", () => {
  test.each(forbidden)("%s", (_, source, reason, more = {}) => {
    const { findings } = propose(source, [row("_is_ws")], more);
    expect(findings.length).toBe(1);
    expect(reasons(findings)).toMatch(reason);
  });
});
